// Files that a musician brings along: ABC or MusicXML, chosen or dropped on the page.

import { ApiError, json } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { hideError, showError, showStatus, showWaiting } from "./notices.js";

// Ahead of its first sign, a file may have a byte order mark and spaces.
const IS_XML = /^[\uFEFF\uFFFD\u0000\s]*</;

/** Puts the tune of a file on the desk. */
export class Opening {
  #desk;
  #composing;

  constructor({ desk, composing }) {
    this.#desk = desk;
    this.#composing = composing;
    const input = byId("file");
    byId("open").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const [file] = input.files;
      input.value = ""; // the same file may be chosen again
      if (file) this.open(file);
    });
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (hasFiles(event)) event.preventDefault();
    });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.open(event.dataTransfer.files[0]);
    });
  }

  /** Show the tune of a file. */
  async open(file) {
    hideError();
    try {
      const { abc, remarks, count } = await read(file);
      if (!/^K:/m.test(abc)) throw new ApiError(0, "file", t("bad-file", { name: file.name }));
      this.#composing.stop();
      this.#desk.goTo({ abc, settings: null }, { isOther: true });
      this.#desk.remember("file", null);
      const { name } = file;
      if (remarks.length) showStatus(t("opened-without", { name, what: remarks.join("; ") }));
      else showStatus(t("opened", { name, count }));
    } catch (error) {
      showError(error, () => this.open(file));
    }
  }
}

/** Return the ABC in a file, and what of a score it leaves out. */
async function read(file) {
  const start = await file.slice(0, 100).text();
  if (start.startsWith("PK") || IS_XML.test(start)) {
    return json("v1/convert", file, { onWait: showWaiting });
  }
  const text = await file.text();
  // Books from before Unicode are in Latin-1.
  const abc = text.includes("\uFFFD")
    ? new TextDecoder("latin1").decode(await file.arrayBuffer())
    : text;
  const book = abc.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const count = book.match(/^X:/gm)?.length ?? 1;
  return { abc: firstTune(book), remarks: [], count };
}

/** Return the first tune of a book: up to the empty line behind its music. */
function firstTune(text) {
  const start = text.search(/^X:/m);
  const rest = start < 0 ? text : text.slice(start);
  const key = rest.search(/^K:/m);
  const end = rest.slice(Math.max(key, 0)).search(/\n[ \t]*\n/);
  return (end < 0 ? rest : rest.slice(0, Math.max(key, 0) + end)).trimEnd() + "\n";
}
