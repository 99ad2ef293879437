// Tunes of the library to take along: one tunebook, a zip of files, or a printed book.
// The first two are made here: the server keeps no tunes and makes one file at a time.

import { call } from "./api.js";
import { byId, makeOption } from "./dom.js";
import { refusalText } from "./faults.js";
import { fileName, FORMATS, save } from "./files.js";
import { t } from "./i18n.js";
import { header, tuneName } from "./music.js";
import { hideError, showError, showNews, showStatus, showWaiting } from "./notices.js";
import { paper } from "./paper.js";
import { zip } from "./zip.js";

const MOST_PRINTED = 200; // tunes of a book, as /v1/print has it

/** The tunes of the list that are chosen, or all, as files. */
export class Taking {
  #shelf;
  #running = null; // AbortController of the zip that is being made

  constructor(shelf) {
    this.#shelf = shelf;
    byId("take-book").addEventListener("click", () => {
      const text = tunebook(shelf.taken.map(({ abc }) => abc));
      save(new Blob([text], { type: "text/vnd.abc" }), "tunes.abc");
    });
    byId("take-print").addEventListener("click", () => this.#print());
    byId("take-zip").addEventListener("click", () => {
      if (this.#running) this.#running.abort();
      else this.#zip(byId("zip-format").value);
    });
  }

  /** Offer the formats that the server can make; ABC the page has itself. */
  offer(formats) {
    const offered = Object.keys(FORMATS).filter(
      (name) => name === "abc" || (name !== "wav" && formats.includes(name)), // 10 MB a tune
    );
    byId("zip-format").replaceChildren(...offered.map((name) => makeOption(name, FORMATS[name])));
  }

  /** Write the names in the page's language. */
  relabel() {
    byId("take-zip").textContent = t(this.#running ? "stop" : "take-zip");
  }

  async #print() {
    const tunes = this.#shelf.taken;
    hideError();
    if (tunes.length > MOST_PRINTED) {
      showNews([t("most-printed", { n: MOST_PRINTED })]);
      return;
    }
    byId("take-print").disabled = true;
    showStatus(t("printing", { n: tunes.length }));
    try {
      const abc = tunebook(tunes.map((tune) => tune.abc));
      const body = { abc, title: t("book-title"), paper: paper() };
      const response = await call("v1/print", { body, accept: "*/*", onWait: showWaiting });
      const numbers = response.headers.get("Abcrun-Left-Out")?.split(" ") ?? [];
      save(await response.blob(), "tunes.pdf");
      showStatus(t("printed", { n: tunes.length - numbers.length }));
      const names = numbers.map((number) => tuneName(header(tunes[number - 1].abc)));
      if (names.length) showNews([t("not-printed", { names: names.join(", ") })]);
    } catch (error) {
      showStatus("");
      showError(error, () => this.#print());
    } finally {
      byId("take-print").disabled = false;
    }
  }

  async #zip(format) {
    const tunes = this.#shelf.taken;
    const { signal } = (this.#running = new AbortController());
    this.relabel();
    hideError();
    try {
      const { files, failed } = await filesOf(tunes, format, signal);
      if (files.length) save(zip(files), "tunes.zip");
      showStatus(t("packed", { n: files.length }));
      if (failed.length) showNews([t("not-packed", { n: failed.length }), ...failed.flat()]);
    } catch (error) {
      showStatus(signal.aborted ? t("stopped") : "");
      showError(error, () => this.#zip(format));
    } finally {
      this.#running = null;
      this.relabel();
    }
  }
}

// Files {name, bytes} of tunes, and what to show of the tunes that are none.
async function filesOf(tunes, format, signal) {
  const files = [];
  const failed = [];
  const names = new Set();
  const options = { accept: "*/*", signal, onWait: showWaiting };
  const instrument = byId("instrument").value || undefined;
  for (const [done, { abc }] of tunes.entries()) {
    showStatus(t("packing", { done, n: tunes.length }));
    try {
      const body = { abc, format, instrument, paper: paper() };
      const content =
        format === "abc"
          ? new TextEncoder().encode(`${abc.trim()}\n`)
          : await (await call("v1/render", { ...options, body })).arrayBuffer();
      files.push({ name: freeName(fileName(abc, format), names), bytes: new Uint8Array(content) });
    } catch (error) {
      if (error.status !== 422) throw error;
      failed.push([` ${tuneName(header(abc))}: `, ...refusalText(error)]);
    }
  }
  return { files, failed };
}

// A name, with a number if it is taken: two tunes may be called alike.
function freeName(name, names) {
  const end = name.lastIndexOf(".");
  let free = name;
  for (let n = 2; names.has(free.toLowerCase()); n++) {
    free = `${name.slice(0, end)}-${n}${name.slice(end)}`;
  }
  names.add(free.toLowerCase());
  return free;
}

/** Return tunes as one text, numbered; a tune ends at the first empty line. */
export function tunebook(texts) {
  const numbered = texts.map((abc, place) => {
    const lines = abc.split(/\r?\n/).filter((line) => line.trim());
    if (/^X:/.test(lines[0])) lines.shift();
    return `X:${place + 1}\n${lines.join("\n")}\n`;
  });
  return numbered.join("\n");
}
