// Notes as ABC writes them: key signatures, lengths, and how far the last bar has come.

export const FIFTHS = "FCGDAEB"; // letters in the order in which keys sharpen them
// Sharps that a mode has more than major on the same tonic; negative: flats.
export const MODE_SHARPS = {
  major: 0,
  minor: -3,
  dorian: -2,
  mixolydian: -1,
  lydian: 1,
  phrygian: -4,
  locrian: -5,
};

/** Lengths are counted in these: so many to a whole note, parts of triplets too. */
export const WHOLE = 3840;

const LETTERS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }; // semitones from C
const SIGNS = { "^": 1, "^^": 2, "=": 0, _: -1, __: -2 };
const NAMES = { 2: "^^", 1: "^", 0: "=", "-1": "_", "-2": "__" };
// By semitones above the tonic of a major scale: degree from 0, and its alteration.
const DEGREES = [
  ...[[0, 0], [0, 1], [1, 0], [2, -1], [2, 0], [3, 0]],
  ...[[3, 1], [4, 0], [4, 1], [5, 0], [6, -1], [6, 0]],
];
const TUPLETS = { 2: 3, 3: 2, 4: 3, 6: 2, 8: 3 }; // so many in the time of
// Text, decorations, grace notes, fields and comments; then what counts.
const SKIPPED = /"[^"\n]*"?|![^!\n]*!|\+[^+\n]+\+|\{[^}\n]*\}?|\[[A-Za-z]:[^\]\n]*\]|%[^\n]*|^[A-Za-z]:[^|:\n][^\n]*/;
const BAR_LINE = /(?::*\|[|:\]]*|::|\[\|)(?:\s*\[?\d[\d,-]*)?|\[\d[\d,-]*/;
const TUPLET = /\((\d)(?::(\d*))?(?::(\d*))?/;
const CHORD = /\[([^\]\n]*)\]?(\d*)(\/*)(\d*)/;
const NOTE = /(\^{1,2}|_{1,2}|=|)([A-Ga-g])([,']*)(\d*)(\/*)(\d*)/;
const REST = /[zx](\d*)(\/*)(\d*)/;
const TOKEN = new RegExp(
  [SKIPPED, BAR_LINE, TUPLET, CHORD, NOTE, REST].map((one) => `(${one.source})`).join("|"),
  "gm",
);

// The sharps of a key; negative: flats.
function sharpsOf({ tonic, mode }) {
  const [letter, sign] = tonic || "C";
  const raised = { "#": 7, b: -7 }[sign] ?? 0;
  return FIFTHS.indexOf(letter) - 1 + raised + (MODE_SHARPS[mode] ?? 0);
}

/** Return the letters that a key alters, with the semitones: {F: 1}. */
export function signature(head) {
  const sharps = sharpsOf(head);
  const altered = sharps < 0 ? [...FIFTHS].slice(sharps) : [...FIFTHS].slice(0, sharps);
  return Object.fromEntries(altered.map((one) => [one, Math.sign(sharps)]));
}

/** Return the length of a bar of a meter; Infinity where it has none. */
export function barLength(meter) {
  const plain = { C: "4/4", "C|": "2/2" }[meter] ?? meter;
  const [, upper, lower] = /^(\d+)\/(\d+)$/.exec(plain) ?? [];
  return Number(upper) > 0 && Number(lower) > 0 ? (WHOLE * upper) / lower : Infinity;
}

/** Return the length that the notes of one beam have together in a meter. */
export function beamLength(meter) {
  const [upper, lower] = meter.split("/").map(Number);
  if (lower === 8 && upper % 3 === 0) return (WHOLE * 3) / 8;
  return ["4/4", "C", "C|", "2/2"].includes(meter) ? WHOLE / 2 : WHOLE / 4;
}

/** Return the unit note length that a header says, or that its meter brings along. */
export function unitLength(head) {
  const said = /^L:\s*(\d+)\/(\d+)/m.exec(head);
  if (said && Number(said[2])) return (WHOLE * said[1]) / said[2];
  const bar = barLength(/^M:\s*(\S+)/m.exec(head)?.[1] ?? "");
  return bar < 0.75 * WHOLE ? WHOLE / 16 : WHOLE / 8;
}

/** Write a length behind a note: "2", "/2", "3/2"; nothing for the unit. */
export function lengthText(length, unit) {
  const divisor = gcd(length, unit);
  const [upper, lower] = [length / divisor, unit / divisor];
  return `${upper === 1 ? "" : upper}${lower === 1 ? "" : `/${lower}`}`;
}

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

const factorOf = (upper, slashes, lower) =>
  (Number(upper) || 1) / (Number(lower) || 1) / (slashes ? 2 ** (slashes.length - (lower ? 1 : 0)) : 1);

/** Return music with other lengths: `write` makes of one in units what is written. */
export const lengthsReplaced = (music, write) =>
  music.replace(TOKEN, (text, skipped, barLine, tuplet) => {
    if (skipped !== undefined || barLine !== undefined || tuplet !== undefined) return text;
    const single = new RegExp(`${NOTE.source}|${REST.source}`, "g");
    const lengthened = (note) => {
      const [, name, upper, slashes, lower] = /^(.*?)(\d*)(\/*)(\d*)$/.exec(note);
      return name + write(factorOf(upper, slashes, lower));
    };
    return text.startsWith("[") ? text.replace(single, lengthened) : lengthened(text);
  });

/**
 * Read the bars of some music: [{length, signs, start, end, sign}]. The last is the bar
 * under way. `signs` are the accidentals that hold in it ("f" apart from "F"), `start`
 * and `end` its place in the text, and `sign` is the bar line behind it.
 */
export function readBars(music, unit) {
  const bars = [{ length: 0, signs: {}, start: 0, end: 0, sign: "" }];
  let tuplet = { left: 0, factor: 1 };
  for (const found of music.matchAll(TOKEN)) {
    const [text, skipped, barLine, tupletText, p, q, r] = found;
    const bar = bars.at(-1);
    bar.end = found.index + text.length;
    if (skipped !== undefined) continue;
    if (barLine !== undefined) {
      bar.end = found.index;
      const start = found.index + text.length;
      if (bar.length) bars.push({ length: 0, signs: {}, start, end: start, sign: "" });
      else bar.start = bar.end = start;
      if (bar.length) bar.sign = text;
    } else if (tupletText !== undefined) {
      const count = Number(p);
      const time = Number(q) || (TUPLETS[count] ?? 2);
      tuplet = { left: Number(r) || count, factor: time / count };
    } else {
      bar.length += unit * lengthOf(text, bar.signs) * (tuplet.left ? tuplet.factor : 1);
      if (tuplet.left) tuplet.left--;
    }
  }
  return bars;
}

// The length of a note, rest or chord in units; its accidentals are put in `signs`.
function lengthOf(text, signs) {
  if (text.startsWith("[")) {
    const [, inside, ...outer] = CHORD.exec(text);
    const notes = inside.match(new RegExp(NOTE.source, "g")) ?? [];
    const lengths = notes.map((note) => lengthOf(note, signs));
    return (lengths[0] ?? 0) * factorOf(...outer);
  }
  const note = NOTE.exec(text);
  if (!note) return factorOf(...REST.exec(text).slice(1));
  const [, sign, letter, octave, ...length] = note;
  if (sign) signs[letter + octave] = SIGNS[sign];
  return factorOf(...length);
}

/**
 * Return how a MIDI note number is spelled in a key: {letter, sign, octave}. Notes
 * between those of the key are spelled as degrees of its major scale usually are.
 */
function spelled(pitch, head) {
  const sharps = sharpsOf(head);
  const [degree, altered] = DEGREES[modulo(pitch - 7 * sharps, 12)]; // above its tonic
  const letters = "CDEFGAB";
  const first = letters.indexOf(FIFTHS[modulo(sharps + 1, 7)]);
  const letter = letters[(first + degree) % 7];
  const sign = (signature(head)[letter] ?? 0) + altered;
  return { letter, sign, octave: Math.floor((pitch - sign - LETTERS[letter]) / 12) - 1 };
}

/** Name a MIDI note number as a key spells it: "F#4". */
export function nameOfPitch(pitch, head) {
  const { letter, sign, octave } = spelled(pitch, head);
  return letter + (sign < 0 ? "b" : "#").repeat(Math.abs(sign)) + octave;
}

/** Write a MIDI note number in a key, in a bar with accidentals (`signs`): "^f'". */
export function spell(pitch, head, signs = {}) {
  const { letter, sign, octave } = spelled(pitch, head);
  const name =
    octave > 4
      ? letter.toLowerCase() + "'".repeat(octave - 5)
      : letter + ",".repeat(4 - octave);
  const holds = signs[name] ?? signature(head)[letter] ?? 0;
  return (holds === sign ? "" : NAMES[sign]) + name;
}

const modulo = (a, b) => ((a % b) + b) % b;
