// Bars as they sound, from answers of /v1/score: which are alike, in one tune or in two.

const GRID = 48; // of a crotchet: times that differ by less are the same

/** Return what sounds in each bar of an answer, as texts: pitches, onsets and lengths. */
export function barSounds({ bars, notes, performance, tempo }) {
  const starts = new Map();
  for (const { bar, start } of performance?.bars ?? []) {
    if (!starts.has(bar)) starts.set(bar, start);
  }
  const sounds = bars.map(() => []);
  const heard = bars.map(() => new Set()); // a bar that is repeated counts once
  const units = (seconds) => Math.round((seconds * tempo * GRID) / 60);
  for (const { id, bar, start, end, pitch } of notes) {
    if (heard[bar].has(id)) continue;
    heard[bar].add(id);
    if (!starts.has(bar)) starts.set(bar, start);
    sounds[bar].push(`${pitch}@${units(start - starts.get(bar))}+${units(end - start)}`);
  }
  return sounds.map((sound) => sound.sort().join(" "));
}

/**
 * Return which bars of two lists of sounds have none like them in the other, in order:
 * two sets of indices.
 */
export function differences(one, other) {
  // The longest common subsequence, from the back.
  const most = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      most[i][j] =
        one[i] === other[j] ? most[i + 1][j + 1] + 1 : Math.max(most[i + 1][j], most[i][j + 1]);
    }
  }
  const [inOne, inOther] = [new Set(one.keys()), new Set(other.keys())];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    if (one[i] === other[j]) {
      inOne.delete(i++);
      inOther.delete(j++);
    } else if (most[i + 1][j] >= most[i][j + 1]) i++;
    else j++;
  }
  return [inOne, inOther];
}

/** Return the form of an answer: letters of the sections as played, and their bars. */
export function formOf(answer) {
  const { bars, performance } = answer;
  const sounds = barSounds(answer);
  const plays = new Map();
  for (const { bar } of performance?.bars ?? []) plays.set(bar, (plays.get(bar) ?? 0) + 1);
  const names = new Map();
  let letters = "";
  let count = 0;
  for (const { first, end } of performance?.sections ?? []) {
    const section = [...sounds.keys()].slice(first, end);
    const isTwice = section.some((bar) => plays.get(bar) > 1);
    // Endings are played once each: one of them counts.
    const once = section.filter((bar) => !isTwice || plays.get(bar) > 1);
    const music = once.map((bar) => sounds[bar]).join("|");
    if (!names.has(music)) names.set(music, String.fromCharCode(65 + Math.min(names.size, 25)));
    letters += names.get(music).repeat(isTwice ? 2 : 1);
    const last = isTwice && once.length < section.length ? 1 : 0;
    count += once.filter((bar) => bars[bar]?.number !== null).length + last;
  }
  return { letters, bars: count };
}
