// The field for opening bars: seen as score while they are typed, with the key and meter
// that are chosen, or that the text says itself.

import { json } from "./api.js";
import { byId } from "./dom.js";
import { problemText } from "./faults.js";
import { t } from "./i18n.js";
import { keyName } from "./music.js";
import { barLength, readBars, WHOLE } from "./notes.js";
import { openingTune } from "./opening_text.js";
import { safeSvg } from "./drawn.js";
import { debounce, Latest } from "./timing.js";

const DRAW_DELAY = 250; // milliseconds after the last key
const HEADER_LINES = 4; // of what is drawn, before the opening's own
const NARROWEST = 280; // the least that /v1/score draws

/** Draws what is typed and says how it is read, or why it cannot be. */
export class OpeningField {
  #form;
  #shown = null; // {opening, problems}: of the text that was drawn last
  #drawings = new Latest(
    (opening) => this.#draw(opening),
    () => this.#show(null), // without the server it is not drawn, and Compose tells why
  );
  #drawSoon = debounce(() => this.#ask(), DRAW_DELAY);

  constructor(form) {
    this.#form = form;
    byId("opening").addEventListener("input", () => {
      this.#shown = null;
      form.follow();
      this.#drawSoon();
    });
    byId("compose").addEventListener("change", ({ target }) => {
      if (target === byId("opening") || !form.opening) return;
      form.follow(); // what the text says itself stays
      this.#drawSoon();
    });
  }

  /** Write all names in the page's language. */
  relabel() {
    this.#say();
  }

  /** Whether the opening, if there is one, can be gone on from; if not, the field says why. */
  get isUsable() {
    const isWrong = this.#fault !== null;
    if (isWrong) byId("opening").focus();
    return !isWrong;
  }

  #ask() {
    const { opening } = this.#form;
    if (opening) this.#drawings.ask(opening);
    else this.#show(null);
  }

  async #draw(opening) {
    const abc = openingTune(opening);
    const width = Math.max(NARROWEST, Math.round(byId("opening").clientWidth));
    // Of what has no notes there is no score; the check says so.
    const hasNotes = readBars(opening.music, WHOLE / 8).some(({ length }) => length);
    const score = { abc, width, header: false };
    const [{ tunes }, drawn] = await Promise.all([
      json("v1/check", { abc }),
      hasNotes ? json("v1/score", score) : null,
    ]);
    if (openingTune(this.#form.opening ?? opening) !== abc) return;
    this.#show({ opening, problems: tunes[0].problems, svg: drawn?.svg });
  }

  #show(shown) {
    this.#shown = shown;
    const drawing = shown?.svg ? safeSvg(shown.svg) : null;
    drawing?.setAttribute("class", "music");
    drawing?.setAttribute("role", "img");
    for (const name of ["width", "height"]) drawing?.removeAttribute(name);
    byId("opening-score").replaceChildren(...(drawing ? [drawing] : []));
    byId("opening-score").hidden = !drawing;
    this.#say();
  }

  #say() {
    const fault = this.#fault;
    const line = byId("opening-says");
    line.hidden = !this.#shown;
    line.dataset.wrong = String(fault !== null);
    byId("opening").setAttribute("aria-invalid", String(fault !== null));
    if (!this.#shown) return line.replaceChildren();
    const { opening } = this.#shown;
    const says = { key: keyName(opening), meter: opening.meter };
    const [drawing] = byId("opening-score").children;
    drawing?.setAttribute("aria-label", t("opening-seen", says));
    line.replaceChildren(...(fault ?? [t("opening-read", says)]));
  }

  // Why the opening cannot be used, as texts and nodes; null where it can.
  get #fault() {
    if (!this.#shown) return null;
    const { opening, problems } = this.#shown;
    const bars = readBars(opening.music, WHOLE / 8);
    const placed = problems.filter(({ is_remark }) => !is_remark).map((problem) => {
      const lines = opening.music.split("\n").slice(0, problem.line - HEADER_LINES - 1);
      const offset = lines.join("\n").length + (lines.length ? 1 : 0) + problem.column - 1;
      return { ...problem, bar: Math.max(0, bars.findLastIndex(({ start }) => start <= offset)) };
    });
    const found = placed.find(({ kind, bar }) => {
      if (kind !== "bar-length") return true;
      // The bar under way is still to become full, and the first may be a pickup.
      const isWhole = bars[bar].sign !== "";
      return bars[bar].length > barLength(opening.meter) || (isWhole && bar > 0);
    });
    if (!found) return null;
    const where = found.kind === "no-notes" ? "" : t("opening-fault", { n: found.bar + 1 });
    return [where, ...problemText(found)];
  }
}
