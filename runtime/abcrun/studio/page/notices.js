// What the page says to the musician: the status line and the notice of an error.

import { ApiError } from "./api.js";
import { byId } from "./dom.js";
import { refusalText } from "./faults.js";
import { t } from "./i18n.js";

/**
 * Show a line under the score. `spoken`: only to screen readers, where the eye sees it
 * anyway.
 */
export function showStatus(text, { spoken = false } = {}) {
  byId("status").textContent = text;
  byId("status").dataset.spoken = String(spoken);
}

/** Say for how many seconds a busy server is waited for; 0 when the wait is over. */
export function showWaiting(seconds) {
  byId("waiting").textContent = seconds ? t("waiting", { seconds }) : "";
  byId("waiting").hidden = !seconds;
}

const missed = new Map(); // what a lost connection has kept from being done

/** Return what is to be done again now that the server is back, and forget it. */
export function takeMissed() {
  const all = [...missed.values()];
  missed.clear();
  return all;
}

/** Forget what was missed under a name: it is asked for anew. */
export const forgetMissed = (name) => missed.delete(name);

/**
 * Show an error; `retry` is what the button "Try again" does, and what is done when a
 * lost server is back: of those of one `name`, the last.
 */
export function showError(error, retry = null, name = retry) {
  if (error?.name === "AbortError") return;
  if (error instanceof ApiError && error.kind === "offline") {
    if (retry) missed.set(name, retry);
    return; // the banner says it
  }
  const isServers = error instanceof ApiError;
  if (!isServers) console.error(error);
  const isRefusal = isServers && error.status !== 0 && error.kind !== "cut";
  showNotice(isRefusal ? refusalText(error) : [error.message || String(error)], retry);
}

/** Show what is no error of the page, but should be known: texts and nodes. */
export const showNews = (content) => showNotice(content, null);

function showNotice(content, retry) {
  byId("notice-text").replaceChildren(...content);
  byId("notice").hidden = false;
  byId("notice").setAttribute("role", "alert");
  byId("notice").scrollIntoView({ block: "nearest" });
  byId("retry").hidden = retry === null;
  byId("retry").onclick = () => {
    hideError();
    retry?.();
  };
}

/** Take the notice away. */
export function hideError() {
  byId("notice").hidden = true;
  byId("notice").removeAttribute("role"); // set anew, it makes a screen reader speak again
}
