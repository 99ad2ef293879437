// More tunes like one: varied, of its form, or with its opening, as requests.

import { formOf } from "./bars.js";
import { header } from "./music.js";
import { readBars, unitLength, WHOLE } from "./notes.js";
import { parted, plainMusic, rescaled } from "./writing.js";

const COUNT = 6;
const OPENING = 2; // bars, and the pickup before them
const DRAWN = 2; // variations of which the better is taken: six times eight take long
const QUAVER = WHOLE / 8; // the unit note length that the model knows in every meter

/** What "more like this one" may mean: the ways that a round may be `made`. */
export const WAYS = ["varied", "form", "opening"];

/**
 * Return the requests of a round of tunes like `abc`. `answer` is what /v1/score says of
 * it, `model` what /v1/model says, `amount` how much is varied (0 to 1), `mood` what all
 * requests ask for besides.
 */
export function requestsLike(way, abc, { answer, model, amount, mood }) {
  if (way === "varied") {
    const body = { abc, amount, candidates: DRAWN, ...mood };
    return Array.from({ length: COUNT }, () => ({ path: "v1/vary", body, count: 1 }));
  }
  const asked = { ...kindOf(abc, answer, model), ...mood };
  if (way === "opening") Object.assign(asked, { prompt: openingOf(abc), unit: "1/8" });
  const count = Math.min(COUNT, model.limits.max_count);
  return [{ path: "v1/tunes", body: { ...asked, count }, count }];
}

// Type, meter, key, form and length of a tune, as far as the model knows them together.
function kindOf(abc, answer, model) {
  const head = header(abc);
  const meter = { C: "4/4", "C|": "2/2" }[head.meter] ?? head.meter;
  const asked = { key: `${head.tonic} ${head.mode}` };
  if (model.meters.includes(meter)) asked.meter = meter;
  if (model.rhythms_by_meter[meter]?.includes(head.rhythm)) asked.rhythm = head.rhythm;
  const { letters, bars } = formOf(answer);
  const known = model.combinations.filter(
    ([ofMeter, rhythm]) => ofMeter === meter && (!asked.rhythm || rhythm === asked.rhythm),
  );
  const ofForm = known.filter(([, , form]) => form === letters);
  if (ofForm.length) asked.form = letters;
  const lengths = (ofForm.length ? ofForm : known).map(([, , , length]) => length);
  if (bars && lengths.length) {
    asked.bars = lengths.reduce((a, b) => (Math.abs(b - bars) < Math.abs(a - bars) ? b : a));
  }
  return asked;
}

function openingOf(abc) {
  const [head, music] = parted(abc) ?? ["", abc];
  const plain = plainMusic(music);
  const unit = unitLength(head);
  const bars = readBars(plain, unit).filter(({ length }) => length);
  const pickups = bars.length > 1 && bars[0].length < bars[1].length ? 1 : 0;
  const last = bars[Math.min(OPENING + pickups, bars.length) - 1];
  return `${rescaled(plain.slice(0, last?.end), unit, QUAVER).trim()}|`;
}
