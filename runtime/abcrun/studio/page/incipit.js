// Incipits: the first bars of each tune as a small score, drawn once and kept.

import { json } from "./api.js";
import { safeSvg } from "./drawn.js";
import { firstBars } from "./music.js";
import { debounce } from "./timing.js";

const WIDTH = 2400; // the widest that /v1/score draws: the bars stand on one system
const UNITS = 25; // of verovio's in one of the picture's
const MARGIN = 16; // of the picture's units on either side
const DRAW_DELAY = 400; // milliseconds: who scrolls by or types on needs none
const SCALE = 0.034; // em for each unit of the picture

/** Draws in the elements that are given to it, as soon as they are seen. */
export class Incipits {
  #library;
  #tunes = new WeakMap(); // by element
  #seen = new Set(); // elements that are on the screen and not drawn
  #isDrawing = false;
  #drawSoon = debounce(() => this.#drawAll(), DRAW_DELAY);
  #observer = new IntersectionObserver((entries) => this.#see(entries));

  constructor(library) {
    this.#library = library;
  }

  /** Draw the first bars of a tune in an element, in place of those of another text. */
  show(element, tune) {
    const before = this.#tunes.get(element);
    this.#tunes.set(element, tune);
    if (before && firstBars(before.abc) === firstBars(tune.abc)) return;
    this.#observer.unobserve(element); // observed anew, it is reported though it is seen
    this.#observer.observe(element);
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#seen.add(target);
      else this.#seen.delete(target);
    }
    if (this.#seen.size) this.#drawSoon();
  }

  async #drawAll() {
    if (this.#isDrawing) return; // one after the other: the score on the desk comes first
    this.#isDrawing = true;
    for (const element of this.#seen) {
      this.#seen.delete(element);
      try {
        await this.#draw(element, this.#tunes.get(element));
        this.#observer.unobserve(element);
      } catch {
        // No server: the next time that it is seen.
      }
    }
    this.#isDrawing = false;
  }

  async #draw(element, { id, abc }) {
    const text = firstBars(abc);
    const kept = await this.#library.incipit(id);
    let svg = kept?.svg ?? "";
    if (kept?.text !== text) {
      svg = await this.#engrave(text);
      if (this.#library.get(id)) this.#library.keepIncipit({ id, text, svg });
    }
    element.replaceChildren(...(svg ? [safeSvg(svg)] : []));
  }

  // The picture as a text; "" where the bars cannot be read.
  async #engrave(abc) {
    if (!abc) return "";
    try {
      const { svg } = await json("v1/score", { abc, width: WIDTH, header: false });
      return cut(safeSvg(svg));
    } catch (error) {
      if (error.status === 422) return "";
      throw error;
    }
  }
}

/** Cut a score to its first system, and take away what only a whole score needs. */
function cut(root) {
  const [inner] = root.getElementsByTagName("svg");
  const height = root.viewBox.baseVal.height;
  const systems = root.querySelectorAll(".system");
  for (const more of [...systems].slice(1)) more.remove();
  for (const needless of root.querySelectorAll(".mNum, .placeholder, desc")) needless.remove();
  const used = new Set([...root.querySelectorAll("use")].map((use) => use.getAttribute("href")));
  for (const element of root.querySelectorAll("[id]")) {
    if (!used.has(`#${element.id}`)) element.removeAttribute("id"); // the score has such, too
  }
  root.removeAttribute("id");
  const ends = [...root.querySelectorAll(".staff > path")].map(
    (line) => Number(/L(\d+)/.exec(line.getAttribute("d"))?.[1]) || 0,
  );
  const width = Math.ceil(Math.max(0, ...ends) / UNITS) + 2 * MARGIN;
  inner?.setAttribute("width", String(WIDTH));
  inner?.setAttribute("height", String(height));
  root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  root.setAttribute("width", `${(width * SCALE).toFixed(2)}em`);
  root.setAttribute("height", `${(height * SCALE).toFixed(2)}em`);
  root.setAttribute("preserveAspectRatio", "xMinYMid slice"); // where there is less room
  return new XMLSerializer().serializeToString(root).replace(/>\s+</g, "><");
}
