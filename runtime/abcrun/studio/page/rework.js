// What is done with the music on the sheet: it goes on, gets a part, an answer, a
// variation, or bars drawn anew.

import { byId, nameSlider } from "./dom.js";
import { t } from "./i18n.js";
import { header } from "./music.js";
import { readBars, unitLength, WHOLE } from "./notes.js";
import { parted, plainMusic, rescaled } from "./writing.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CALL = 4; // bars that are answered where none are chosen
const CLOSE = /(?:\|\]|:\||::|\|\|)\s*$/; // behind the last bar of a part
const QUAVER = WHOLE / 8; // the unit note length that the model knows in every meter

/** Return the music of a tune as bars that are given to be gone on with. */
export function asOpening(abc) {
  const [head, music] = parted(abc);
  return rescaled(plainMusic(music), unitLength(head), QUAVER).trim();
}

/**
 * Put what was composed behind one's own music: its text stays as it is written, with
 * its header, chords and signs, as far as its last bar line.
 */
export function grafted(own, composed) {
  const [head, music] = parted(own);
  const [composedHead, composedMusic] = parted(composed) ?? [composed, ""];
  const unit = unitLength(head);
  const tail = rescaled(composedMusic, unitLength(composedHead), unit);
  const mine = readBars(music, unit).filter(({ length, sign }) => length && sign);
  const theirs = readBars(tail, unit).filter(({ length }) => length);
  if (theirs.length <= mine.length) return own;
  if (!mine.length) return head + tail;
  const count = mine.length - 1;
  return `${head}${music.slice(0, mine[count].end).trimEnd()}${tail.slice(theirs[count].end)}`;
}

/** The buttons of the panel, and those of the bars that are selected. */
export class Rework {
  #tune;
  #score;
  #player;
  #form;
  #composing;
  #rhythms = [];

  constructor({ tune, score, player, form, composing }) {
    this.#tune = tune;
    this.#score = score;
    this.#player = player;
    this.#form = form;
    this.#composing = composing;
    const onPress = (id, action) => byId(id).addEventListener("click", action);
    onPress("redraw", () => {
      if (!score.selection) return;
      const bars = [score.selection.first, score.selection.end];
      this.#do("v1/rewrite", { bars }, { made: "redrawn", status: "redrawing", fresh: bars });
    });
    onPress("answer", () => score.selection && this.#answer(score.selection));
    onPress("answer-last", () => {
      this.#answer({ first: Math.max(0, score.barCount - CALL), end: score.barCount });
    });
    onPress("part", () => {
      const fresh = [score.barCount, Infinity];
      this.#do("v1/continue", {}, { made: "part", status: "adding-part", fresh });
    });
    onPress("go-on", () => this.#goOn());
    onPress("vary", () => {
      const amount = Number(byId("amount").value) / 100;
      this.#do("v1/vary", { amount }, { made: "varied", status: "varying" });
    });
    byId("amount").addEventListener("input", () => this.relabel());
    tune.addEventListener("change", () => this.#show());
    player.addEventListener("music", () => this.#show());
  }

  /** Know which types of tune the model knows. */
  offer({ rhythms }) {
    this.#rhythms = rhythms ?? [];
  }

  /** Write all names in the page's language. */
  relabel() {
    nameSlider("amount", t("amounts"));
    this.#show();
  }

  #show() {
    // A part that is closed is not gone on with: the next one begins.
    const { text } = this.#tune;
    const isOpen = Boolean(text) && !CLOSE.test(text) && !/^\s*\[?V:/m.test(text);
    for (const id of ["go-on", "answer-last"]) {
      byId(id).hidden = !isOpen;
      byId(id).disabled = this.#tune.isGrowing;
    }
    byId("answer").disabled = this.#tune.isGrowing;
    const parts = this.#player.performance?.sections.length ?? 0;
    byId("part").textContent = t("part", { letter: LETTERS[Math.max(1, parts)] ?? "" });
    const n = Math.min(CALL, Math.max(1, this.#score.barCount));
    byId("answer-last").textContent = t("answer-last", { n });
  }

  #answer({ first, end }) {
    const fresh = [end, 2 * end - first];
    const how = { made: "answered", status: "answering", fresh };
    this.#do("v1/answer", { bars: [first, end] }, how);
  }

  #goOn() {
    const { text } = this.#tune;
    const { rhythm, meter, tonic, mode } = header(text);
    const asked = { prompt: asOpening(text), meter, key: `${tonic} ${mode}`, unit: "1/8" };
    if (this.#rhythms.includes(rhythm)) asked.rhythm = rhythm;
    const fresh = [this.#score.barCount, Infinity];
    const shape = (composed) => grafted(text, composed);
    const how = { made: "went-on", status: "going-on", fresh, shape };
    this.#composing.compose("v1/tunes", { ...asked, ...this.#mood }, how);
  }

  #do(route, asked, how) {
    const body = { abc: this.#tune.text, ...asked, ...this.#mood };
    this.#composing.compose(route, body, how);
  }

  // A tune is reworked in the mood of the form; without one the server takes the model's
  // own.
  get #mood() {
    const { temperature } = this.#form;
    return temperature === null ? {} : { temperature };
  }
}
