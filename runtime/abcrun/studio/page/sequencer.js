// The sequencer: a performance in time. It strikes notes a little ahead, so that tempo
// and instrument can change while it plays.

const LEAD = 0.03; // seconds from a command to its first sound
const AHEAD = 0.25; // seconds that are struck ahead
const AHEAD_HIDDEN = 2.5; // a browser lets a hidden page work once a second
const EVERY = 50; // milliseconds
const SAME = 1e-6; // seconds: times as near as this are one
const LEAST_HELD = 0.05; // seconds: less of a note that has begun is not struck again

/**
 * Plays a performance (/v1/score) by a `Synth`.
 *
 * Times are in seconds at the tune's own tempo, and called tune time; those of the
 * synthesiser's clock are clock time. It plays a segment {at, from, to, rate}: at clock time `at` it
 * begins at tune time `from`, and goes at `rate` to `to`.
 *
 * Event: "end" when all has been played.
 */
export class Sequencer extends EventTarget {
  #synth;
  #notes = [];
  #seconds = 0;
  #segment = null; // while it plays
  #next = 0; // the first note that is not struck yet
  #struck = []; // {note, voice} that sound, or are to
  #timer = 0;
  #rate = 1;
  #rest = 0; // tune time while it does not play

  constructor(synth) {
    super();
    this.#synth = synth;
  }

  get isPlaying() {
    return this.#segment !== null;
  }

  /** The tune time that is heard now. */
  get time() {
    if (!this.isPlaying) return this.#rest;
    return this.#timeAt(this.#synth.now - this.#synth.latency);
  }

  /** How fast it plays: 1 is the tune's own tempo. */
  set rate(rate) {
    if (rate === this.#rate) return;
    this.#rate = rate;
    if (!this.isPlaying) return;
    const { at, from } = this.#begin(this.#soon());
    for (const { note, voice } of this.#struck) {
      if (voice.at < at) voice.end(Math.max(at, at + (note.end - from) / rate));
    }
    this.schedule();
  }

  /** Take another performance; what plays goes on in it at the same place. */
  load({ notes, seconds }) {
    this.#notes = notes;
    this.#seconds = seconds;
    this.#synth.setLevel(notes);
    this.#rest = Math.min(this.#rest, seconds);
    if (!this.isPlaying) return;
    this.#begin(this.#soon());
    this.schedule();
  }

  /** Go on with what the synthesiser has been told: another instrument. */
  renew() {
    this.#synth.setLevel(this.#notes);
    if (this.isPlaying) this.#leap(this.#soon());
  }

  /** Play from where it is, or from the beginning if it is at the end. */
  play() {
    if (this.isPlaying) return;
    const isOver = this.#rest >= this.#seconds - SAME;
    this.#timer = setInterval(() => this.schedule(), EVERY);
    this.#leap(isOver ? 0 : this.#rest);
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
    for (; this.#next < this.#notes.length; this.#next++) {
      const note = this.#notes[this.#next];
      const at = this.#clockAt(note.start);
      if (at >= until) break;
      this.#strike(note, at);
    }
    if (now < this.#clockAt(this.#segment.to)) return;
    this.#stop();
    this.#rest = this.#seconds;
    this.dispatchEvent(new Event("end"));
  }

  // Begin a segment at a tune time; what was to be struck in it later is not. Return it.
  #begin(from) {
    const next = this.#notes.findIndex((note) => note.start >= from - SAME);
    this.#next = next < 0 ? this.#notes.length : next;
    // Made before the clock is read: a slow machine begins later, but in time.
    for (const note of this.#notes.slice(this.#next)) {
      if (note.start > from + AHEAD * this.#rate) break;
      this.#synth.prepare(note, (note.end - note.start) / this.#rate);
    }
    const at = this.#synth.now + LEAD;
    this.#segment = { at, from, to: this.#seconds, rate: this.#rate };
    this.#struck = this.#struck.filter(({ voice }) => {
      const hasBegun = voice.at < at - SAME;
      if (!hasBegun) voice.cut(0);
      return hasBegun;
    });
    return this.#segment;
  }

  // Go to a tune time: what sounds ends, and what is held there is struck again.
  #leap(to) {
    const { at, from } = this.#begin(to);
    for (const { voice } of this.#struck) voice.cut(at);
    for (const note of this.#notes.slice(0, this.#next)) {
      if (note.end > from + LEAST_HELD) this.#strike(note, at);
    }
    this.schedule();
  }

  #stop() {
    clearInterval(this.#timer);
    for (const { voice } of this.#struck) voice.cut(this.#synth.now);
    this.#struck = [];
    this.#segment = null;
  }

  #strike(note, at) {
    const voice = this.#synth.strike(note, at, this.#clockAt(note.end));
    this.#struck.push({ note, voice });
  }

  // The tune time at which a new segment can begin.
  #soon() {
    return this.#timeAt(this.#synth.now + LEAD);
  }

  #clockAt(time) {
    const { at, from, rate } = this.#segment;
    return at + (time - from) / rate;
  }

  #timeAt(clock) {
    const { at, from, to, rate } = this.#segment;
    return Math.max(from, Math.min(from + (clock - at) * rate, to));
  }
}
