// Ranges of bars on the score: dragged over by the mouse, by a finger that has rested on
// the first bar, or from the chosen bars to one that is pressed next.

import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { showStatus } from "./notices.js";

const REST = 450; // milliseconds until a finger that rests begins a range, as for words
const STILL = 10; // pixels that it may move by then; further, it scrolls
const TICK = 12; // milliseconds that the phone shakes

/** Let ranges of bars be chosen in the element of a score. */
export function startRanges(score, host) {
  let from = -1; // the bar at which the pointer went down
  let at = null; // where that was
  let timer = 0;
  let isRange = false; // from now on, bars are chosen by what the pointer moves over

  const begin = (bar) => {
    isRange = true;
    score.selectFrom(bar, bar);
  };
  const end = () => {
    clearTimeout(timer);
    from = -1;
  };

  host.addEventListener("pointerdown", (event) => {
    end();
    isRange = false;
    if (!event.isPrimary || event.button !== 0 || event.shiftKey) return;
    from = score.barAt(event.clientX, event.clientY);
    at = { x: event.clientX, y: event.clientY };
    if (from < 0 || event.pointerType === "mouse") return;
    const bar = from;
    timer = setTimeout(() => {
      begin(bar);
      navigator.vibrate?.(TICK);
    }, REST);
  });
  host.addEventListener("pointermove", (event) => {
    if (from < 0) return;
    const { clientX: x, clientY: y } = event;
    const isMouse = event.pointerType === "mouse";
    if (isMouse && !(event.buttons & 1)) return end();
    if (!isMouse && !isRange) {
      if (Math.hypot(x - at.x, y - at.y) > STILL) end();
      return;
    }
    const bar = score.barAt(x, y);
    if (bar < 0 || (!isRange && bar === from)) return;
    isRange = true;
    score.selectFrom(from, bar);
  });
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, end);
  // While a range is drawn, the finger does not scroll, and the phone offers no menu.
  const keep = (event) => {
    if (isRange && from >= 0) event.preventDefault();
  };
  host.addEventListener("touchmove", keep, { passive: false });
  host.addEventListener("contextmenu", keep);
  // What ended a range is no press of a bar.
  const swallow = (event) => {
    if (isRange) event.stopPropagation();
    isRange = false;
  };
  host.addEventListener("click", swallow, { capture: true });
  startReach(score);
}

/** Let a button take what is chosen on to the bar that is pressed next. */
function startReach(score) {
  const button = byId("reach");
  const set = (isOn) => {
    score.reaches = isOn;
    button.setAttribute("aria-pressed", String(isOn));
  };
  button.addEventListener("click", () => {
    set(!score.reaches);
    showStatus(score.reaches ? t("reach-how") : "");
  });
  score.addEventListener("selection", () => set(false));
}
