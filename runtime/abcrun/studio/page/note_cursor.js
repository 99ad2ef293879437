// The note that is chosen on the score: a mark over it, and the keys that lead from note
// to note and change them.

import { placeOver } from "./drawn.js";
import { lengthName, noteName, t } from "./i18n.js";

const CHANGES = {
  ArrowUp: "up",
  ArrowDown: "down",
  "Shift ArrowUp": "octave-up",
  "Shift ArrowDown": "octave-down",
  "Shift ArrowRight": "longer",
  "Shift ArrowLeft": "shorter",
  "+": "sharper",
  "-": "flatter",
  Delete: "delete",
  Backspace: "delete",
  Insert: "insert",
  Enter: "insert",
};

const HEADS = ".notehead, .rest, .mRest";

/** Name the notes of a place without their octaves: "E", "F♯ A", "Rest". */
export const placeName = ({ names }) =>
  names.length ? names.map((name) => noteName(name).slice(0, -1)).join(" ") : t("a-rest");

/**
 * The mark over a note, which takes the focus and the keys.
 *
 * A place is one of /v1/score, a note, chord or rest, with when it first sounds
 * (`start`, null for a rest) and its `pitches`. Events: "chosen" {place, isByKey}, null
 * for none, also when another score shows it; "change" {change, isRepeat}; "leave" for Escape.
 */
export class NoteCursor extends EventTarget {
  #element = document.createElement("div");
  #places = [];
  #byId = new Map();
  #root = null;
  #chosen = null;
  #barName;
  #firstBar;

  /** `barName` names a bar, `firstBar` returns the bar in which the Tab key begins. */
  constructor({ barName, firstBar }) {
    super();
    this.#barName = barName;
    this.#firstBar = firstBar;
    const element = this.#element;
    element.className = "note-cursor";
    // A number that arrows raise and lower, which screen readers let them do.
    element.setAttribute("role", "spinbutton");
    element.tabIndex = 0;
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("focus", () => {
      if (!this.#chosen) this.#begin();
    });
    this.relabel();
  }

  get element() {
    return this.#element;
  }

  /** The place that is chosen; null for none. */
  get chosen() {
    return this.#chosen;
  }

  /** Take the places of a score that is drawn, and its elements by their ids. */
  show(places, byId, root) {
    this.#places = places.filter(({ ids }) => ids.some((id) => byId.has(id)));
    this.#byId = byId;
    this.#root = root;
    this.#element.hidden = !this.#places.length;
    if (!this.#chosen) return;
    const { line, column } = this.#chosen;
    // What is written may have moved along its line.
    const before = this.#places.filter((one) => one.line === line && one.column <= column);
    const place = before.at(-1) ?? null;
    this.#set(place);
    this.#tell("chosen", { place, isByKey: false });
  }

  /** Take all places away. */
  clear() {
    this.#places = [];
    this.choose(null);
  }

  /** Choose a place, null for none; `focus`: the keys are for it from now on. */
  choose(place, { focus = false, isByKey = false } = {}) {
    const isOther = place !== this.#chosen;
    this.#set(place);
    if (focus) this.#element.focus({ preventScroll: true });
    if (isOther) this.#tell("chosen", { place, isByKey });
  }

  /** Expect a place in the next score, in place of the one that is chosen. */
  expect(place) {
    this.#chosen = { ...this.#chosen, ...place };
    this.relabel();
  }

  /** Go so many notes on. */
  go(count) {
    if (!this.#chosen) return;
    const { line, column, bar } = this.#chosen;
    const at = this.#places.findIndex(
      (one) => one.line === line && one.column === column && one.bar === bar,
    );
    const to = this.#places[Math.max(0, Math.min(at + count, this.#places.length - 1))];
    if (at >= 0 && to !== this.#places[at]) this.#goTo(to);
  }

  /** Return the place within so many pixels of a point, the nearest; null for none. */
  placeAt(x, y, reach) {
    let best = null;
    let least = reach;
    for (const place of this.#places) {
      for (const box of this.#boxes(place)) {
        const away = Math.hypot(
          Math.max(box.left - x, 0, x - box.right),
          Math.max(box.top - y, 0, y - box.bottom),
        );
        if (away <= least) [least, best] = [away, place];
      }
    }
    return best;
  }

  /** Write all names in the page's language. */
  relabel() {
    const place = this.#chosen;
    this.#element.setAttribute("aria-label", t("note"));
    this.#element.setAttribute("aria-valuetext", place ? this.nameOf(place) : t("note-none"));
    if (place?.pitches.length) this.#element.setAttribute("aria-valuenow", place.pitches[0]);
    else this.#element.removeAttribute("aria-valuenow");
  }

  /** Say what a place is: "F♯, quaver, bar 3". */
  nameOf(place) {
    const bar = this.#barName(place.bar);
    return t("note-is", { name: placeName(place), length: lengthName(place.length), bar });
  }

  #begin() {
    const bar = this.#firstBar();
    const place = this.#places.find((one) => one.bar >= bar) ?? this.#places[0];
    if (place) this.choose(place, { isByKey: true });
  }

  #goTo(place) {
    this.choose(place, { isByKey: true });
    this.#element.scrollIntoView({ block: "nearest" });
  }

  #set(place) {
    for (const element of this.#elements(this.#chosen)) element.classList.remove("chosen");
    this.#chosen = place;
    for (const element of this.#elements(place)) element.classList.add("chosen");
    this.#element.classList.toggle("shown", place !== null);
    if (place) placeOver(this.#element, this.#boxes(place), this.#root.getBoundingClientRect());
    this.relabel();
  }

  #elements(place) {
    return (place?.ids ?? []).map((id) => this.#byId.get(id)).filter(Boolean);
  }

  // A rest is its own head.
  #boxes(place) {
    return this.#elements(place).map((element) =>
      (element.querySelector(".notehead") ?? element).getBoundingClientRect(),
    );
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.#chosen) return;
    // Shift is part of some signs: "+" on many keyboards.
    const isNamed = event.key.length > 1;
    const change = CHANGES[`${event.shiftKey && isNamed ? "Shift " : ""}${event.key}`];
    const last = this.#places.length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
    if (change) this.#tell("change", { change, isRepeat: event.repeat });
    else if (steps) this.go(steps);
    else if (event.key === "Escape") this.#tell("leave");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
