// A card of a candidate: its first bars, what it is, and what can be done with it.

import { makeButton, makeSpan } from "./dom.js";
import { t } from "./i18n.js";
import { header, keyName, kindName, tuneName } from "./music.js";
import { WAYS } from "./more.js";
import { originalityText } from "./originality.js";

let names = 0;
const newName = () => `more-${++names}`; // for an element that another one names

const HOVER = 400; // milliseconds: who passes by with the mouse hears nothing

/**
 * The card of one tune. `on` has what the musician does: open(), play(), hover(isOver),
 * star(), keep(), drop(), undo(), more(way),
 * compare().
 */
export class Card {
  element = document.createElement("li");
  #on;
  #incipits;
  #face = document.createElement("div");
  #gone = document.createElement("div");
  #goneName = makeSpan("", "");
  #undo = makeButton();
  #open = makeButton();
  #name = makeSpan("name", "");
  #how = makeSpan("how", "");
  #incipit = makeSpan("incipit", "");
  #source = document.createElement("p");
  #play = makeButton();
  #star = makeButton();
  #keep = makeButton();
  #drop = makeButton();
  #menu = makeButton("⋯");
  #more = document.createElement("div");
  #hovering = 0;

  constructor({ incipits, on }) {
    this.#on = on;
    this.#incipits = incipits;
    this.element.className = "card";
    this.#open.className = "open";
    this.#incipit.setAttribute("aria-hidden", "true");
    this.#open.append(this.#name, " ", this.#how, this.#incipit);
    this.#source.className = "source";
    this.#play.className = "quiet icon hear";
    this.#star.className = "quiet icon star";
    this.#drop.className = "quiet";
    this.#menu.className = "quiet icon menu";
    this.#more.className = "row more-like";
    this.#more.setAttribute("role", "group");
    this.#more.id = newName();
    this.#menu.setAttribute("aria-controls", this.#more.id);
    this.#openMenu(false);
    const row = document.createElement("div");
    row.className = "row";
    row.append(this.#play, this.#star, this.#keep, this.#drop, this.#menu);
    this.#face.append(this.#open, this.#source, row, this.#more);
    this.#face.className = "face";
    this.#gone.className = "gone";
    this.#gone.append(this.#goneName, " ", this.#undo);
    this.element.append(this.#face, this.#gone);
    this.#listen();
    this.relabel();
  }

  /** Write what never changes in the page's language. */
  relabel() {
    this.#undo.textContent = t("undo");
    this.#drop.textContent = t("drop");
    this.#more.setAttribute("aria-label", t("more-like"));
    const actions = WAYS.map((way) => {
      const button = makeButton(t(`more-${way}`));
      button.addEventListener("click", () => this.#on.more(way));
      return button;
    });
    const compare = makeButton(t("compare"));
    compare.addEventListener("click", () => this.#on.compare());
    this.#more.replaceChildren(makeSpan("hint", t("more-like")), ...actions, compare);
  }

  /**
   * Show the tune as it is now. `isCurrent`: it is on the desk; `isPlaying`: it is
   * heard; `isCompared`: the server compares tunes with known ones.
   */
  show(tune, { isCurrent, isPlaying, isCompared }) {
    const head = header(tune.abc);
    const name = tuneName(head);
    const isGone = tune.removed !== null;
    this.element.dataset.state = isGone ? "gone" : tune.isKept ? "kept" : "candidate";
    this.#face.hidden = isGone;
    this.#gone.hidden = !isGone;
    this.#goneName.textContent = t("dropped", { name });
    if (isCurrent) this.#open.setAttribute("aria-current", "true");
    else this.#open.removeAttribute("aria-current");
    this.#name.textContent = name;
    this.#how.textContent = [kindName(head), keyName(head), head.meter].filter(Boolean).join(" · ");
    const { of, found } = tune.originality ?? {};
    const known = of === tune.cursor ? found : undefined;
    this.#source.textContent = originalityText(known, isCompared);
    this.#play.textContent = isPlaying ? "❚❚" : "▶";
    this.#play.setAttribute("aria-label", isPlaying ? t("pause") : t("hear", { name }));
    this.#star.textContent = tune.isStarred ? "★" : "☆";
    this.#star.setAttribute("aria-pressed", String(tune.isStarred));
    this.#star.setAttribute("aria-label", t("star", { name }));
    this.#keep.textContent = t(tune.isKept ? "kept" : "keep");
    this.#keep.setAttribute("aria-pressed", String(tune.isKept));
    this.#menu.setAttribute("aria-label", t("more-of", { name }));
    this.#incipits.show(this.#incipit, tune);
  }

  /** Take the focus where the musician goes on: to Undo, or to Drop. */
  focus() {
    (this.#face.hidden ? this.#undo : this.#drop).focus();
  }

  #openMenu(isOpen) {
    this.#more.hidden = !isOpen;
    this.#menu.setAttribute("aria-expanded", String(isOpen));
  }

  #listen() {
    const on = this.#on;
    this.#menu.addEventListener("click", () => this.#openMenu(this.#more.hidden));
    this.#face.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#more.hidden) return;
      this.#openMenu(false);
      this.#menu.focus();
    });
    this.#open.addEventListener("click", () => on.open());
    this.#play.addEventListener("click", () => on.play());
    this.#star.addEventListener("click", () => on.star());
    this.#keep.addEventListener("click", () => on.keep());
    this.#drop.addEventListener("click", () => on.drop());
    this.#undo.addEventListener("click", () => on.undo());
    this.#face.addEventListener("pointerenter", ({ pointerType }) => {
      if (pointerType !== "mouse") return;
      this.#hovering = setTimeout(() => on.hover(true), HOVER);
    });
    this.#face.addEventListener("pointerleave", () => {
      clearTimeout(this.#hovering);
      on.hover(false);
    });
    this.#face.addEventListener("pointerdown", () => clearTimeout(this.#hovering));
  }
}

/** A card of a tune that is still being composed. */
export class WaitingCard {
  element = document.createElement("li");
  #name = makeSpan("name", "");
  #bars = makeSpan("how", "");

  constructor() {
    this.element.className = "card";
    this.element.dataset.state = "waiting";
    this.#name.textContent = t("composing");
    this.element.append(this.#name, " ", this.#bars);
  }

  /** Show how far the tune has come. */
  grow(abc) {
    const head = header(abc);
    if (head.tonic) this.#name.textContent = tuneName(head);
    const bars = (abc.split(/^K:.*$/m)[1] ?? "").match(/[A-Ga-gz][^|]*\|/g);
    if (bars) this.#bars.textContent = t("bars", { n: bars.length });
  }
}
