// Piano keys on the page, for fingers, mouse and keyboard, and what is chosen with
// them: the length of notes, rests, bar lines.

import { byId } from "./dom.js";
import { noteName, t } from "./i18n.js";
import { nameOfPitch, spell, WHOLE } from "./notes.js";
import { forGood } from "./storage.js";

const SVG = "http://www.w3.org/2000/svg";
const LENGTHS = { 16: "semiquaver", 8: "quaver", 4: "crotchet", 2: "minim" };
const LOWEST = 60; // the C that the keys begin with, before any change of octave
const KEYS = 25; // two octaves and the C above them
const BLACK = new Set([1, 3, 6, 8, 10]); // semitones from C
const MOST_OCTAVES = 2; // up or down
const HEAD = { 2: "none" }; // hollow; all others are filled

/** Draw a note of a length: 8 is a quaver. */
function noteIcon(length) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 22");
  svg.setAttribute("aria-hidden", "true");
  const draw = (name, attributes) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    svg.append(element);
  };
  const turned = { transform: "rotate(-22 5 18)", fill: HEAD[length] ?? "currentColor" };
  draw("ellipse", { cx: 5, cy: 18, rx: 4, ry: 2.9, ...turned });
  draw("path", { d: "M8.8 17V2" });
  for (let flag = 0; flag < Math.log2(length / 4); flag++) {
    draw("path", { d: `M8.8 ${2 + 5 * flag}c.5 3.5 4.2 4 3.6 8` });
  }
  return svg;
}

/**
 * The keys and the choices beside them.
 *
 * Events: "note" {pitch}, null for a rest; "bar-line"; "back" to take the last one back.
 */
export class Piano extends EventTarget {
  #head = { tonic: "C", mode: "major" };
  #octave = 0;
  #focus = 7; // the key that the Tab key comes to: a G
  #last = LOWEST + 7; // the pitch that was played last

  constructor() {
    super();
    this.#makeLengths();
    byId("piano-open").addEventListener("click", () => this.#open(byId("piano-part").hidden));
    const say = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
    byId("write-rest").addEventListener("click", () => say("note", { pitch: null }));
    byId("write-bar").addEventListener("click", () => say("bar-line"));
    byId("write-back").addEventListener("click", () => say("back"));
    byId("piano-down").addEventListener("click", () => this.#shift(-1));
    byId("piano-up").addEventListener("click", () => this.#shift(1));
    byId("piano").addEventListener("click", ({ target }) => {
      const key = target.closest("button");
      if (key) this.#press(Number(key.dataset.pitch));
    });
    byId("piano").addEventListener("keydown", (event) => this.#key(event));
  }

  /** The key in which notes are spelled, as a header has it. */
  set head(head) {
    const isSame = head.tonic === this.#head.tonic && head.mode === this.#head.mode;
    this.#head = head;
    if (!isSame) this.#name();
  }

  /** The length that is chosen, in parts of WHOLE. */
  get length() {
    const chosen = document.querySelector("input[name=note-length]:checked").value;
    return (WHOLE / Number(chosen)) * (byId("dotted").checked ? 1.5 : 1);
  }

  /** Write all names in the page's language. */
  relabel() {
    for (const input of byId("lengths").querySelectorAll("input[type=radio]")) {
      input.setAttribute("aria-label", t("note-lengths")[LENGTHS[input.value]]);
    }
    if (byId("piano").children.length) this.#name();
    else if (forGood.get("piano")) this.#open(true);
  }

  #makeLengths() {
    const chips = Object.keys(LENGTHS).map(Number).sort((a, b) => b - a);
    for (const length of chips) {
      const label = document.createElement("label");
      label.className = "chip";
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "note-length", value: length });
      input.checked = length === 8;
      const face = document.createElement("span");
      face.append(noteIcon(length));
      label.append(input, face);
      byId("lengths").append(label);
    }
  }

  #open(isOpen) {
    byId("piano-part").hidden = !isOpen;
    byId("piano-open").setAttribute("aria-expanded", String(isOpen));
    forGood.set("piano", isOpen);
    if (!isOpen || byId("piano").children.length) return;
    for (let key = 0; key < KEYS; key++) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = BLACK.has(key % 12) ? "black" : "white";
      byId("piano").append(button);
    }
    this.#name();
  }

  #name() {
    for (const [key, button] of [...byId("piano").children].entries()) {
      const pitch = LOWEST + 12 * this.#octave + key;
      const name = nameOfPitch(pitch, this.#head);
      button.dataset.pitch = String(pitch);
      button.tabIndex = key === this.#focus ? 0 : -1;
      button.setAttribute("aria-label", noteName(name));
      // The eye finds its way by the letters of white keys, and by the number of each C.
      const isWhite = button.className === "white";
      const letter = key % 12 ? noteName(name).slice(0, -1) : noteName(name);
      button.textContent = isWhite ? letter : "";
    }
    byId("piano-down").disabled = this.#octave === -MOST_OCTAVES;
    byId("piano-up").disabled = this.#octave === MOST_OCTAVES;
  }

  #shift(octaves) {
    this.#octave = Math.max(-MOST_OCTAVES, Math.min(MOST_OCTAVES, this.#octave + octaves));
    this.#name();
  }

  #press(pitch) {
    this.#last = pitch;
    this.dispatchEvent(new CustomEvent("note", { detail: { pitch } }));
  }

  #key(event) {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (to) this.#go(this.#focus + to);
    else if (key === "Home") this.#go(0);
    else if (key === "End") this.#go(KEYS - 1);
    else if (key === "ArrowUp") this.#shift(1);
    else if (key === "ArrowDown") this.#shift(-1);
    else if (/^[a-gA-G]$/.test(key)) this.#press(this.#nearest(key.toUpperCase()));
    else if (key === "z" || key === "x") byId("write-rest").click();
    else if (key === "|") byId("write-bar").click();
    else if (key === "Backspace") byId("write-back").click();
    else if (key === ".") byId("dotted").click();
    else if (/^[1-4]$/.test(key)) {
      byId("lengths").querySelectorAll("input[type=radio]")[key - 1].checked = true;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #go(key) {
    this.#focus = Math.max(0, Math.min(KEYS - 1, key));
    for (const [place, button] of [...byId("piano").children].entries()) {
      button.tabIndex = place === this.#focus ? 0 : -1;
    }
    byId("piano").children[this.#focus].focus();
  }

  // The note of that letter in the key that lies nearest to the last one.
  #nearest(letter) {
    const isIt = (pitch) => spell(pitch, this.#head)[0].toUpperCase() === letter;
    for (let step = 0; ; step++) {
      const found = [this.#last - step, this.#last + step].find(isIt);
      if (found !== undefined) return found; // at most seven steps away
    }
  }
}
