// What the page says to the musician: the status line and the notice of an error.

import { ApiError } from "./api.js";
import { byId } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";

/**
 * Show a line under the score. `spoken`: only to screen readers, where the eye sees it
 * anyway.
 */
export function showStatus(text, { spoken = false } = {}) {
  byId("status").textContent = text;
  byId("status").dataset.spoken = String(spoken);
}

/** Say for how many seconds a busy server is waited for; 0 when the wait is over. */
export const showWaiting = (seconds) => showStatus(seconds ? t("waiting", { seconds }) : "");

/** Show an error; `retry` is what the button "Try again" does. */
export function showError(error, retry = null) {
  if (error?.name === "AbortError") return;
  if (error instanceof ApiError && error.kind === "offline") return; // the banner says it
  const isServers = error instanceof ApiError;
  if (!isServers) console.error(error);
  byId("notice-text").textContent = error.message || String(error);
  byId("notice-text").lang = isServers && error.status !== 0 ? "en" : currentLanguage();
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
