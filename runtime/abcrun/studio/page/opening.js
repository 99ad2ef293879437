// Files that a musician brings along: ABC or MusicXML, chosen or dropped on the page.

import { ApiError, json } from "./api.js";
import { byId, makeButton } from "./dom.js";
import { problemText, refusalText } from "./faults.js";
import { t } from "./i18n.js";
import { hideError, showError, showNews, showStatus, showWaiting } from "./notices.js";

// Ahead of its first sign, a file may have a byte order mark and spaces.
const IS_XML = /^[\uFEFF\uFFFD\u0000\s]*</;
const MOST_TOLD = 10; // tunes that cannot be read and are named; of the rest, the number

/** Puts the tunes of files into the library, and the first of them on the desk. */
export class Opening {
  #desk;
  #composing;
  #library;
  #history;

  constructor({ desk, composing, library, tuneHistory }) {
    this.#desk = desk;
    this.#composing = composing;
    this.#library = library;
    this.#history = tuneHistory;
    const input = byId("file");
    byId("open").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = ""; // the same file may be chosen again
      this.open(files);
    });
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (hasFiles(event)) event.preventDefault();
    });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.open([...event.dataTransfer.files]);
    });
  }

  /** Take the tunes of files in. What cannot be read is told, and the rest comes. */
  async open(files) {
    hideError();
    const told = [];
    for (const [place, file] of files.entries()) {
      try {
        told.push(...(await this.#takeIn(file, { isShown: place === 0 })).told);
      } catch (error) {
        const isOfFile = error.kind === "file" || error.status === 422;
        if (files.length === 1 || !isOfFile) {
          showError(error, () => this.open(files.slice(place)));
          return;
        }
        told.push(error.status ? ` ${file.name}: ` : " ", ...textOf(error));
      }
    }
    if (told.length) showNews(told);
  }

  /** Take the tunes of a text in that was pasted, and offer to undo that. */
  async take(text) {
    hideError();
    const before = this.#history.tune;
    const here = new Set(this.#library.tunes.map(({ id }) => id));
    try {
      const file = new File([text], t("pasted-name"));
      const { tunes, told } = await this.#takeIn(file, { isShown: true });
      if (!tunes.length) return showNews(told);
      const ids = [...new Set(tunes.map(({ id }) => id))];
      const added = ids.filter((id) => !here.has(id));
      const count = { count: added.length, known: ids.length - added.length };
      const undo = makeButton(t("undo"));
      undo.addEventListener("click", () => this.#giveBack(added, before));
      const news = added.length ? [t("pasted", count), " ", undo] : [t("pasted-known")];
      showNews([...news, ...told.map((one) => (typeof one === "string" ? ` ${one}` : one))]);
    } catch (error) {
      showError(error, () => this.take(text));
    }
  }

  // Remove tunes that have just come in, and show the one from before.
  async #giveBack(ids, before) {
    hideError();
    this.#library.change(ids, { removed: Date.now() });
    if (before && this.#library.get(before)) await this.#desk.open(before);
    else if (ids.includes(this.#history.tune)) this.#desk.leave();
    byId("sheet").focus();
  }

  // Take the tunes of one file in; return them, and what to tell as texts and nodes.
  async #takeIn(file, { isShown }) {
    const { name } = file;
    const { tunes, remarks, unreadable, left_out: leftOut } = await read(file);
    let taken = [];
    if (tunes.length) {
      this.#composing.stop();
      const texts = tunes.map((abc) => `${abc.trimEnd()}\n`);
      const found = this.#library.takeIn(texts, { made: "file" });
      const { known } = found;
      taken = found.taken;
      this.#library.persist();
      if (isShown) await this.#desk.open(taken[0].id);
      const came = { name, count: taken.length - known, known };
      if (remarks.length) showStatus(t("opened-without", { name, what: remarks.join("; ") }));
      else showStatus(t(taken.length > 1 ? "opened-book" : "opened", came));
    }
    const told = unreadable.length ? [t("unread", { name, n: unreadable.length })] : [];
    for (const one of unreadable.slice(0, MOST_TOLD)) {
      told.push(" ", t("unread-at", one), ...problemText(one), ".");
    }
    const more = unreadable.length - MOST_TOLD;
    if (more > 0) told.push(t("and-more", { n: more }));
    if (leftOut) told.push(` ${t("left-out", { name, n: leftOut })}`);
    return { tunes: taken, told };
  }
}

const textOf = (error) => (error.status ? refusalText(error) : [error.message]);

/** Return the tunes of a file, what of a score is not in them, and what is no tune. */
async function read(file) {
  const start = await file.slice(0, 100).text();
  if (start.startsWith("PK") || IS_XML.test(start)) {
    const { abc, remarks } = await json("v1/convert", file, { onWait: showWaiting });
    return { tunes: [abc], remarks, unreadable: [], left_out: 0 };
  }
  try {
    return { remarks: [], ...(await json("v1/book", file, { onWait: showWaiting })) };
  } catch (error) {
    if (error.status !== 422 || !error.message.includes("no tune")) throw error;
    throw new ApiError(0, "file", t("bad-file", { name: file.name }));
  }
}
