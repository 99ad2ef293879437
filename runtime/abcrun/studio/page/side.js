// One of two scores that are compared: its picture, its marks, and places in it.

import { byId } from "./dom.js";
import { placeOver, safeSvg, staffBoxes } from "./drawn.js";
import { t } from "./i18n.js";

const NARROWEST = 280; // units of the score: less holds no bar
const WIDEST = 2400; // the most that /v1/score takes
const MARGIN = 0.5; // of a staff's height: how far a mark reaches above and below
const NEARLY_OVER = 0.98; // of the last bar

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The score of a side, "a" or "b". Event: "bar" {bar} when a bar is pressed. */
export class Side extends EventTarget {
  #host;
  #box;
  #root = null;
  #byId = new Map();
  #system = null; // that was scrolled to last

  /** The text, and what /v1/score says of it; null for none. */
  abc = null;
  answer = null;

  constructor(name) {
    super();
    this.#host = byId(`compare-score-${name}`);
    this.#box = byId(`side-${name}`);
    this.#host.addEventListener("click", ({ clientX, clientY }) => this.#press(clientX, clientY));
  }

  /** The width of its picture, in the score's units. */
  get width() {
    const letters = parseFloat(getComputedStyle(document.documentElement).fontSize) / 18;
    const units = Math.round(this.#host.clientWidth / letters);
    return Math.max(NARROWEST, Math.min(WIDEST, units));
  }

  /** Whether it is the one that is heard. */
  set isHeard(isHeard) {
    this.#box.dataset.heard = String(isHeard);
  }

  clear() {
    this.abc = this.answer = this.#root = null;
    this.#host.replaceChildren();
  }

  /** Show an answer of /v1/score; the bars `different` are marked. */
  show(abc, answer, { different, name }) {
    if (answer !== this.answer) {
      this.#root = safeSvg(answer.svg);
      this.#root.setAttribute("class", "music");
      this.#root.setAttribute("role", "img");
      this.#root.removeAttribute("width");
      this.#root.removeAttribute("height");
      this.#byId = new Map([...this.#root.querySelectorAll("[id]")].map((one) => [one.id, one]));
      for (const one of this.#byId.values()) one.removeAttribute("id"); // the sheet may have it
      this.#restoreReferences();
    }
    this.abc = abc;
    this.answer = answer;
    const bars = t("bars", { n: answer.bars.filter(({ number }) => number !== null).length });
    this.#root.setAttribute("aria-label", t("score-name", { name, bars }));
    this.#host.replaceChildren(this.#root);
    const whole = this.#root.getBoundingClientRect();
    const marks = [...different].map((bar) => {
      const mark = document.createElement("div");
      mark.className = "differs";
      placeOver(mark, staffBoxes(this.#byId.get(answer.bars[bar].id), 0), whole, MARGIN);
      return mark;
    });
    this.#host.prepend(...marks);
  }

  // What is drawn by reference keeps its id: the same sign in every score.
  #restoreReferences() {
    for (const use of this.#root.querySelectorAll("use")) {
      const name = use.getAttribute("href")?.slice(1) ?? use.getAttribute("xlink:href")?.slice(1);
      const referred = this.#byId.get(name);
      if (referred) referred.id = name;
    }
  }

  /** Name bars: "1–4, 7". */
  names(bars) {
    const runs = [];
    for (const bar of [...bars].sort((a, b) => a - b)) {
      const run = runs.at(-1);
      if (run?.last === bar - 1) run.last = bar;
      else runs.push({ first: bar, last: bar });
    }
    const named = runs.map(({ first, last }) => {
      const numbers = [];
      for (let bar = first; bar <= last; bar++) numbers.push(this.answer.bars[bar].number);
      const known = numbers.filter((number) => number !== null);
      if (!known.length) return t("pickup").toLowerCase();
      return known.length === 1 ? String(known[0]) : `${known[0]}–${known.at(-1)}`;
    });
    return named.join(", ");
  }

  /** How many bars are played, repeats counted. */
  get playedCount() {
    return this.#played.length;
  }

  get #played() {
    return this.answer?.performance?.bars ?? [];
  }

  /** Name a bar as it is played. */
  barName(place) {
    const number = this.answer?.bars[this.#played[place]?.bar]?.number ?? null;
    return number === null ? t("pickup") : t("bar-name", { n: number });
  }

  /** Return when a written bar is first played, as a place among those played. */
  playedBar(bar) {
    return Math.max(
      0,
      this.#played.findIndex((one) => one.bar === bar),
    );
  }

  /** Return the place {bar, share} at a time. */
  placeAt(time) {
    const bar = Math.max(
      0,
      this.#played.findLastIndex(({ start }) => start <= time),
    );
    const { start, end } = this.#played[bar] ?? { start: 0, end: 1 };
    return { bar, share: Math.max(0, Math.min(1, (time - start) / (end - start || 1))) };
  }

  /** Return the time at a place. Of a shorter tune it is the last bar. */
  timeAt({ bar, share }) {
    const { start, end } = this.#played[Math.min(bar, this.playedCount - 1)];
    return start + share * (end - start);
  }

  /** Whether a place is the end. */
  isOver({ bar, share }) {
    return bar >= this.playedCount - 1 && share > NEARLY_OVER;
  }

  /** Mark what sounds at a time; null: nothing. */
  mark(time) {
    if (!this.#root) return;
    const sounding = new Set();
    for (const { id, start, end } of time === null ? [] : this.answer.notes) {
      if (start <= time && time < end) sounding.add(this.#byId.get(id));
    }
    for (const one of this.#root.querySelectorAll(".sounding")) {
      if (!sounding.has(one)) one.classList.remove("sounding");
    }
    for (const one of sounding) one?.classList.add("sounding");
    const [first] = sounding;
    const system = first?.closest(".system") ?? null;
    if (system && system !== this.#system && !calm.matches) {
      system.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
    this.#system = system;
  }

  #press(x, y) {
    const isAt = (bar) => {
      const boxes = staffBoxes(this.#byId.get(this.answer.bars[bar].id), 0);
      return boxes.some(({ left, right, top }) => {
        const near = (right - left) / 4; // above and below its lines
        return left <= x && x <= right && Math.abs(y - top) < near;
      });
    };
    const bar = (this.answer?.bars ?? []).findIndex((_, place) => isAt(place));
    if (bar >= 0) this.dispatchEvent(new CustomEvent("bar", { detail: { bar } }));
  }
}
