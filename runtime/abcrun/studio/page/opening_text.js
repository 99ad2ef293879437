// Opening bars as a musician writes them: what they say of key and meter, and how they
// are read where they say nothing.

import { header } from "./music.js";
import { barLength, readBars, unitLength, WHOLE } from "./notes.js";
import { plainMusic, rescaled } from "./writing.js";

const FIELD = /^[A-Za-z]:(?![|:]).*$/gm; // a line with a field; "A:|" is music
const UNITS = [8, 16, 4]; // parts of a whole note that a letter may be; the usual one first
const SIGNS = { C: "4/4", "C|": "2/2" }; // meters that have one
const QUAVER = WHOLE / 8; // the unit note length that the model knows in every meter

/** Return how many whole bars of some music are full. */
function fullBars(music, meter, unit) {
  const bars = readBars(music, WHOLE / unit).filter(({ length, sign }) => length && sign);
  return bars.filter(({ length }) => length === barLength(meter)).length;
}

/**
 * Read opening bars: {meter, rhythm, tonic, mode, title, unit, music, says}.
 *
 * `says` is the header of the text, with "" for what it does not say. There, what is
 * `chosen` holds (a header with "" for what is not), and of the `meters` and units the
 * one that fills the most bars.
 */
export function readOpening(text, { chosen, usual, meters }) {
  const fields = (text.match(FIELD) ?? []).join("\n");
  const found = header(fields);
  const says = { ...found, meter: SIGNS[found.meter] ?? found.meter };
  const music = plainMusic(text.replace(FIELD, "")).trim();
  const meter = says.meter || chosen.meter;
  const said = /^L:/m.test(fields) ? WHOLE / unitLength(fields) : null;
  const ways = (meter ? [meter] : [usual, ...meters]).flatMap((one) =>
    (said ? [said] : UNITS).map((unit) => ({ meter: one, unit })),
  );
  const full = (way) => fullBars(music, way.meter, way.unit);
  const best = ways.reduce((found, way) => (full(way) > full(found) ? way : found));
  return {
    ...best,
    says,
    rhythm: says.rhythm || chosen.rhythm,
    tonic: says.tonic || chosen.tonic,
    mode: says.tonic ? says.mode : chosen.mode,
    title: says.title,
    music: rescaled(music, WHOLE / best.unit, QUAVER),
  };
}

/** Write a read opening as a tune, to be drawn and checked. */
export const openingTune = ({ meter, tonic, mode, music }) =>
  `X:1\nM:${meter}\nL:1/8\nK:${tonic} ${mode}\n${music}`;
