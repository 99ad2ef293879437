// The player: a button, a picture of the tune and a clock, over the sequencer.

import { contour } from "./contour.js";
import { t } from "./i18n.js";
import { clock } from "./music.js";
import { Sequencer } from "./sequencer.js";

const BEFORE_END = 0.05; // seconds: at its very end a tune is over and would begin anew
const SOON = 0.01; // seconds until a tapped note sounds
const TAP = 0.45; // seconds for which it does
const TAPPED = 0.6; // its level: that of a stressed note
const REST_AFTER = 30_000; // milliseconds without music until the sound card may rest

/**
 * Plays the performance of the tune, at its own or another tempo.
 *
 * `barAt(time)` names the bar for screen readers. Times that leave the player are
 * seconds at the tune's own tempo; those that it shows are seconds as it is played.
 * Events: "time" {time, shown} on every frame while it plays and after each change;
 * "music" when there is another performance, or none; "rate" when a loop has become
 * faster; "state" when it begins or ends to play.
 */
export class Player extends EventTarget {
  #synth;
  #sequencer;
  #button;
  #wave;
  #now;
  #total;
  #performance = null;
  #seconds = 0;
  #rate = 1;
  #isWaiting = false; // it plays as soon as there is something to play
  #isPartial = false; // more of the tune is to come
  #frame = 0;
  #resting = 0;
  #barAt;

