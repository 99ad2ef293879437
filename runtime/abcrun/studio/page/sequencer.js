// The sequencer: a performance in time. It strikes notes a little ahead, so that tempo,
// instrument and loop can change while it plays.

const LEAD = 0.03; // seconds from a command to its first sound
const AHEAD = 0.25; // seconds that are struck ahead
const AHEAD_HIDDEN = 2.5; // a browser lets a hidden page work once a second
const EVERY = 50; // milliseconds
const SAME = 1e-6; // seconds: times as near as this are one
const LEAST_HELD = 0.05; // seconds: less of a note that has begun is not struck again
const LEAST_LOOP = 0.1; // seconds
const LEAST_COUNTED = 3; // beats: of a bar with fewer, two are counted
const CLICK = { seconds: 0.03, place: 0, program: 128 }; // one of the drums
const FIRST_CLICK = { ...CLICK, pitch: 91, level: 1 }; // that of a bar's first beat
const OTHER_CLICK = { ...CLICK, pitch: 84, level: 0.6 };

const clickOf = (beat) => (beat.is_first ? FIRST_CLICK : OTHER_CLICK);

/**
 * Plays a performance (/v1/score) by a `Synth`.
 *
 * Times are in seconds at the tune's own tempo, and called tune time; those of the
 * synthesiser's clock are clock time. It plays in segments {at, from, to, rate}: at clock
 * time `at` one begins at tune time `from`, and goes at `rate` to `to`. Each round of a
 * loop is a segment, and so is what follows a change of tempo.
 *
 * Events: "end" when all has been played; "rate" when a round has made it faster.
 */
export class Sequencer extends EventTarget {
  #synth;
  #notes = [];
  #beats = [];
  #seconds = 0;
  #segments = []; // none while it does not play; the last is the one that is being struck
  #nextNote = 0; // the first of the last segment that is not struck yet
  #nextBeat = 0;
  #struck = []; // {voice, note} that sound, or are to; clicks have no note
  #timer = 0;
  #rate = 1;
  #rest = 0; // tune time while it does not play
  #loop = null;
  #clicks = false;

  /** Whether beats are counted before it begins to play. */
  countsIn = false;

  /** How a loop gets faster with each round: {by, upTo}, as rates; null if it does not. */
  faster = null;

  constructor(synth) {
    super();
    this.#synth = synth;
  }

  get isPlaying() {
    return this.#segments.length > 0;
  }

  /** The tune time that is heard now. */
  get time() {
    if (!this.isPlaying) return this.#rest;
    return this.#timeAt(this.#synth.now - this.#synth.latency);
  }

  get rate() {
    return this.#rate;
  }

