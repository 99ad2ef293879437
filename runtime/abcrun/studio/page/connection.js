// The connection to the server: whether it is there, and its token.

import { watch } from "./api.js";
import { byId } from "./dom.js";

const PROBE_PAUSE = 3000; // milliseconds

/** Show while the server cannot be reached, and call `onBack` when it can again. */
export function watchConnection({ onBack }) {
  let timer = 0;

  const lost = () => {
    byId("offline").hidden = false;
    clearTimeout(timer);
    timer = setTimeout(probe, PROBE_PAUSE);
  };

  const reached = () => {
    clearTimeout(timer);
    if (byId("offline").hidden) return;
    byId("offline").hidden = true;
    onBack();
  };

  const probe = async () => {
    try {
      if ((await fetch("healthz", { cache: "no-store" })).ok) reached();
      else lost();
    } catch {
      lost();
    }
  };

  // The browser's events only hint: a server on this machine is there without a
  // network.
  addEventListener("offline", probe);
  addEventListener("online", probe);
  watch({ reached, lost, askToken });
}

/**
 * Ask the musician for the server's token; "" if the dialog is closed without one.
 * `isWrong`: the one that was given before is not it.
 */
function askToken(isWrong) {
  const dialog = byId("token-dialog");
  byId("token").value = "";
  byId("token-wrong").hidden = !isWrong;
  dialog.returnValue = "";
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(byId("token").value.trim()), { once: true }),
  );
}
