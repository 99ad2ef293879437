// The score: the server's SVG made safe and put on the page, with bars that can be
// selected and notes that can be pointed at.

import { placeOver, safeSvg, staffBoxes } from "./drawn.js";
import { t } from "./i18n.js";
import { NoteCursor } from "./note_cursor.js";

const MOST_TURNS = 32; // new bars that appear one by one; the rest come with the last of them
// Pixels: a press this close to the head of a note means the note, else its bar.
const REACH = { mouse: 3, other: 8 };
const EARLY = 0.005; // seconds: the clocks of sound and score differ by rounding
const MOST_AT_ONCE = 12; // notes that are looked through for those that still sound
const BAR_MARGIN = 0.62; // of a staff's height: how far a bar's box reaches above and below

/**
 * A tune's score in an element of the page. Bars count from 0, pickups too.
 *
 * `cursor` is the note that is chosen: a note, or else bars. Events: "note" {place} when
 * one is chosen, or pressed again; "selection" {first, end} with the end excluded, or
 * null for none; "play" {bar} for Enter on a bar.
 */
export class Score extends EventTarget {
  #host;
  #bars = [];
  #notes = [];
  #byId = new Map();
  #boxes; // a listbox over the music, with an option for each bar
  #anchor = 0;
  #focus = 0;
  #selected = null;
  #sounding = [];
  #atCaret = null;
  /** Whether the next press of a bar takes the selection on to it. */
  reaches = false;

