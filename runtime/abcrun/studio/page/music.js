// The header of a tune: all that the page reads itself. The server reads the rest.

import { capital, currentLanguage, modeName, rhythmName, speaking, t, tonicName } from "./i18n.js";

// The standard lets a mode be cut after three letters; "M" alone is major, "m" minor.
const MODES = {
  maj: "major",
  ion: "major",
  m: "minor",
  min: "minor",
  aeo: "minor",
  dor: "dorian",
  mix: "mixolydian",
  lyd: "lydian",
  phr: "phrygian",
  loc: "locrian",
};

/**
 * Read the first header: title, composers, rhythm, meter, tonic ("F#") and mode ("dorian"), and how
 * many semitones from where it is written the tune sounds.
 *
 * A field that is not there is "".
 */
export function header(abc) {
  const found = { title: "", composers: [], rhythm: "", meter: "" };
  Object.assign(found, { tonic: "", mode: "", transposition: 0 });
  for (const line of abc.split(/\r?\n/)) {
    const field = /^([A-Z]):\s*(.*?)\s*$/.exec(line);
    if (!field) continue;
    const [, name, value] = field;
    if (name === "T" && !found.title) found.title = value;
    if (name === "C" && value) found.composers.push(value);
    if (name === "R") found.rhythm = value.toLowerCase();
    if (name === "M") found.meter = value;
    if (name === "K") {
      const key = /^([A-G][#b]?)\s*([A-Za-z]*)/.exec(value);
      if (key) {
        found.tonic = key[1];
        const mode = key[2] === "M" ? "maj" : key[2].toLowerCase().slice(0, 3);
        found.mode = MODES[mode] ?? "major";
      }
      found.transposition = Number(/\btranspose=([+-]?\d+)/.exec(value)?.[1] ?? 0);
      break; // the key ends the header
    }
  }
  return found;
}

/** Name a key: "A dorian", "la dórico"; "" where there is none. */
export const keyName = ({ tonic, mode }) => (tonic ? `${tonicName(tonic)} ${modeName(mode)}` : "");

/** Name the kind of tune: "Jig", or "Tune" where the header does not say. */
export const kindName = ({ rhythm }) => capital(rhythm ? rhythmName(rhythm) : t("a-tune"));

/** Return the title that a tune of this kind and key has in Spanish, in plain letters. */
function spanishTitle(head) {
  const name = speaking("es", () => t("tune-in", { kind: kindName(head), key: keyName(head) }));
  return name.replace("♯", " sostenido").replace("♭", " bemol"); // not all fonts have them
}

/** Whether a tune has no title, or but the one that says its kind and key. */
function isUntitled(head) {
  const plain = `${head.rhythm || "tune"} in ${head.tonic} ${head.mode}`;
  const title = head.title.toLowerCase();
  return !title || title === plain.toLowerCase() || title === spanishTitle(head).toLowerCase();
}

/** Give a new tune that the server has titled in English its title in Spanish. */
export function inOwnWords(abc) {
  const head = header(abc);
  if (currentLanguage() !== "es" || !head.title || !isUntitled(head)) return abc;
  return withTitle(abc, spanishTitle(head));
}

/**
 * Name a tune by its title, or by kind and key: "Jig in A dorian".
 *
 * A tune without a title of its own is named so in the page's language.
 */
export function tuneName(head) {
  if (!isUntitled(head)) return head.title;
  const key = keyName(head);
  return key ? t("tune-in", { kind: kindName(head), key }) : kindName(head);
}

/** Return a tune with another title in place of its first one. */
export function withTitle(abc, title) {
  const lines = abc.split("\n");
  const key = lines.findIndex((line) => /^K:/.test(line));
  const end = key < 0 ? lines.length : key;
  const place = lines.findIndex((line, row) => row < end && /^T:/.test(line));
  if (place >= 0) lines[place] = `T:${title}`;
  else lines.splice(/^X:/.test(lines[0]) ? 1 : 0, 0, `T:${title}`);
  return lines.join("\n");
}

/**
 * Return the first bars of a tune as a tune of their own, of one voice, without words
 * and chord symbols; "" where there are none.
 */
export function firstBars(abc, count = 4) {
  const lines = abc.split(/\r?\n/);
  const key = lines.findIndex((line) => /^K:/.test(line));
  if (key < 0) return "";
  const head = lines.slice(0, key + 1).filter((line) => /^[MLK]:/.test(line));
  const voices = lines.slice(key + 1).filter((line) => !/^(%|[A-UW-Za-z]:)/.test(line));
  const isVoice = (line) => /^\s*(V:|\[V:)/.test(line);
  const first = voices.findIndex((line) => !isVoice(line) || /^\s*\[/.test(line));
  const next = voices.findIndex((line, row) => row > first && isVoice(line));
  const music = voices
    .slice(Math.max(first, 0), next < 0 ? undefined : next)
    .join("\n")
    .replace(/"[^"\n]*"|\[V:[^\]]*\]|%.*/g, "");
  const bars = music.match(/[^|]*[A-Ga-gxz][^|]*\|[|\]:]*/g) ?? [music];
  return `X:1\n${head.join("\n")}\n${bars.slice(0, count).join("").trim()}\n`;
}

/** Write seconds as minutes and seconds: 75.4 is "1:15". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6)); // 59.9999999 is a rounded 60
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Name the note that lasts so many crotchets: a beat. */
export const beatName = (crotchets) =>
  ({ 0.5: "quaver", 1: "crotchet", 1.5: "dotted", 2: "minim" })[crotchets] ?? "none";
