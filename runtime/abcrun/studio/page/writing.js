// A tune that is written note by note: what a key that is pressed does to its text.

import { header } from "./music.js";
import {
  barLength,
  beamLength,
  lengthText,
  lengthsReplaced,
  readBars,
  spell,
  unitLength,
} from "./notes.js";

const BARS_OF_LINE = 4;
const LAST_NOTE = /(?:[\^_=]{0,2}[A-Ga-g][,']*|[zx])\d*\/*\d*-?$/;
const LAST_LINE = /[ \t]*(?::*\|[|:\]]*|::)\s*$/; // a bar line at the end
const OPENING_LINE = /\|:$/;

/** Part a tune behind its K: line: [header, music]; null where there is none. */
export function parted(abc) {
  const found = /^K:.*(\n|$)/m.exec(abc);
  if (!found) return null;
  const end = found.index + found[0].length;
  return [`${abc.slice(0, end).trimEnd()}\n`, abc.slice(end)];
}

// Texts over the staff, decorations, grace notes, comments, lines of words and voices.
const ORNAMENTS = /"[^"\n]*"|![^!\n]*!|\+[^+\n]+\+|\{[^}\n]*\}|%.*|^[A-Za-z+]:(?![|:]).*$|[~.HLMOPSTuvJRy\\`$*]/gm;

/** Return music as notes, rests and bar lines alone: what the model reads. */
export const plainMusic = (music) => music.replace(ORNAMENTS, "").replace(/\n\s*\n/g, "\n");

/** Return music as it is written with another unit note length. */
export const rescaled = (music, unit, other) =>
  unit === other ? music : lengthsReplaced(music, (length) => lengthText(length * unit, other));

/** Whether a text has no more than fields: the music is still to come. */
export const isBare = (abc) => !/^(?![A-Za-z+]:(?![|:])|%|\s*$)/m.test(abc);

/** Whether a text is bars without any field: a whole one at least. */
export const isHeadless = (abc) =>
  /^[^\n%]*[A-Ga-g][^\n]*\|/m.test(abc) && !/^[A-Za-z]:(?![|:])/m.test(abc);

/**
 * Return the music with a note behind it, or a rest (`pitch` null), of a length in parts
 * of WHOLE. Bar lines come where bars are full; what is longer is tied over them.
 */
export function withNote(abc, { pitch, length }) {
  const [head, music] = parted(abc);
  const fields = header(head);
  const unit = unitLength(head);
  const full = barLength(fields.meter);
  const beam = beamLength(fields.meter);
  let text = music.trimEnd().replace(/\|\]$/, "|");
  for (let left = length; left > 0; ) {
    let bar = readBars(text, unit).at(-1);
    if (bar.length >= full) {
      text += "|";
      bar = readBars(text, unit).at(-1);
    }
    if (!bar.length && isLineFull(text, unit)) text += "\n";
    else if (bar.length && bar.length % beam === 0 && !text.endsWith(" ")) text += " ";
    const part = Math.min(left, full - bar.length);
    left -= part;
    const name = pitch === null ? "z" : spell(pitch, fields, bar.signs);
    text += name + lengthText(part, unit) + (left && pitch !== null ? "-" : "");
    if (bar.length + part >= full) text += "|";
  }
  return head + text;
}

// Whether the last line has as many bars as one is to have.
function isLineFull(text, unit) {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  return readBars(line, unit).filter(({ length }) => length).length >= BARS_OF_LINE;
}

/** Return the music with a bar line behind it: a pickup, a bar that ends early. */
export function withBarLine(abc) {
  const [head, music] = parted(abc);
  const text = music.trimEnd();
  return readBars(text, unitLength(head)).at(-1).length ? `${head}${text}|` : abc;
}

/** Return the music without its last note or rest, or a bar line that was put by hand. */
export function withoutLast(abc) {
  const [head, music] = parted(abc);
  let text = music.trimEnd();
  const line = OPENING_LINE.test(text) ? null : LAST_LINE.exec(text);
  if (line) {
    const before = text.slice(0, line.index);
    const isFull = readBars(before, unitLength(head)).at(-1).length >= barLength(header(head).meter);
    text = before;
    if (!isFull) return head + text;
  }
  const note = LAST_NOTE.exec(text);
  text = (note ? text.slice(0, note.index) : text.slice(0, -1)).trimEnd();
  // One that was tied over the bar line was one press.
  return /-\|?$/.test(text) ? withoutLast(head + text.replace(/\|$/, "")) : head + text;
}
