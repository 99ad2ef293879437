// The score: the server's SVG made safe and put on the page, bars that can be selected, notes that can be pointed at.

import { t } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = new Set(
  "svg g path use defs symbol rect ellipse circle line polygon polyline text tspan title desc".split(" "),
);
const ATTRIBUTES = new Set(
  ("id class d transform x y x1 x2 y1 y2 dx dy cx cy r rx ry width height viewBox points fill stroke fill-opacity " +
    "stroke-opacity opacity stroke-width stroke-linecap stroke-linejoin stroke-dasharray fill-rule font-family font-size " +
    "font-style font-weight text-anchor preserveAspectRatio href xlink:href xml:space version").split(" "),
);
const MOST_TURNS = 32; // bars that come one after the other; the rest with the last of them
const NEAR = 14; // pixels: a click so close to a note means the note

/**
 * An SVG text as an element that can do nothing but be drawn: known elements and attributes only, references only into
 * itself, every colour the page's ink. Throws for what is no SVG.
 */
export function safeSvg(text) {
  // Style elements go before the rest is read: the browser would complain of them while it reads.
  const bare = text.replace(/<style[\s>][\s\S]*?<\/style\s*>/gi, "");
  const root = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
  if (root.namespaceURI !== SVG || root.localName !== "svg" || root.querySelector("parsererror")) {
    throw new TypeError(t("unreadable"));
  }
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (element.namespaceURI !== SVG || !ELEMENTS.has(element.localName)) {
      element.remove();
      continue;
    }
    for (const { name, value } of [...element.attributes]) {
      const isReference = name === "href" || name === "xlink:href";
      if (name === "xmlns" || name.startsWith("xmlns:")) continue;
      if (!ATTRIBUTES.has(name) || (isReference && !value.startsWith("#")) || /url\s*\(/i.test(value)) {
        element.removeAttribute(name);
      } else if ((name === "fill" || name === "stroke") && value !== "none") {
        element.setAttribute(name, "currentColor");
      }
    }
  }
  return document.importNode(root, true);
}

/**
 * A tune's score in `host`. Events: "note" {line, column, start} for a click on one, "selection" {first, end} (bars
 * from 0, end excluded; null for none), "play" {bar} for Enter on a bar.
 */
export class Score extends EventTarget {
  #host;
  #bars = [];
  #notes = [];
  #byId = new Map();
  #boxes; // a listbox over the music: an option for each bar
  #anchor = 0;
  #focus = 0;
  #selected = null;
  #sounding = [];
  #atCaret = null;

