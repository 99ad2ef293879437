// The room that a tune is heard in: what abcrun/sound/room.py does, as an impulse
// response for the browser's convolver.

/**
 * Return the room's answer to one sample, left and right: a feedback delay network (Jot
 * and Chaigne 1991). `level` is that of the room beside the direct sound.
 */
export function impulseResponse({ delays, reverberation, ears, level }, rate) {
  const count = delays.length;
  const lengths = delays.map((seconds) => Math.max(2, Math.round(seconds * rate)));
  const apart = Math.max(1, Math.round(rate / 44_100)); // samples between the two taps
  const late = 0.25 * Math.min(1, rate / 44_100); // weight of the later tap
  const gains = lengths.map((length) => Math.exp((Math.log(1e-3) * length) / rate / reverberation));
  const handedOn = gains.reduce((sum, gain) => sum + gain ** 2 / (1 - gain ** 2), 0);
  const heard = level / Math.sqrt(handedOn);
  const size = Math.ceil(reverberation * 1.2 * rate);
  // Each line holds what has gone into it; it comes out one delay later.
  const lines = lengths.map((length) => new Float64Array(length + apart));
  const sides = [new Float32Array(size), new Float32Array(size)];
  const out = new Float64Array(count);
  for (let now = 0; now < size; now++) {
    let sum = 0;
    for (let line = 0; line < count; line++) {
      const stored = lines[line];
      const length = stored.length;
      const early = stored[(now + apart) % length];
      const later = stored[now % length];
      out[line] = gains[line] * ((1 - late) * early + late * later);
      sum += out[line];
    }
    for (const [side, ear] of ears.entries()) {
      let total = 0;
      for (let line = 0; line < count; line++) total += ear[line] * out[line];
      sides[side][now] = heard * total;
    }
    const given = now === 0 ? Math.SQRT1_2 : 0;
    for (let line = 0; line < count; line++) {
      // A Householder matrix mixes the lines.
      const stored = lines[line];
      stored[now % stored.length] = out[line] - (2 / count) * sum + given;
    }
  }
  return sides;
}
