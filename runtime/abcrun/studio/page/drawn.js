// What is drawn of a score: the server's SVG made safe, and boxes laid over parts of it.

import { t } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = new Set([
  ...["svg", "g", "defs", "symbol", "use", "title", "desc", "text", "tspan"],
  ...["path", "rect", "ellipse", "circle", "line", "polygon", "polyline"],
]);
const ATTRIBUTES = new Set([
  ...["id", "class", "version", "xml:space", "href", "xlink:href"],
  ...["x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry"],
  ...["width", "height", "viewBox", "preserveAspectRatio", "d", "points", "transform"],
  ...["fill", "fill-opacity", "fill-rule", "opacity", "stroke", "stroke-opacity", "stroke-width"],
  ...["stroke-linecap", "stroke-linejoin", "stroke-dasharray"],
  ...["font-family", "font-size", "font-style", "font-weight", "text-anchor"],
]);

/**
 * Make an SVG text an element that can do nothing but be drawn.
 *
 * It keeps known elements and attributes, and references into itself; every colour
 * becomes the page's ink. It throws a TypeError for what is no SVG.
 */
export function safeSvg(text) {
  // The page's policy forbids style elements: the browser would complain of them.
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
      if (
        !ATTRIBUTES.has(name) ||
        (isReference && !value.startsWith("#")) ||
        /url\s*\(/i.test(value)
      ) {
        element.removeAttribute(name);
      } else if ((name === "fill" || name === "stroke") && value !== "none") {
        element.setAttribute(name, "currentColor");
      }
    }
  }
  return document.importNode(root, true);
}

/**
 * Return where the lines of a voice's staff are in a measure, or the measure where it
 * has none.
 */
export function staffBoxes(measure, voice) {
  const staff = measure?.querySelectorAll(".staff")[voice];
  const lines = [...(staff?.children ?? [])].filter((child) => child.localName === "path");
  const drawn = lines.length ? lines : measure ? [measure] : [];
  return drawn.map((line) => line.getBoundingClientRect());
}

/**
 * Place an element over boxes, in shares of the whole; `margin`: how far it reaches
 * above and below, in shares of their height.
 */
export function placeOver(element, boxes, whole, margin = 0) {
  if (!boxes.length || !whole.width) return;
  const left = Math.min(...boxes.map((box) => box.left));
  const right = Math.max(...boxes.map((box) => box.right));
  const top = Math.min(...boxes.map((box) => box.top));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  const beyond = (bottom - top) * margin;
  element.style.left = `${((left - whole.left) / whole.width) * 100}%`;
  element.style.width = `${((right - left) / whole.width) * 100}%`;
  element.style.top = `${((top - beyond - whole.top) / whole.height) * 100}%`;
  element.style.height = `${((bottom - top + 2 * beyond) / whole.height) * 100}%`;
}
