// The picture of a tune in the player: a stroke for each note, as high as it sounds.

const HIGHEST = 10; // of 100, from above
const LOWEST = 90;
const LEAST_RANGE = 16; // semitones: a tune of few notes is not drawn as a steep one
const GAP = 1; // pixels between two strokes, where there is room
const DRUMS = 128;

/** Return the strokes of a tune as an SVG path, `width` wide and 100 high. */
export function contour(notes, seconds, width) {
  const sounding = notes.filter(({ program }) => program !== DRUMS);
  if (!sounding.length) return `M0 50H${width}`;
  const pitches = sounding.map(({ pitch }) => pitch);
  const low = Math.min(...pitches);
  const high = Math.max(...pitches);
  const middle = (low + high) / 2;
  const range = Math.max(LEAST_RANGE, high - low);
  return sounding
    .map(({ start, end, pitch }) => {
      const left = (start / seconds) * width;
      const right = Math.max(left + 0.5, (end / seconds) * width - GAP);
      const y = (HIGHEST + LOWEST) / 2 - ((pitch - middle) / range) * (LOWEST - HIGHEST);
      return `M${left.toFixed(1)} ${y.toFixed(1)}H${right.toFixed(1)}`;
    })
    .join("");
}
