// The musician's steps, to undo and redo, and the tunes of this session.

import { byId, makeButton, makeSpan } from "./dom.js";
import { t } from "./i18n.js";
import { header, tuneName } from "./music.js";
import { forThisTab } from "./storage.js";

const MOST_STEPS = 100;
const MOST_TUNES = 30;
const TYPING_PAUSE = 3000; // milliseconds: edits closer to each other are one step

/**
 * Steps {abc, made, settings, at}: the whole tune after each change, and how it was
 * made.
 *
 * Event: "remembered" {made} when a step has been added.
 */
export class TuneHistory extends EventTarget {
  #steps = [];
  #cursor = -1;

  get canUndo() {
    return this.#cursor > 0;
  }

  get canRedo() {
    return this.#cursor < this.#steps.length - 1;
  }

  /** The tunes of this session, the newest first; they outlive a reload of the page. */
  get tunes() {
    return forThisTab.get("tunes", []);
  }

  /** Go one step back and return that step. */
  undo() {
    return this.#steps[--this.#cursor];
  }

  /** Go one step forward and return that step. */
  redo() {
    return this.#steps[++this.#cursor];
  }

  /** Add a step, unless the text is that of the last one. Steps that were undone go. */
  remember({ abc, made, settings }) {
    const last = this.#steps[this.#cursor];
    if (last?.abc === abc) return;
    const step = { abc, made, settings, at: Date.now() };
    const goesOn = made === "edited" && last?.made === "edited" && step.at - last.at < TYPING_PAUSE;
    this.#steps.splice(goesOn ? this.#cursor : this.#cursor + 1);
    this.#steps.push(step);
    if (this.#steps.length > MOST_STEPS) this.#steps.shift();
    this.#cursor = this.#steps.length - 1;
    const tunes = this.tunes;
    if (goesOn && tunes[0]?.made === "edited") tunes.shift();
    const others = tunes.filter((tune) => tune.abc !== abc);
    forThisTab.set("tunes", [{ abc, made, settings }, ...others].slice(0, MOST_TUNES));
    this.dispatchEvent(new CustomEvent("remembered", { detail: { made } }));
  }
}

/** List the tunes of the session; `current` is the text that the page shows. */
export function listTunes(tunes, { current, onChoose }) {
  byId("tunes").replaceChildren(
    ...tunes.map((tune) => {
      const head = header(tune.abc);
      const how = [head.meter, t(`made-${tune.made}`)].filter(Boolean).join(" · ");
      const button = makeButton(makeSpan("name", tuneName(head)), " ", makeSpan("how", how));
      if (tune.abc === current) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => onChoose(tune));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}