  constructor(host) {
    super();
    this.#host = host;
    this.#boxes = document.createElement("div");
    this.#boxes.className = "bars";
    this.#boxes.setAttribute("role", "listbox");
    this.#boxes.setAttribute("aria-multiselectable", "true");
    this.#boxes.setAttribute("aria-orientation", "horizontal");
    this.#boxes.addEventListener("keydown", (event) => this.#key(event));
    this.#boxes.addEventListener("focusin", ({ target }) => {
      this.#focus = Number(target.dataset.bar);
      this.#paint();
    });
    host.addEventListener("click", (event) => this.#click(event));
  }

  get barCount() {
    return this.#bars.length;
  }

  /** How many bars the score counts: pickups are none. */
  get fullBars() {
    return this.#bars.reduce((most, bar, place) => Math.max(most, this.#number(place) ?? 0), 0);
  }

  /** What a bar is called: "Bar 5", as the score numbers it, or "Pickup to bar 5". */
  barName(place) {
    const number = this.#number(place);
    if (number !== null) return t("bar-name", { n: number });
    const next = this.#bars.findIndex((_, after) => after > place && this.#number(after) !== null);
    return next < 0 ? t("pickup") : t("pickup-to", { n: this.#number(next) });
  }

  /** "Bars 3 to 5". */
  rangeName({ first, end }) {
    const numbers = [];
    for (let place = first; place < end; place++) if (this.#number(place) !== null) numbers.push(this.#number(place));
    if (end - first === 1 || !numbers.length) return this.barName(first);
    return numbers.length === 1
      ? t("bar-name", { n: numbers[0] })
      : t("selected", { first: numbers[0], last: numbers.at(-1) });
  }

  get selection() {
    return this.#selected;
  }

  /** Show what /v1/score answered. `fresh`: bars [first, end) to mark as new; `name`: for who cannot see it. */
  show({ svg, notes, bars }, { name, fresh = null }) {
    const root = safeSvg(svg);
    const known = this.#bars.length;
    root.setAttribute("class", "music");
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", t("score-name", { name, bars: t("bars", { n: this.fullBars }) }));
    root.removeAttribute("height");
    root.removeAttribute("width");
    this.#notes = [...notes].sort((a, b) => a.start - b.start);
    this.#bars = bars;
    this.#byId = new Map([...root.querySelectorAll("[id]")].map((element) => [element.id, element]));
    this.#sounding = [];
    this.#atCaret = null;
    for (const element of root.querySelectorAll(".note")) element.classList.add("pointable");
    const first = fresh ? fresh[0] : known;
    const end = fresh ? fresh[1] : bars.length;
    for (let bar = first; bar < Math.min(end, bars.length); bar++) {
      const measure = this.#byId.get(bars[bar].id);
      measure?.classList.add("fresh");
      measure?.style.setProperty("--turn", String(Math.min(bar - first, MOST_TURNS)));
    }
    this.#host.replaceChildren(this.#boxes, root);
    this.#host.hidden = false;
    this.#layOut(root);
    if (this.#selected && this.#selected.end > bars.length) this.select(null);
    else this.#paint();
  }

  /** Forget the tune: the next one is all new. */
  clear() {
    this.renew();
    this.#byId.clear();
    this.#sounding = [];
    this.#atCaret = null;
    this.#host.replaceChildren();
    this.#host.hidden = true;
  }

  /** Another tune is to come: all its bars will be new. What is shown stays until then. */
  renew() {
    this.#bars = [];
    this.#notes = [];
    this.#focus = 0;
    this.select(null);
  }

  /** Select bars {first, end}, or none: null. */
  select(range) {
    const before = this.#selected;
    this.#selected = range;
    this.#paint();
    if (before?.first !== range?.first || before?.end !== range?.end) {
      this.dispatchEvent(new CustomEvent("selection", { detail: range }));
    }
  }

  /** Mark the notes that sound at a time of the tune's own tempo, null for none; the bar where they are, from 0. */
  mark(time) {
    const sounding = [];
    let bar = null;
    if (time !== null) {
      let low = 0;
      let high = this.#notes.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.#notes[middle].start <= time + 0.005) low = middle + 1;
        else high = middle;
      }
      for (let place = low - 1; place >= 0 && place >= low - 12; place--) {
        const note = this.#notes[place];
        if (note.start <= time + 0.005 && time < note.end) {
          const element = this.#byId.get(note.id);
          if (element) sounding.push(element);
          bar ??= note.bar;
        }
      }
      if (low > 0) bar ??= this.#notes[low - 1].bar;
    }
    for (const element of this.#sounding) if (!sounding.includes(element)) element.classList.remove("sounding");
    for (const element of sounding) element.classList.add("sounding");
    this.#sounding = sounding;
    return bar;
  }

  /** Where a bar is on the page, for scrolling; undefined if it is not shown. */
  box(bar) {
    return this.#boxes.children[bar];
  }

  /** When a bar sounds for the first time, in seconds at the tune's own tempo; null if never. */
  startOf(bar) {
    return this.#notes.find((note) => note.bar === bar)?.start ?? null;
  }

  /** Mark the note whose text is at a place (line, column from 1) or, on that line, the last before it. */
  markCaret(line, column) {
    let best = null;
    for (const note of this.#notes) {
      if (note.line === line && note.column <= column && (!best || note.column > best.column)) best = note;
    }
    this.#atCaret?.classList.remove("at-caret");
    this.#atCaret = best ? (this.#byId.get(best.id) ?? null) : null;
    this.#atCaret?.classList.add("at-caret");
  }

  /** Names in the language of the page. */
  relabel(name) {
    this.#boxes.setAttribute("aria-label", t("bar-list"));
    for (const [place, option] of [...this.#boxes.children].entries()) {
      option.setAttribute("aria-label", this.barName(place));
    }
    this.#host
      .querySelector(".music")
      ?.setAttribute("aria-label", t("score-name", { name, bars: t("bars", { n: this.fullBars }) }));
  }

  // The options lie under the music, in shares of its size, so that they hold when the window changes.
  #layOut(root) {
    const whole = root.getBoundingClientRect();
    const seen = new Map(); // voices that stand above each other share a measure, each with a staff of its own
    const options = this.#bars.map(({ id }, place) => {
      const option = document.createElement("div");
      option.className = "bar";
      option.setAttribute("role", "option");
      option.setAttribute("aria-label", this.barName(place));
      option.dataset.bar = String(place);
      const measure = this.#byId.get(id);
      const voice = seen.get(id) ?? 0;
      seen.set(id, voice + 1);
      const staff = measure?.querySelectorAll(".staff")[voice];
      const lines = [...(staff?.children ?? [])].filter((child) => child.localName === "path");
      const boxes = (lines.length ? lines : measure ? [measure] : []).map((line) => line.getBoundingClientRect());
      if (boxes.length && whole.width) {
        const left = Math.min(...boxes.map((box) => box.left));
        const right = Math.max(...boxes.map((box) => box.right));
        const top = Math.min(...boxes.map((box) => box.top));
        const bottom = Math.max(...boxes.map((box) => box.bottom));
        const margin = (bottom - top) * 0.62;
        option.style.left = `${((left - whole.left) / whole.width) * 100}%`;
        option.style.width = `${((right - left) / whole.width) * 100}%`;
        option.style.top = `${((top - margin - whole.top) / whole.height) * 100}%`;
        option.style.height = `${((bottom - top + 2 * margin) / whole.height) * 100}%`;
      }
      return option;
    });
    const hadFocus = this.#boxes.contains(document.activeElement);
    this.#boxes.replaceChildren(...options);
    this.#boxes.setAttribute("aria-label", t("bar-list"));
    this.#focus = Math.max(0, Math.min(this.#focus, options.length - 1));
    if (hadFocus) options[this.#focus]?.focus({ preventScroll: true });
  }

  // As the score prints it; null for a pickup.
  #number(place) {
    return this.#bars[place].number;
  }

  #paint() {
    for (const [place, option] of [...this.#boxes.children].entries()) {
      const inside = this.#selected !== null && place >= this.#selected.first && place < this.#selected.end;
      option.setAttribute("aria-selected", String(inside));
      option.tabIndex = place === this.#focus ? 0 : -1;
    }
  }

  #range(to) {
    this.select({ first: Math.min(this.#anchor, to), end: Math.max(this.#anchor, to) + 1 });
  }

  #toggle(bar, withShift) {
    this.#focus = bar;
    if (withShift && this.#selected) return this.#range(bar);
    const same = this.#selected?.first === bar && this.#selected.end === bar + 1;
    this.#anchor = bar;
    this.select(same ? null : { first: bar, end: bar + 1 });
  }

  #click(event) {
    const note = this.#noteAt(event.clientX, event.clientY);
    if (note && !event.shiftKey) {
      this.dispatchEvent(new CustomEvent("note", { detail: note }));
      return;
    }
    if (!this.#bars.length) return;
    const under = document.elementsFromPoint(event.clientX, event.clientY);
    const option = under.find((element) => element.parentElement === this.#boxes);
    if (option) this.#toggle(Number(option.dataset.bar), event.shiftKey);
    else this.select(null);
  }

  #noteAt(x, y) {
    let best = null;
    let least = NEAR;
    const seen = new Set();
    for (const note of this.#notes) {
      if (seen.has(note.id)) continue;
      seen.add(note.id);
      const element = this.#byId.get(note.id);
      const box = (element?.querySelector(".notehead") ?? element)?.getBoundingClientRect();
      if (!box) continue;
      const away = Math.hypot(
        Math.max(box.left - x, 0, x - box.right),
        Math.max(box.top - y, 0, y - box.bottom),
      );
      if (away < least) {
        least = away;
        best = note;
        if (away === 0) break;
      }
    }
    return best;
  }

  #key(event) {
    if (!this.#bars.length) return; // what is shown is to be replaced
    const last = this.#bars.length - 1;
    const to = {
      ArrowRight: Math.min(this.#focus + 1, last), ArrowLeft: Math.max(this.#focus - 1, 0),
      ArrowDown: this.#vertical(1), ArrowUp: this.#vertical(-1), Home: 0, End: last,
    }[event.key];
    if (to !== undefined) {
      if (event.shiftKey) {
        if (!this.#selected) this.#anchor = this.#focus;
        this.#range(to);
      }
      this.#focus = to;
      this.#paint();
      this.#boxes.children[to]?.focus();
    } else if (event.key === " ") {
      this.#toggle(this.#focus, event.shiftKey);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      this.#anchor = 0;
      this.#range(last);
    } else if (event.key === "Escape") {
      this.select(null);
    } else if (event.key === "Enter") {
      this.dispatchEvent(new CustomEvent("play", { detail: { bar: this.#focus } }));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // The bar of the next system that lies most nearly under, or over, the one in focus.
  #vertical(direction) {
    const boxes = [...this.#boxes.children].map((option) => option.getBoundingClientRect());
    const here = boxes[this.#focus];
    if (!here) return this.#focus;
    const middle = (here.left + here.right) / 2;
    let best = this.#focus;
    let least = Infinity;
    for (const [place, box] of boxes.entries()) {
      const down = (box.top - here.top) * direction;
      if (down < here.height / 2) continue;
      const cost = down * 4 + Math.abs((box.left + box.right) / 2 - middle);
      if (cost < least) [least, best] = [cost, place];
    }
    return best;
  }
}
