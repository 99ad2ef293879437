// The tones of the instruments: the built-in synthesiser's own, made in the page. What
// stands here is what abcrun/sound/synthesis.py does; a test compares the samples.

const TABLE = 4096; // samples of one period
const TABLE_BITS = 12;
const FRACTION_BITS = 32 - TABLE_BITS;
const FRACTION = 2 ** -FRACTION_BITS;
const MOST_HARMONICS = 64;
const BAND = 0.45; // of the rate: harmonics end here
const VIBRATO = 5.6; // Hz
const VIBRATO_FROM = 0.25; // seconds
const ACCENT = 0.03; // seconds in which an accent falls to a third
const REEDS = [
  [-1, 0.3],
  [0, 1],
  [1, 0.3],
]; // of an instrument that beats: places in its cents, and levels
const DECIBELS_60 = Math.log(1e-3);
const SILENT = 1.4; // of the time to -60 dB: nothing is heard after it
const LOOPED_FROM = 6; // seconds: a longer sustained tone repeats its end

const SINE = Float64Array.from({ length: TABLE }, (_, i) => Math.sin((2 * Math.PI * i) / TABLE));

/** Return the frequency of a MIDI note number in Hz. */
export const frequencyOf = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/** Return the tone of a General MIDI program (128: drums) among those of the server. */
export function toneOf(tones, program) {
  return tones.findLast((tone) => tone.program <= program);
}

/** Return half a cosine from 0 to 1 in `length` steps: a rise without a corner. */
export function rise(length) {
  return Float32Array.from(
    { length },
    (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / Math.max(length, 1)),
  );
}

/** Return the amplitudes of the harmonics 1, 2, ...; their power is 1. */
function harmonics(tone, frequency, rate) {
  const count = Math.min(MOST_HARMONICS, Math.floor((BAND * rate) / frequency));
  const amplitudes = new Float64Array(count);
  let power = 0;
  for (let k = 1; k <= count; k++) {
    const hertz = k * frequency;
    let amplitude = k ** -tone.rolloff * (k % 2 ? 1 : tone.even);
    if (tone.pluck) amplitude *= Math.abs(Math.sin(Math.PI * k * tone.pluck)) + 0.02;
    let gain = 1;
    for (const [centre, extra, width] of tone.body) {
      gain += extra * Math.exp(-0.5 * (Math.log2(hertz / centre) / width) ** 2);
    }
    amplitude *= gain / (1 + (hertz / tone.cutoff) ** 2);
    amplitudes[k - 1] = amplitude;
    power += 0.5 * amplitude * amplitude;
  }
  return power ? amplitudes.map((amplitude) => amplitude / Math.sqrt(power)) : amplitudes;
}

/** Return one period each of the harmonics 1, 2-3, 4-7, ..., its first sample again. */
function tables(amplitudes) {
  const count = amplitudes.length;
  const found = [];
  for (let low = 1; low <= count; low *= 2) {
    const table = new Float32Array(TABLE + 1);
    const sum = new Float64Array(TABLE);
    for (let k = low; k < Math.min(2 * low, count + 1); k++) {
      // The phases of Schroeder (1970), which keep the peak of a harmonic sum low.
      const phase = Math.PI * ((k * (k - 1)) / Math.max(count, 1) + 0.5);
      const alongCosine = amplitudes[k - 1] * Math.cos(phase);
      const alongSine = amplitudes[k - 1] * Math.sin(phase);
      for (let i = 0, at = 0; i < TABLE; i++, at = (at + k) & (TABLE - 1)) {
        sum[i] += alongCosine * SINE[(at + TABLE / 4) & (TABLE - 1)] + alongSine * SINE[at];
      }
    }
    table.set(sum);
    table[TABLE] = table[0];
    found.push(table);
  }
  return found;
}

/** Return the seconds in which an octave of the harmonics of a string falls by 60 dB. */
const decayOf = (tone, frequency, octave) =>
  (tone.decay * Math.sqrt(440 / frequency)) / (1 + tone.damping * octave);

/** Return the level over `length` samples of harmonics 2**octave to 2**(octave + 1) - 1. */
function envelope(tone, frequency, octave, length, rate) {
  const levels = new Float32Array(length);
  let attack = tone.attack;
  if (tone.decay) {
    const fall = Math.exp(DECIBELS_60 / decayOf(tone, frequency, octave) / rate);
    for (let i = 0, level = 1; i < length; i++, level *= fall) levels[i] = level;
  } else {
    const fall = Math.exp(-1 / ACCENT / rate);
    let accent = (tone.accent * octave) / 3;
    for (let i = 0; i < length; i++, accent *= fall) levels[i] = 1 + accent;
    attack *= 1 + 0.2 * octave;
  }
  const start = rise(Math.max(2, Math.round(attack * rate)));
  for (let i = 0; i < Math.min(start.length, length); i++) levels[i] *= start[i];
  return levels;
}

