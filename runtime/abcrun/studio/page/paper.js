// The tune on paper, printed by the browser: its score engraved for paper, a piece for
// each system, so that no staff is cut where a page ends.

import { json } from "./api.js";
import { byId } from "./dom.js";
import { safeSvg } from "./drawn.js";
import { showError, showWaiting } from "./notices.js";

const SVG = "http://www.w3.org/2000/svg";
// As `abcrun.score.printing` has it: a system is 180 mm wide, and its staff 7 mm high; 6
// mm where that brings a long tune onto one page.
const STAFF = 28.8; // units of the score
const SIZES = [7, 6]; // millimetres
const SYSTEM = 180;
const MARGIN = 16; // units around a score
const UNITS = 25; // of the drawing, in a unit of the score
const HEAD = 700; // of the drawing: how high letters reach over their line, and more
const PAGE = 250; // millimetres of a page of either paper
const FARTHER = 7; // the most millimetres that are added between two systems

/** Whether this is a country of letter paper, by what the browser says of its place. */
export const paper = () =>
  /-(?:US|CA|MX|GT|CR|PA|CO|VE|CL|PH|PR|DO|SV|NI|HN)\b/i.test(navigator.language)
    ? "letter"
    : "a4";

/** Prints the tune of the page, and nothing else of the page. */
export class Paper {
  #tune;
  #host = document.createElement("div");
  #text = null; // of the tune that is ready to be printed

  constructor({ tune }) {
    this.#tune = tune;
    this.#host.className = "printout";
    this.#host.setAttribute("aria-hidden", "true");
    document.body.append(this.#host);
    byId("print").addEventListener("click", () => this.print());
    addEventListener("beforeprint", () => this.#prepare());
    addEventListener("afterprint", () => this.#clear());
  }

  /** Have the tune engraved for paper, and open the browser's print dialog. */
  async print() {
    const { text } = this.#tune;
    byId("print").disabled = true;
    try {
      const { root, unit } = await engraved(text);
      if (text !== this.#tune.text) return;
      this.#show(root, unit);
      this.#text = text;
    } catch (error) {
      // Without a server, what is on the screen is printed.
      if (error.status !== 0) return showError(error, () => this.print());
    } finally {
      byId("print").disabled = this.#tune.isGrowing;
    }
    print();
  }

  // The browser's own menu waits for no server: it prints what is on the screen.
  #prepare() {
    if (this.#text !== null && this.#text === this.#tune.text) return;
    const shown = document.querySelector("#score .music");
    if (!shown || !this.#tune.text) return this.#clear();
    this.#show(withHeading(shown.cloneNode(true)), SIZES[0] / STAFF);
  }

  #show(root, unit) {
    const whole = root.viewBox.baseVal;
    const systems = root.querySelectorAll(".system").length;
    const room = PAGE - whole.height * unit;
    const extra = Math.max(0, Math.min(FARTHER, room / Math.max(1, systems - 1)));
    this.#host.replaceChildren(...pieces(root, unit, extra / unit));
    document.body.classList.add("printing");
  }

  #clear() {
    this.#text = null;
    this.#host.replaceChildren();
    document.body.classList.remove("printing");
  }
}

// The score as large as it is printed, and how many millimetres its unit takes.
async function engraved(abc) {
  let found = null;
  for (const size of SIZES) {
    const unit = size / STAFF;
    const width = Math.round(SYSTEM / unit + 2 * MARGIN);
    const { svg } = await json("v1/score", { abc, width, header: true }, { onWait: showWaiting });
    const root = safeSvg(svg);
    const isOnePage = root.viewBox.baseVal.height * unit <= PAGE;
    if (isOnePage || !found) found = { root, unit };
    if (isOnePage) break;
  }
  return found;
}

// The score of the screen has marks, and no title: that stands on the page.
function withHeading(root) {
  for (const name of ["fresh", "sounding", "at-caret"]) {
    for (const element of root.querySelectorAll(`.${name}`)) element.classList.remove(name);
  }
  const size = 24 * UNITS;
  const title = document.createElementNS(SVG, "text");
  const { width } = root.viewBox.baseVal;
  title.setAttribute("x", String(((width - 2 * MARGIN) / 2) * UNITS));
  title.setAttribute("y", String(-size / 2));
  title.setAttribute("text-anchor", "middle");
  title.setAttribute("font-size", `${size}px`);
  title.setAttribute("class", "pgHead");
  title.textContent = byId("tune-name").textContent;
  root.querySelector(".page-margin")?.append(title);
  return root;
}

/**
 * Cut a score into a picture for each system, the heading with the first one, and for
 * each line of verses. `extra`: units that are added below a system.
 */
function pieces(root, unit, extra) {
  const page = root.querySelector(".page-margin");
  if (!page) return [root];
  const shift = Number(/,\s*([\d.]+)/.exec(page.getAttribute("transform"))?.[1] ?? 0) / UNITS;
  const { width, height } = root.viewBox.baseVal;
  const rows = rowsOf(page);
  const defs = root.querySelector("defs");
  dropIds(root);
  // A row reaches to the middle between its last line and the first of the next one.
  const ends = rows.map(({ bottom }, index) =>
    index + 1 < rows.length ? (bottom + rows[index + 1].top) / 2 / UNITS + shift : height,
  );
  return rows.map(({ nodes, isSystem }, index) => {
    const piece = document.createElementNS(SVG, "svg");
    const first = index ? ends[index - 1] : Math.min(0, rows[0].head / UNITS + shift);
    const more = isSystem && index + 1 < rows.length ? extra : 0;
    const tall = ends[index] - first + more;
    piece.setAttribute("class", "music");
    piece.setAttribute("viewBox", [0, first, width, tall].map((n) => n * UNITS).join(" "));
    piece.style.width = `${(width * unit).toFixed(2)}mm`;
    if (!index && defs) piece.append(defs);
    const group = piece.appendChild(document.createElementNS(SVG, "g"));
    group.setAttribute("transform", page.getAttribute("transform") ?? "");
    group.append(...nodes);
    return piece;
  });
}

// What stands beside each other, from top to bottom.
function rowsOf(page) {
  const rows = [];
  const heads = [];
  for (const node of page.children) {
    const lines = [...node.querySelectorAll(".staff > path")].map(heightOf);
    if (node.classList.contains("system") && lines.length) {
      rows.push({ nodes: [node], top: Math.min(...lines), bottom: Math.max(...lines), isSystem: true });
    } else if (/pgHead/.test(node.getAttribute("class"))) {
      heads.push(node);
    } else if (node.localName === "text") {
      const y = Number(node.getAttribute("y"));
      const last = rows.at(-1);
      if (last?.bottom === y && !last.isSystem) last.nodes.push(node);
      else rows.push({ nodes: [node], top: y - 400, bottom: y });
    }
  }
  rows.sort((one, other) => one.top - other.top);
  if (rows.length) {
    rows[0].nodes.push(...heads);
    rows[0].head = Math.min(0, ...heads.map((node) => Number(node.getAttribute("y") ?? HEAD) - HEAD));
  }
  return rows;
}

const heightOf = (line) => Number(/^M-?[\d.]+ (-?[\d.]+)/.exec(line.getAttribute("d"))?.[1] ?? 0);

// The score on the screen has the same ids.
function dropIds(root) {
  const used = new Set([...root.querySelectorAll("use")].map((use) => use.getAttribute("href")));
  for (const element of root.querySelectorAll("[id]")) {
    if (!used.has(`#${element.id}`)) element.removeAttribute("id");
  }
}