  constructor(host) {
    super();
    this.#host = host;
    this.cursor = new NoteCursor({
      barName: (bar) => (bar < this.#bars.length ? this.barName(bar) : ""),
      firstBar: () => this.#focus,
    });
    this.cursor.addEventListener("chosen", ({ detail: { place, isByKey } }) => {
      if (place) this.select(null);
      if (place && isByKey) this.#tellNote(place, isByKey);
    });
    this.cursor.addEventListener("leave", () => this.leaveNote());
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

  /** Whether another score is on its way. */
  set isBusy(isBusy) {
    this.#host.setAttribute("aria-busy", String(isBusy));
  }

  /** Whether what is engraved is older than the text. */
  set isStale(isStale) {
    this.#host.dataset.stale = String(isStale);
  }

  get barCount() {
    return this.#bars.length;
  }

  /** The number of bars without pickups, as the score counts them. */
  get fullBars() {
    return this.#bars.reduce((most, _, bar) => Math.max(most, this.#number(bar) ?? 0), 0);
  }

  /** Name a bar: "Bar 5", as the score numbers it, or "Pickup to bar 5". */
  barName(bar) {
    const number = this.#number(bar);
    if (number !== null) return t("bar-name", { n: number });
    const next = this.#bars.findIndex((_, later) => later > bar && this.#number(later) !== null);
    return next < 0 ? t("pickup") : t("pickup-to", { n: this.#number(next) });
  }

  /** Name a range of bars: "Bars 3 to 5". */
  rangeName({ first, end }) {
    const numbers = [];
    for (let bar = first; bar < end; bar++) {
      if (this.#number(bar) !== null) numbers.push(this.#number(bar));
    }
    if (end - first === 1 || !numbers.length) return this.barName(first);
    return numbers.length === 1
      ? t("bar-name", { n: numbers[0] })
      : t("selected", { first: numbers[0], last: numbers.at(-1) });
  }

  get selection() {
    return this.#selected;
  }

  /**
   * Show an answer of /v1/score.
   *
   * `name` is for screen readers; `fresh` are the bars [first, end) to mark as new:
   * without it, those that were not there before.
   */
  show({ svg, notes, bars, places }, { name, fresh = null }) {
    const root = safeSvg(svg);
    const barsBefore = this.#bars.length;
    root.setAttribute("class", "music");
    root.setAttribute("role", "img");
    root.removeAttribute("height");
    root.removeAttribute("width");
    this.#notes = [...notes].sort((a, b) => a.start - b.start);
    this.#bars = bars;
    root.setAttribute("aria-label", this.#nameOf(name));
    this.#byId = new Map(
      [...root.querySelectorAll("[id]")].map((element) => [element.id, element]),
    );
    this.#sounding = [];
    this.#atCaret = null;
    for (const element of root.querySelectorAll(".notehead")) element.classList.add("pointable");
    const [first, end] = fresh ?? [barsBefore, bars.length];
    for (let bar = first; bar < Math.min(end, bars.length); bar++) {
      const measure = this.#byId.get(bars[bar].id);
      measure?.classList.add("fresh");
      measure?.style.setProperty("--turn", String(Math.min(bar - first, MOST_TURNS)));
    }
    this.#host.hidden = false;
    // Only what is drawn is replaced: the focus stays where it is.
    const drawn = this.#host.querySelector(":scope > .music");
    if (drawn) drawn.replaceWith(root);
    else this.#host.replaceChildren(this.#boxes, root, this.cursor.element);
    this.#layOut(root);
    this.cursor.show(this.#withSound(places), this.#byId, root);
    if (this.#selected && this.#selected.end > bars.length) this.select(null);
    else this.#paint();
  }

  /** Show nothing. */
  clear() {
    this.renew();
    this.#byId.clear();
    this.#sounding = [];
    this.#atCaret = null;
    this.#host.replaceChildren();
    this.#host.hidden = true;
  }

  /**
   * Take the next score as that of another tune, or with `isSame` of another version of
   * this one. What is shown stays until then.
   */
  renew({ isSame = false } = {}) {
    this.#bars = [];
    this.#notes = [];
    if (!isSame) {
      this.#focus = 0;
      this.cursor.clear();
    }
    this.select(null);
  }

  /** Choose no note any more, and go to its bar. */
  leaveNote() {
    const bar = this.cursor.chosen?.bar ?? this.#focus;
    const hadFocus = document.activeElement === this.cursor.element;
    this.cursor.choose(null);
    this.#focus = Math.min(bar, this.#boxes.children.length - 1);
    this.#paint();
    if (hadFocus) this.#boxes.children[this.#focus]?.focus({ preventScroll: true });
  }

  /** Select the bars {first, end}; null selects none. */
  select(range) {
    const before = this.#selected;
    this.#selected = range;
    // To come to a note would end the selection: the Tab key goes on to what is done with it.
    this.cursor.element.tabIndex = range ? -1 : 0;
    if (range) this.cursor.choose(null);
    this.#paint();
    if (before?.first !== range?.first || before?.end !== range?.end) {
      this.dispatchEvent(new CustomEvent("selection", { detail: range }));
    }
  }

  /**
   * Mark the notes that sound at a time, and return their bar.
   *
   * The time is in seconds at the tune's own tempo, null for none; the bar is null
   * where the time is before the first note.
   */
  mark(time) {
    const sounding = [];
    let bar = null;
    if (time !== null) {
      const count = this.#countBegun(time + EARLY);
      const latest = this.#notes.slice(Math.max(0, count - MOST_AT_ONCE), count);
      for (const note of latest.reverse()) {
        if (time >= note.end) continue;
        const element = this.#byId.get(note.id);
        if (element) sounding.push(element);
        bar ??= note.bar;
      }
      // In a rest it is the bar of the note before it.
      bar ??= latest[0]?.bar ?? null;
    }
    for (const element of this.#sounding) {
      if (!sounding.includes(element)) element.classList.remove("sounding");
    }
    for (const element of sounding) element.classList.add("sounding");
    this.#sounding = sounding;
    return bar;
  }

  /** Select all bars from one to another, whichever comes first. */
  selectFrom(from, to) {
    this.#anchor = from;
    this.#focus = to;
    this.#selectTo(to);
  }

  /** Return the element over a bar, to scroll to; undefined if the bar is not shown. */
  box(bar) {
    return this.#boxes.children[bar];
  }

  /** Return the bar at a point of the window; -1 for none. */
  barAt(x, y) {
    const under = document.elementsFromPoint(x, y);
    const option = under.find((element) => element.parentElement === this.#boxes);
    return option ? Number(option.dataset.bar) : -1;
  }

  /** Return the bar of the first voice that a bar stands in one measure with. */
  topBar(bar) {
    return this.#bars.findIndex(({ id }) => id === this.#bars[bar].id);
  }

  /** Return when a bar first sounds, in seconds at the tune's tempo; null if never. */
  startOf(bar) {
    return this.#notes.find((note) => note.bar === bar)?.start ?? null;
  }

  /** Mark the note at a line and column (from 1), or the last before it on the line. */
  markCaret(line, column) {
    let best = null;
    for (const note of this.#notes) {
      if (note.line !== line || note.column > column) continue;
      if (!best || note.column > best.column) best = note;
    }
    this.#atCaret?.classList.remove("at-caret");
    this.#atCaret = best ? (this.#byId.get(best.id) ?? null) : null;
    this.#atCaret?.classList.add("at-caret");
  }

  /** Write all names in the page's language. */
  relabel(name) {
    this.#boxes.setAttribute("aria-label", t("bar-list"));
    for (const [bar, option] of [...this.#boxes.children].entries()) {
      option.setAttribute("aria-label", this.barName(bar));
    }
    this.#host.querySelector(".music")?.setAttribute("aria-label", this.#nameOf(name));
    this.cursor.relabel();
  }

  #nameOf(name) {
    const { fullBars } = this;
    return fullBars ? t("score-name", { name, bars: t("bars", { n: fullBars }) }) : name;
  }

  // Places with when each sounds first, and at which pitches.
  #withSound(places) {
    const first = new Map();
    for (const note of this.#notes) if (!first.has(note.id)) first.set(note.id, note);
    return places.map((place) => {
      const notes = place.ids.map((id) => first.get(id)).filter(Boolean);
      const pitches = [...new Set(notes.map(({ pitch }) => pitch))];
      return { ...place, start: notes[0]?.start ?? null, pitches };
    });
  }

  #tellNote(place, isByKey) {
    this.dispatchEvent(new CustomEvent("note", { detail: { place, isByKey } }));
  }

  // The number of notes that begin at a time or before it.
  #countBegun(time) {
    let low = 0;
    let high = this.#notes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#notes[middle].start <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Placed in shares of the music's size, the options hold when the window changes.
  #layOut(root) {
    const whole = root.getBoundingClientRect();
    // Voices that stand above each other share a measure, each with a staff of its own.
    const voices = new Map();
    const options = this.#bars.map(({ id }, bar) => {
      const option = document.createElement("div");
      option.className = "bar";
      option.setAttribute("role", "option");
      option.setAttribute("aria-label", this.barName(bar));
      option.dataset.bar = String(bar);
      const voice = voices.get(id) ?? 0;
      voices.set(id, voice + 1);
      placeOver(option, staffBoxes(this.#byId.get(id), voice), whole);
      return option;
    });
    const hadFocus = this.#boxes.contains(document.activeElement);
    this.#boxes.replaceChildren(...options);
    this.#boxes.setAttribute("aria-label", t("bar-list"));
    this.#focus = Math.max(0, Math.min(this.#focus, options.length - 1));
    if (hadFocus) options[this.#focus]?.focus({ preventScroll: true });
  }

  // The number that the score prints; null for a pickup.
  #number(bar) {
    return this.#bars[bar].number;
  }

  #paint() {
    const { first, end } = this.#selected ?? { first: 0, end: 0 };
    for (const [bar, option] of [...this.#boxes.children].entries()) {
      option.setAttribute("aria-selected", String(bar >= first && bar < end));
      option.tabIndex = bar === this.#focus ? 0 : -1;
    }
  }

  // A range is of one voice: that of the bar where it begins.
  #selectTo(bar) {
    const alike = (other) => this.#bars.flatMap(({ id }, place) => (id === other ? place : []));
    const voice = alike(this.#bars[this.#anchor].id).indexOf(this.#anchor);
    const to = alike(this.#bars[bar].id)[voice] ?? bar;
    this.select({ first: Math.min(this.#anchor, to), end: Math.max(this.#anchor, to) + 1 });
  }

  #toggle(bar, withShift) {
    this.#focus = bar;
    if ((withShift || this.reaches) && this.#selected) return this.#selectTo(bar);
    const isOnlyOne = this.#selected?.first === bar && this.#selected.end === bar + 1;
    this.#anchor = bar;
    this.select(isOnlyOne ? null : { first: bar, end: bar + 1 });
  }

  #click(event) {
    if (!this.#bars.length) return;
    const reach = REACH[event.pointerType] ?? REACH.other;
    const isRange = event.shiftKey || this.reaches;
    const place = isRange ? null : this.cursor.placeAt(event.clientX, event.clientY, reach);
    if (place) {
      this.cursor.choose(place, { focus: true });
      this.#tellNote(place, false);
      return;
    }
    const bar = this.barAt(event.clientX, event.clientY);
    if (bar >= 0) this.#toggle(bar, event.shiftKey);
    else this.select(null);
  }

  #key(event) {
    if (!this.#bars.length) return; // the score that is shown is to be replaced
    const last = this.#bars.length - 1;
    const to = {
      ArrowRight: Math.min(this.#focus + 1, last),
      ArrowLeft: Math.max(this.#focus - 1, 0),
      ArrowDown: this.#vertical(1),
      ArrowUp: this.#vertical(-1),
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined) {
      if (event.shiftKey) {
        if (!this.#selected) this.#anchor = this.#focus;
        this.#selectTo(to);
      }
      this.#focus = to;
      this.#paint();
      this.#boxes.children[to]?.focus();
    } else if (event.key === " " && event.shiftKey) {
      this.#toggle(this.#focus, false);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      this.#anchor = 0;
      this.#selectTo(last);
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
    for (const [bar, box] of boxes.entries()) {
      const down = (box.top - here.top) * direction;
      if (down < here.height / 2) continue;
      // Down counts four times: the nearest system comes before the nearest bar.
      const cost = down * 4 + Math.abs((box.left + box.right) / 2 - middle);
      if (cost < least) [least, best] = [cost, bar];
    }
    return best;
  }
}