  constructor({ synth, button, wave, now, total, barAt }) {
    super();
    this.#synth = synth;
    this.#sequencer = new Sequencer(synth);
    this.#button = button;
    this.#wave = wave;
    this.#now = now;
    this.#total = total;
    this.#barAt = barAt;
    button.addEventListener("click", () => this.toggle());
    this.#sequencer.addEventListener("end", () => {
      this.#isWaiting = this.#isPartial; // it waits for the rest, and goes on
      this.#changed();
    });
    this.#sequencer.addEventListener("rate", () => {
      this.#rate = this.#sequencer.rate;
      this.dispatchEvent(new Event("rate"));
    });
    wave.addEventListener("pointerdown", (event) => this.#grab(event));
    wave.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(wave);
  }

  get isPlaying() {
    return this.#sequencer.isPlaying;
  }

  /** Whether it plays, or will as soon as there is something to play. */
  get willPlay() {
    return this.#isWaiting || this.isPlaying;
  }

  get hasMusic() {
    return this.#performance !== null;
  }

  /** The performance (/v1/score) that it plays, or null. */
  get performance() {
    return this.#performance;
  }

  /** Seconds that the tune takes. */
  get seconds() {
    return this.#seconds;
  }

  get rate() {
    return this.#rate;
  }

  /** How fast it plays: 1 is the tune's own tempo. */
  set rate(rate) {
    this.#rate = this.#sequencer.rate = rate;
    this.#show();
  }

  /** The General MIDI program of all voices to which the tune gives none. */
  set program(program) {
    if (program === this.#synth.program) return;
    this.#synth.program = program;
    this.#sequencer.renew();
  }

  /**
   * Practise: play a `loop` {from, to} again and again (null: none), `faster` {by, upTo}
   * each round (null: not), with `clicks` on the beats, and count in (`countsIn`).
   */
  practise({ loop, faster, clicks, countsIn }) {
    Object.assign(this.#sequencer, { loop, faster, clicks, countsIn });
    const share = (time) => `${(time / this.#seconds) * 100}%`;
    this.#wave.dataset.loops = String(loop !== null);
    this.#wave.style.setProperty("--loop-from", share(loop?.from ?? 0));
    this.#wave.style.setProperty("--loop-to", share(loop?.to ?? 0));
    this.#show();
  }

  /** Sound a pitch for a moment. */
  sound(pitch) {
    this.#synth.wake();
    if (!this.#synth.isAwake) return;
    const now = this.#synth.now + SOON;
    this.#synth.strike({ pitch, level: TAPPED, place: 0, program: null }, now, now + TAP);
    this.#changed();
  }

  /** Take the music away. */
  clear() {
    this.#isWaiting = this.#isPartial = false;
    this.#sequencer.pause();
    this.#sequencer.load({ notes: [], beats: [], seconds: 0 });
    this.#performance = null;
    this.#seconds = 0;
    this.#draw();
    this.#changed();
    this.dispatchEvent(new Event("music"));
  }

  /** Play, now or as soon as there is something to play. */
  play() {
    this.#isWaiting = true;
    this.wake();
  }

  pause() {
    this.#isWaiting = false;
    this.#sequencer.pause();
    this.#changed();
  }

  toggle() {
    if (this.willPlay) this.pause();
    else this.play();
  }

  /**
   * Put a performance in place of the one that is there, and go on where that one was.
   *
   * `seconds` is how long it lasts; `partial`: a longer one comes.
   */
  load(performance, { seconds, partial }) {
    this.#performance = performance;
    this.#seconds = seconds;
    this.#isPartial = partial;
    this.#sequencer.load({ ...performance, seconds });
    this.#draw();
    this.dispatchEvent(new Event("music"));
    this.#start();
  }

  /** Begin to work, in what answers a press; what waits is played. */
  wake() {
    this.#synth.wake();
    this.#start();
  }

  /** Go to the start of a note or bar. */
  seekTune(start) {
    if (!this.hasMusic) return;
    this.#sequencer.seek(Math.max(0, Math.min(start, this.#seconds - BEFORE_END)));
    this.#show();
  }

  /** Write all names in the page's language. */
  relabel() {
    this.#changed();
  }

  /** Let the sound card rest after a while, unless it plays then. */
  rest() {
    clearTimeout(this.#resting);
    if (!this.willPlay) this.#resting = setTimeout(() => this.#synth.sleep(), REST_AFTER);
  }

  #start() {
    const isMore = this.#sequencer.time < this.#seconds || !this.#isPartial;
    if (this.#isWaiting && this.hasMusic && this.#synth.isAwake && isMore) {
      this.#isWaiting = false;
      this.#sequencer.play();
    }
    this.#changed();
  }

  #changed() {
    const { isPlaying, willPlay } = this;
    this.#button.setAttribute("aria-label", t(willPlay ? "pause" : "play"));
    this.#button.dataset.state = isPlaying ? "playing" : willPlay ? "waiting" : "still";
    this.#button.setAttribute("aria-disabled", "false");
    cancelAnimationFrame(this.#frame);
    if (isPlaying) this.#tick();
    else this.#show();
    this.dispatchEvent(new Event("state"));
    this.rest();
  }

  #tick() {
    this.#show();
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #show() {
    const { time } = this.#sequencer;
    const share = this.#seconds ? Math.min(1, time / this.#seconds) : 0;
    const [now, total] = [time / this.#rate, this.#seconds / this.#rate];
    this.#wave.style.setProperty("--played", `${share * 100}%`);
    this.#now.textContent = clock(now);
    this.#total.textContent = clock(total);
    this.#wave.setAttribute("aria-valuemax", total.toFixed(2));
    this.#wave.setAttribute("aria-valuenow", now.toFixed(2));
    const bar = this.#barAt(time);
    this.#wave.setAttribute(
      "aria-valuetext",
      t("position-text", { now: clock(now), total: clock(total), bar }),
    );
    const detail = { time, shown: this.isPlaying || time > 0 };
    this.dispatchEvent(new CustomEvent("time", { detail }));
  }

  #draw() {
    const width = Math.max(1, Math.round(this.#wave.clientWidth));
    const path = contour(this.#performance?.notes ?? [], this.#seconds, width);
    for (const svg of this.#wave.querySelectorAll("svg")) {
      svg.setAttribute("viewBox", `0 0 ${width} 100`);
      svg.firstElementChild.setAttribute("d", path);
    }
    this.#wave.dataset.empty = String(!this.hasMusic);
  }

  #grab(event) {
    if (!this.hasMusic || event.button !== 0) return;
    const go = ({ clientX }) => {
      const box = this.#wave.getBoundingClientRect();
      this.seekTune(((clientX - box.left) / box.width) * this.#seconds);
    };
    go(event);
    this.#wave.setPointerCapture(event.pointerId);
    this.#wave.addEventListener("pointermove", go);
    const release = () => this.#wave.removeEventListener("pointermove", go);
    this.#wave.addEventListener("pointerup", release, { once: true });
    this.#wave.addEventListener("pointercancel", release, { once: true });
  }

  #key(event) {
    const seconds = {
      ArrowRight: 2,
      ArrowUp: 2,
      ArrowLeft: -2,
      ArrowDown: -2,
      PageUp: 10,
      PageDown: -10,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    if (seconds !== undefined) this.seekTune(this.#sequencer.time + seconds * this.#rate);
    else if (event.key === "Enter") this.toggle();
    else return;
    event.preventDefault();
  }
}