/** Return the phase of each sample, 2**32 to the period, which wraps by itself. */
function phases(frequency, rate, length, vibrato) {
  const found = new Uint32Array(length);
  const step = Math.round((frequency / rate) * 2 ** 32);
  const depth = ((frequency * vibrato * Math.LN2) / 1200 / (2 * Math.PI * VIBRATO)) * 2 ** 32;
  for (let i = 0, phase = 0; i < length; i++, phase = (phase + step) >>> 0) {
    const since = i / rate - VIBRATO_FROM;
    found[i] =
      vibrato && since > 0
        ? phase + depth * Math.min(since * 2.5, 1) * Math.cos(2 * Math.PI * VIBRATO * since)
        : phase;
  }
  return found;
}

/** Return the seconds for which a tone must be made to sound for `seconds`. */
export function neededSeconds(tone, pitch, seconds) {
  if (!tone.decay) return Math.min(seconds, LOOPED_FROM);
  return Math.min(seconds, SILENT * decayOf(tone, frequencyOf(pitch), 0));
}

/**
 * Return the seconds at the end of a sustained tone that can be repeated: whole periods,
 * and as nearly as may be whole swings of its vibrato or beating.
 */
export function loopOf(tone, pitch) {
  const frequency = frequencyOf(pitch);
  let swing = 1;
  if (tone.vibrato) swing = 1 / VIBRATO;
  else if (tone.beating) swing = 1 / (frequency * (2 ** (tone.beating / 1200) - 1));
  const wanted = swing * Math.max(1, Math.round(2 / swing));
  return Math.round(frequency * wanted) / frequency;
}

/** Return `length` samples of a tone of power 1 from its start, without an end. */
export function makeTone(tone, pitch, rate, length) {
  const frequency = frequencyOf(pitch);
  const samples = new Float32Array(length);
  const parts = tables(harmonics(tone, frequency, rate)).map((table, octave) => ({
    table,
    levels: envelope(tone, frequency, octave, length, rate),
  }));
  for (const [place, level] of tone.beating ? REEDS : [[0, 1]]) {
    const detuned = frequency * 2 ** ((place * tone.beating) / 1200);
    const at = phases(detuned, rate, length, tone.vibrato);
    for (const { table, levels } of parts) {
      for (let i = 0; i < length; i++) {
        const index = at[i] >>> FRACTION_BITS;
        const share = (at[i] & (2 ** FRACTION_BITS - 1)) * FRACTION;
        const before = table[index];
        samples[i] += level * levels[i] * (before + share * (table[index + 1] - before));
      }
    }
  }
  return samples;
}

/** Return the highest sample of a string's tone, which comes as it is struck. */
export function peakOf(tone, pitch, rate) {
  const periods = tables(harmonics(tone, frequencyOf(pitch), rate));
  let peak = 0;
  for (let i = 0; i < TABLE; i++) {
    peak = Math.max(peak, Math.abs(periods.reduce((sum, period) => sum + period[i], 0)));
  }
  return peak;
}

/**
 * Return a function that gives the energy (power times seconds) of a tone between two
 * times after its start.
 */
export function energyOf(tone, pitch, rate) {
  const frequency = frequencyOf(pitch);
  const amplitudes = harmonics(tone, frequency, rate);
  if (!tone.decay) {
    const reeds = tone.beating ? REEDS.reduce((sum, [, level]) => sum + level * level, 0) : 1;
    return (start, end) => reeds * (amplitudes.length ? end - start : 0);
  }
  const octaves = [];
  for (let low = 1, octave = 0; low <= amplitudes.length; low *= 2, octave++) {
    const power = amplitudes
      .subarray(low - 1, 2 * low - 1)
      .reduce((sum, amplitude) => sum + 0.5 * amplitude * amplitude, 0);
    octaves.push({ power, fall: (-2 * DECIBELS_60) / decayOf(tone, frequency, octave) });
  }
  return (start, end) =>
    octaves.reduce(
      (sum, { power, fall }) =>
        sum + (power / fall) * (Math.exp(-fall * start) - Math.exp(-fall * end)),
      0,
    );
}
