// What a musician takes along: files of the tune in each format, and text on the
// clipboard.

import { call } from "./api.js";
import { byId, makeButton } from "./dom.js";
import { header, tuneName } from "./music.js";
import { showError, showWaiting } from "./notices.js";
import { paper } from "./paper.js";

/** What a tune can be taken along as, by suffix. */
export const FORMATS = {
  abc: "ABC",
  mid: "MIDI",
  wav: "WAV",
  mp3: "MP3",
  pdf: "PDF",
  musicxml: "MusicXML",
};
const LONGEST_NAME = 60; // characters of a file's name, as on the server
const URL_LIFETIME = 60_000; // milliseconds: a slow disk has written the file by then

/** Downloads of the current tune. */
export class Files {
  #tune;
  #sound;

  constructor({ tune, sound }) {
    this.#tune = tune;
    this.#sound = sound;
  }

  /** Offer the formats that the server can make; ABC the page has itself. */
  offer(formats) {
    const offered = Object.entries(FORMATS).filter(
      ([format]) => format === "abc" || formats.includes(format),
    );
    byId("formats").replaceChildren(
      ...offered.map(([format, name]) => {
        const button = makeButton(name);
        button.dataset.format = format;
        button.addEventListener("click", () => this.#download(format, button));
        return button;
      }),
    );
  }

  async #download(format, button) {
    const { text } = this.#tune;
    if (format === "abc") {
      save(new Blob([`${text.trim()}\n`], { type: "text/vnd.abc" }), fileName(text, "abc"));
      return;
    }
    button.disabled = true;
    try {
      const body = { ...this.#sound.request(text, format), paper: paper() };
      const response = await call("v1/render", { body, accept: "*/*", onWait: showWaiting });
      save(await response.blob(), fileName(text, format));
    } catch (error) {
      showError(error, () => this.#download(format, button));
    } finally {
      button.disabled = false;
    }
  }
}

/** Put a text on the clipboard; return whether the browser let the page do so. */
export async function copyText(text) {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused: the old way may still be allowed.
  }
  // Pages that come over plain http have no navigator.clipboard.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}

/** Name a file as the server names it; a tune without a title by its kind and key. */
export function fileName(text, extension) {
  let name = tuneName(header(text))
    .replaceAll("♯", " sharp")
    .replaceAll("♭", " flat")
    .normalize("NFKD") // accents part from their letters and go
    .replace(/[^\x00-\x7f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  if (name.length > LONGEST_NAME) {
    const words = name.slice(0, LONGEST_NAME + 1);
    name = words.slice(0, words.lastIndexOf("-")) || name.slice(0, LONGEST_NAME);
  }
  return `${name || "tune"}.${extension}`;
}

/** Have the browser save a file. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), URL_LIFETIME);
}
