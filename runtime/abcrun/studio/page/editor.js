// The text of the tune, and the list of problems in it.

import { makeButton, makeSpan } from "./dom.js";
import { problemText } from "./faults.js";
import { t } from "./i18n.js";

// Accidental, letter or rest, octave, length: the text that belongs to one note.
const NOTE = /^(?:\^{1,2}|_{1,2}|=)?[A-Ga-gzx][,']*[0-9]*\/*[0-9]*/;

/**
 * The text area and its problems. Lines and columns count from 1.
 *
 * Events: "edited" when the musician has typed, "caret" {line, column} when it moves.
 */
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
      if (document.activeElement === area) this.#tellCaret();
    });
  }

  get text() {
    return this.#area.value;
  }

  /** Put another text in; the caret stays where it was, as far as there is text. */
  set text(text) {
    if (this.#area.value === text) return;
    const caret = Math.min(this.#area.selectionStart, text.length);
    this.#area.value = text;
    this.#area.setSelectionRange(caret, caret);
  }

  /** Put a text in as if the musician had typed it. */
  type(text) {
    this.text = text;
    this.dispatchEvent(new Event("edited"));
  }

  /** Put a text before all others; the caret stays where it is in those. */
  begin(text) {
    this.#area.setRangeText(text, 0, 0, "preserve");
    this.dispatchEvent(new Event("edited"));
  }

  /** Whether the musician may not type. */
  set isLocked(isLocked) {
    this.#area.readOnly = isLocked;
  }

  /**
   * Select the note that is written at a line and column.
   *
   * `focus`: the text area takes the focus; `scroll`: the page may scroll to it, too.
   */
  point(line, column, { focus = true, scroll = false } = {}) {
    const at = this.#offset(line, column);
    const length = NOTE.exec(this.#area.value.slice(at))?.[0].length ?? 0;
    if (focus) this.#area.focus({ preventScroll: !scroll });
    this.#area.setSelectionRange(at, at + length);
    const lineHeight = parseFloat(getComputedStyle(this.#area).lineHeight) || 24;
    const top = (line - 1) * lineHeight;
    if (
      top < this.#area.scrollTop ||
      top > this.#area.scrollTop + this.#area.clientHeight - 2 * lineHeight
    ) {
      this.#area.scrollTop = Math.max(0, top - this.#area.clientHeight / 2);
    }
    this.#tellCaret();
  }

  /** List the problems that /v1/check has found; null where they are not known yet. */
  show(problems) {
    this.#problems = problems;
    this.relabel();
  }

  /** Write all names in the page's language. */
  relabel() {
    const problems = this.#problems;
    const remarks = problems?.filter((problem) => problem.is_remark).length ?? 0;
    const faults = (problems?.length ?? 0) - remarks;
    const parts = [t(faults ? "problems" : "no-problems", { n: faults })];
    if (remarks) parts.push(t("remarks", { n: remarks }));
    this.#heading.textContent = problems === null ? "" : parts.join(" · ");
    this.#heading.dataset.state = faults ? "some" : "none";
    this.#list.replaceChildren(...(problems ?? []).map((problem) => this.#item(problem)));
    this.#list.hidden = !problems?.length;
  }

  // A line of the list; a click on it leads to the place. Remarks are no faults.
  #item(problem) {
    const { line, column, is_remark } = problem;
    const item = document.createElement("li");
    item.className = is_remark ? "remark" : "fault";
    const words = makeSpan("message", "");
    words.append(...problemText(problem));
    const place = t(is_remark ? "remark-place" : "place", { line, column });
    const button = makeButton(makeSpan("place", place), " ", words);
    button.addEventListener("click", () => this.point(line, column, { scroll: true }));
    item.append(button);
    return item;
  }

  #tellCaret() {
    const before = this.#area.value.slice(0, this.#area.selectionStart).split("\n");
    this.dispatchEvent(
      new CustomEvent("caret", {
        detail: { line: before.length, column: before.at(-1).length + 1 },
      }),
    );
  }

  // The offset of a line and column in the text, or the nearest one there is.
  #offset(line, column) {
    const lines = this.#area.value.split("\n");
    const row = Math.max(1, Math.min(line, lines.length));
    let offset = 0;
    for (let before = 0; before < row - 1; before++) offset += lines[before].length + 1;
    return offset + Math.max(0, Math.min(column - 1, lines[row - 1].length));
  }
}
