// What the page itself reads of a tune: its header, for names; all else is read by the server.

import { modeName, rhythmName, t, tonicName } from "./i18n.js";

const MODES = {
  maj: "major", ion: "major", m: "minor", min: "minor", aeo: "minor", dor: "dorian", mix: "mixolydian",
  lyd: "lydian", phr: "phrygian", loc: "locrian",
};

/** The fields of the first header of a text: title, rhythm, meter, tonic ("F#"), mode ("dorian"); "" where absent. */
export function header(abc) {
  const found = { title: "", rhythm: "", meter: "", tonic: "", mode: "" };
  for (const line of abc.split(/\r?\n/)) {
    const field = /^([A-Z]):\s*(.*?)\s*$/.exec(line);
    if (!field) continue;
    const [, name, value] = field;
    if (name === "T" && !found.title) found.title = value;
    if (name === "R") found.rhythm = value.toLowerCase();
    if (name === "M") found.meter = value;
    if (name === "K") {
      const key = /^([A-G][#b]?)\s*([A-Za-z]*)/.exec(value);
      if (key) {
        found.tonic = key[1];
        const mode = key[2];
        found.mode = mode === "M" || mode === "" ? "major" : (MODES[mode.toLowerCase().slice(0, 3)] ?? "major");
      }
      break;
    }
  }
  return found;
}

/** "A dorian", "la dórico"; "" for no key. */
export const keyName = ({ tonic, mode }) => (tonic ? `${tonicName(tonic)} ${modeName(mode)}` : "");

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** "Jig", or "Tune" where the text does not say. */
export const kindName = ({ rhythm }) => capital(rhythm ? rhythmName(rhythm) : t("a-tune"));

/** What a tune is called: its title, else, or where the server named it so, "Jig in A dorian" in the page's language. */
export function tuneName(head) {
  const plain = `${head.rhythm || "tune"} in ${head.tonic} ${head.mode}`;
  if (head.title && head.title.toLowerCase() !== plain.toLowerCase()) return head.title;
  const key = keyName(head);
  return key ? t("tune-in", { kind: kindName(head), key }) : kindName(head);
}

/** 75.4 as "1:15". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The note that is counted in a meter: its name, and its length in crotchets. */
export function beatOf(meter) {
  if (meter === "C|") return { name: "minim", crotchets: 2 };
  const [upper, lower] = meter === "C" ? [4, 4] : meter.split("/").map(Number);
  if (lower === 8 && upper % 3 === 0) return { name: "dotted", crotchets: 1.5 };
  if (lower === 2) return { name: "minim", crotchets: 2 };
  if (lower === 8) return { name: "quaver", crotchets: 0.5 };
  return { name: "crotchet", crotchets: 1 };
}
