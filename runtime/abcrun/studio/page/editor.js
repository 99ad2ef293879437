// The text of the tune, and what is to be mended in it.

import { t } from "./i18n.js";

/** Events: "edited" when the musician has typed, "caret" {line, column} (from 1) when the caret has moved. */
export class Editor extends EventTarget {
  #area;
  #list;
  #heading;
  #problems = null;

  constructor(area, list, heading) {
    super();
    this.#area = area;
    this.#list = list;
    this.#heading = heading;
    area.addEventListener("input", () => this.dispatchEvent(new Event("edited")));
    document.addEventListener("selectionchange", () => {
      if (document.activeElement === area) this.#tell();
    });
  }

  get text() {
    return this.#area.value;
  }

  /** Another text; the caret stays where it was, as far as there is text. */
  set text(text) {
    if (this.#area.value === text) return;
    const at = this.#area.selectionStart;
    this.#area.value = text;
    this.#area.setSelectionRange(Math.min(at, text.length), Math.min(at, text.length));
  }

  set locked(locked) {
    this.#area.readOnly = locked;
  }

  /** Where `line` and `column` (from 1) are in the text, counted from 0; the nearest place there is. */
  offset(line, column) {
    const lines = this.#area.value.split("\n");
    const row = Math.max(1, Math.min(line, lines.length));
    let offset = 0;
    for (let before = 0; before < row - 1; before++) offset += lines[before].length + 1;
    return offset + Math.max(0, Math.min(column - 1, lines[row - 1].length));
  }

  /** Put the caret at a place, on what stands there. `focus`: go there too, without scrolling away from the score. */
  point(line, column, { focus = true, scroll = false } = {}) {
    const at = this.offset(line, column);
    const length = /^(?:\^{1,2}|_{1,2}|=)?[A-Ga-gzx][,']*[0-9]*\/*[0-9]*/.exec(this.#area.value.slice(at))?.[0].length ?? 0;
    if (focus) this.#area.focus({ preventScroll: !scroll });
    this.#area.setSelectionRange(at, at + length);
    const lineHeight = parseFloat(getComputedStyle(this.#area).lineHeight) || 24;
    const top = (line - 1) * lineHeight;
    if (top < this.#area.scrollTop || top > this.#area.scrollTop + this.#area.clientHeight - 2 * lineHeight) {
      this.#area.scrollTop = Math.max(0, top - this.#area.clientHeight / 2);
    }
    this.#tell();
  }

  /** Show the problems of /v1/check; null: not known yet. */
  show(problems) {
    this.#problems = problems;
    this.relabel();
  }

  relabel() {
    const problems = this.#problems;
    this.#heading.textContent =
      problems === null ? "" : problems.length ? t("problems", { n: problems.length }) : t("no-problems");
    this.#heading.dataset.state = problems?.length ? "some" : "none";
    this.#list.replaceChildren(
      ...(problems ?? []).map(({ line, column, message }) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        const place = document.createElement("span");
        place.className = "place";
        place.textContent = t("place", { line, column });
        const said = document.createElement("span");
        said.lang = "en"; // the server's own words
        said.textContent = message;
        button.append(place, " ", said);
        button.addEventListener("click", () => this.point(line, column, { scroll: true }));
        item.append(button);
        return item;
      }),
    );
    this.#list.hidden = !problems?.length;
  }

  #tell() {
    const before = this.#area.value.slice(0, this.#area.selectionStart).split("\n");
    this.dispatchEvent(
      new CustomEvent("caret", { detail: { line: before.length, column: before.at(-1).length + 1 } }),
    );
  }
}