  /** How fast it plays: 1 is the tune's own tempo. */
  set rate(rate) {
    if (Math.abs(rate - this.#rate) < SAME) return;
    this.#rate = rate;
    if (!this.isPlaying) return;
    const segment = this.#begin(this.#soon());
    for (const { note, voice } of this.#struck) {
      if (!note || voice.until <= segment.at) continue;
      voice.end(Math.max(segment.at, clockAt(segment, Math.min(note.end, segment.to))));
    }
    this.schedule();
  }

  /** Whether the beats are heard. */
  set clicks(clicks) {
    if (clicks === this.#clicks) return;
    this.#clicks = clicks;
    this.#goOn();
  }

  /** Play a stretch {from, to} again and again; null for none. */
  set loop(loop) {
    const isSame = loop?.from === this.#loop?.from && loop?.to === this.#loop?.to;
    if (isSame) return;
    this.#loop = loop && loop.to - loop.from >= LEAST_LOOP ? loop : null;
    const time = this.isPlaying ? this.#soon() : this.#rest;
    const isOutside = this.#loop && (time < this.#loop.from - SAME || time >= this.#loop.to);
    if (isOutside) this.seek(this.#loop.from);
    else this.#goOn();
  }

  /** Take another performance; what plays goes on in it at the same place. */
  load({ notes, beats, seconds }) {
    this.#notes = notes;
    this.#beats = beats;
    this.#seconds = seconds;
    this.#synth.setLevel(notes);
    this.#rest = Math.min(this.#rest, seconds);
    this.#goOn();
  }

  /** Go on with what the synthesiser has been told: another instrument. */
  renew() {
    this.#synth.setLevel(this.#notes);
    if (this.isPlaying) this.#leap(this.#soon());
  }

  /** Play from where it is, or from the beginning if it is at the end. */
  play() {
    if (this.isPlaying) return;
    this.#synth.setLevel(this.#notes); // another sequencer may have played on it
    const start = this.#loop?.from ?? 0;
    this.#timer = setInterval(() => this.schedule(), EVERY);
    this.#leap(this.#rest >= this.#seconds - SAME ? start : this.#rest, this.countsIn);
  }

  pause() {
    if (!this.isPlaying) return;
    this.#rest = this.time;
    this.#stop();
  }

  /** Go to a tune time. */
  seek(time) {
    const to = Math.max(0, Math.min(time, this.#seconds));
    if (this.isPlaying) this.#leap(to);
    else this.#rest = to;
  }

  /** Strike what begins before a clock time: by default what is to sound soon. */
  schedule(until = this.#synth.now + (document.hidden ? AHEAD_HIDDEN : AHEAD)) {
    const { now } = this.#synth;
    this.#struck = this.#struck.filter(({ voice }) => voice.until > now);
    while (this.#segments.length > 1 && this.#segments[1].at <= now) this.#segments.shift();
    this.#strikeUntil(until);
    while (this.#loop && endOf(this.#segments.at(-1)) < until) {
      this.#nextRound();
      this.#strikeUntil(until);
    }
    if (now < endOf(this.#segments.at(-1))) return;
    this.#stop();
    this.#rest = this.#seconds;
    this.dispatchEvent(new Event("end"));
  }

  #strikeUntil(until) {
    const segment = this.#segments.at(-1);
    const isDue = (event) =>
      event && event.start < segment.to - SAME && clockAt(segment, event.start) < until;
    for (; isDue(this.#notes[this.#nextNote]); this.#nextNote++) {
      const note = this.#notes[this.#nextNote];
      this.#strike(note, clockAt(segment, note.start));
    }
    for (; isDue(this.#beats[this.#nextBeat]); this.#nextBeat++) {
      const beat = this.#beats[this.#nextBeat];
      if (this.#clicks) this.#click(clickOf(beat), clockAt(segment, beat.start));
    }
  }

  #nextRound() {
    const { from, to } = this.#loop;
    if (this.faster && this.#rate < this.faster.upTo) {
      this.#rate = Math.min(this.#rate + this.faster.by, this.faster.upTo);
      // Later: who hears of it may change what is being struck here.
      queueMicrotask(() => this.dispatchEvent(new Event("rate")));
    }
    const at = endOf(this.#segments.at(-1));
    this.#segments.push({ at, from, to, rate: this.#rate });
    this.#findNext(from);
  }

  // Begin a segment at a tune time; what was to be struck later is not. Return it.
  #begin(from, counts = false) {
    this.#findNext(from);
    // Made before the clock is read: a slow machine begins later, but in time.
    for (const note of this.#notes.slice(this.#nextNote)) {
      if (note.start > from + AHEAD * this.#rate) break;
      this.#synth.prepare(note, (note.end - note.start) / this.#rate);
    }
    const at = this.#synth.now + LEAD;
    const to = this.#loop && from < this.#loop.to - SAME ? this.#loop.to : this.#seconds;
    const segment = { at, from, to, rate: this.#rate };
    this.#segments = [...this.#segments.filter((earlier) => earlier.at < at), segment];
    this.#struck = this.#struck.filter(({ voice }) => {
      const hasBegun = voice.at < at - SAME;
      if (!hasBegun) voice.cut(0);
      return hasBegun;
    });
    if (counts) this.#countIn(segment);
    return segment;
  }

  // Go to a tune time: what sounds ends, and what is held there is struck again.
  #leap(to, counts = false) {
    const { at } = this.#begin(to, counts);
    for (const { voice } of this.#struck) voice.cut(at);
    for (const note of this.#notes.slice(0, this.#nextNote)) {
      if (note.end > to + LEAST_HELD) this.#strike(note, at);
    }
    this.schedule();
  }

  // Begin anew at the same place, with what sounds.
  #goOn() {
    if (!this.isPlaying) return;
    this.#begin(this.#soon());
    this.schedule();
  }

  // Count a bar before a segment, which begins so much later: the beats lead to the next
  // one in the tune.
  #countIn(segment) {
    const first = this.#beats[this.#nextBeat];
    const second = this.#beats[this.#nextBeat + 1];
    if (!second) return;
    const between = (second.start - first.start) / segment.rate;
    const bars = [...this.#beats.keys()].filter((beat) => this.#beats[beat].is_first);
    const later = bars.filter((beat) => beat >= this.#nextBeat);
    const [one, other] = later.length > 1 ? later : bars.slice(-2);
    const inBar = other - one || LEAST_COUNTED;
    const count = inBar < LEAST_COUNTED ? 2 * inBar : inBar;
    const begun = segment.at;
    segment.at += count * between - (first.start - segment.from) / segment.rate;
    for (let beat = 0; beat < count; beat++) {
      this.#click(beat % inBar ? OTHER_CLICK : FIRST_CLICK, begun + beat * between);
    }
  }

  #findNext(from) {
    const next = (events) => {
      const index = events.findIndex(({ start }) => start >= from - SAME);
      return index < 0 ? events.length : index;
    };
    this.#nextNote = next(this.#notes);
    this.#nextBeat = next(this.#beats);
  }

  #stop() {
    clearInterval(this.#timer);
    for (const { voice } of this.#struck) voice.cut(this.#synth.now);
    this.#struck = [];
    this.#segments = [];
  }

  #strike(note, at) {
    const segment = this.#segments.at(-1);
    const until = clockAt(segment, Math.min(note.end, segment.to));
    this.#struck.push({ note, voice: this.#synth.strike(note, at, until) });
  }

  #click(click, at) {
    this.#struck.push({ note: null, voice: this.#synth.strike(click, at, at + click.seconds) });
  }

  // The tune time at which a new segment can begin.
  #soon() {
    return this.#timeAt(this.#synth.now + LEAD);
  }

  #timeAt(clock) {
    const segment = this.#segments.findLast(({ at }) => at <= clock) ?? this.#segments[0];
    const { at, from, to, rate } = segment;
    return Math.max(from, Math.min(from + (clock - at) * rate, to));
  }
}

const clockAt = ({ at, from, rate }, time) => at + (time - from) / rate;
const endOf = (segment) => clockAt(segment, segment.to);
