// The player: an audio element and its waveform. The sound comes from the server.

import { t } from "./i18n.js";
import { clock } from "./music.js";

const LINE_PITCH = 4; // pixels from one line of the waveform to the next
const BUCKETS = 1200; // peaks kept of a sound
const TALLEST = 46; // of 100: half the height of the loudest line
const INSIDE = 0.001; // seconds added to a note's start: the browser may round a time down
const BEFORE_END = 0.05; // seconds: at its very end a sound is over and would begin anew

/** Return the peaks (0 to 1) of equal parts of an encoded sound, and its seconds. */
async function peaksOf(bytes, buckets) {
  // 8 kHz is enough for a picture, and an OfflineAudioContext needs no sound card.
  const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes);
  const samples = sound.getChannelData(0);
  const peaks = new Float32Array(buckets);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const end = Math.floor(((bucket + 1) * samples.length) / buckets);
    let most = 0;
    const start = Math.floor((bucket * samples.length) / buckets);
    for (let sample = start; sample < end; sample++) {
      const level = Math.abs(samples[sample]);
      if (level > most) most = level;
    }
    peaks[bucket] = most;
  }
  const loudest = Math.max(...peaks) || 1;
  return { peaks: peaks.map((peak) => peak / loudest), seconds: sound.duration };
}

/**
 * Plays the sound of the tune, at its own or another tempo.
 *
 * `barAt(time)` names the bar for screen readers. Times that leave the player are
 * seconds at the tune's own tempo. Events: "time" {time, shown} on every frame while it
 * plays and after each seek; "soundneeded" when it is to play and has no sound of the
 * present text.
 */
export class Player extends EventTarget {
  #audio;
  #button;
  #wave;
  #now;
  #total;
  #url = null;
  #peaks = null;
  #length = 0; // seconds of the sound
  #factor = 1; // tempo of the sound as a share of the tune's own
  #isWaiting = false; // it plays as soon as there is sound
  #isStale = false; // the sound is that of an older text
  #isPartial = false; // more of the tune is to come
  #frame = 0;
  #turn = 0; // counts the sounds: one that is decoded too late is dropped
  #barAt;

  constructor({ audio, button, wave, now, total, barAt }) {
    super();
    this.#audio = audio;
    this.#button = button;
    this.#wave = wave;
    this.#now = now;
    this.#total = total;
    this.#barAt = barAt;
    button.addEventListener("click", () => this.toggle());
    for (const name of ["play", "pause", "ended"])
      audio.addEventListener(name, () => this.#changed());
    audio.addEventListener("ended", () => {
      if (this.#isPartial) this.#isWaiting = true; // it waits for the rest, and goes on
      this.#changed();
    });
    audio.addEventListener("seeked", () => this.#show());
    wave.addEventListener("pointerdown", (event) => this.#grab(event));
    wave.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(wave);
  }

  get isPlaying() {
    return !this.#audio.paused && !this.#audio.ended;
  }

  /** Whether it plays, or will as soon as there is sound. */
  get willPlay() {
    return this.#isWaiting || this.isPlaying;
  }

  /** Seconds of sound that are still to be played. */
  get ahead() {
    return this.#length - this.#audio.currentTime;
  }

  get hasSound() {
    return this.#url !== null;
  }

  /** Take the sound away. */
  clear() {
    this.#turn++;
    this.#isWaiting = false;
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = this.#peaks = null;
    this.#length = 0;
    this.#isStale = this.#isPartial = false;
    this.#draw();
    this.#changed();
    this.#show();
  }

  /** Take the sound as that of an older text: play will ask for another one. */
  outdate() {
    this.#isStale = true;
  }

  /** Play, now or as soon as there is sound. */
  play() {
    this.#isWaiting = true;
    this.#changed();
    if (this.hasSound && !this.#isStale) this.#start();
    else this.dispatchEvent(new Event("soundneeded"));
  }

  pause() {
    this.#isWaiting = false;
    this.#audio.pause();
    this.#changed();
  }

  toggle() {
    if (this.willPlay) this.pause();
    else this.play();
  }

  /**
   * Put a sound (Blob) in place of the one that is there, and go on where that one was.
   *
   * `factor` is its tempo as a share of the tune's own. `partial`: a longer one comes.
   */
  async load(blob, { partial, factor }) {
    const turn = ++this.#turn;
    const { peaks, seconds } = await peaksOf(await blob.arrayBuffer(), BUCKETS);
    if (turn !== this.#turn) return; // cleared meanwhile, or another has come
    const goesOn = this.willPlay;
    const isOver = this.#audio.ended && !this.#isWaiting; // the new one begins at its beginning
    const position = this.hasSound ? (this.#audio.currentTime * this.#factor) / factor : 0;
    const old = this.#url;
    this.#url = URL.createObjectURL(blob);
    this.#peaks = peaks;
    this.#length = seconds;
    this.#factor = factor;
    this.#isStale = false;
    this.#isPartial = partial;
    this.#audio.src = this.#url;
    if (position > 0 && !isOver) this.#audio.currentTime = Math.min(position, seconds);
    if (old) URL.revokeObjectURL(old);
    this.#draw();
    if (goesOn) await this.#start();
    this.#changed();
    this.#show();
  }

  /** Go to the start of a note or bar, in seconds at the tune's own tempo. */
  seekTune(start) {
    this.#seek(start / this.#factor + INSIDE);
  }

  #seek(time) {
    if (!this.hasSound) return;
    this.#audio.currentTime = Math.max(0, Math.min(time, this.#length - BEFORE_END));
    this.#show();
  }

  /** Write all names in the page's language. */
  relabel() {
    this.#changed();
    this.#show();
  }

  async #start() {
    try {
      await this.#audio.play();
      this.#isWaiting = false;
    } catch (error) {
      // AbortError: a longer sound has taken the place of this one. NotAllowedError:
      // the browser plays nothing before the musician has clicked.
      if (error.name === "NotAllowedError") this.#isWaiting = false;
      else if (error.name !== "AbortError") throw error;
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
  }

  #tick() {
    this.#show();
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #show() {
    const time = this.#audio.currentTime;
    const share = this.#length ? Math.min(1, time / this.#length) : 0;
    this.#wave.style.setProperty("--played", `${share * 100}%`);
    this.#now.textContent = clock(time);
    this.#total.textContent = clock(this.#length);
    this.#wave.setAttribute("aria-valuemax", this.#length.toFixed(1));
    this.#wave.setAttribute("aria-valuenow", Math.min(time, this.#length).toFixed(1));
    const bar = this.#barAt(time * this.#factor);
    this.#wave.setAttribute(
      "aria-valuetext",
      t("position-text", { now: clock(time), total: clock(this.#length), bar }),
    );
    const detail = { time: time * this.#factor, shown: this.isPlaying || time > 0 };
    this.dispatchEvent(new CustomEvent("time", { detail }));
  }

  #draw() {
    const width = Math.max(1, Math.round(this.#wave.clientWidth));
    const lines = Math.max(1, Math.floor(width / LINE_PITCH));
    let path = "";
    for (let line = 0; line < lines; line++) {
      const x = (line + 0.5) * LINE_PITCH;
      let level = 0;
      if (this.#peaks) {
        const end = Math.floor(((line + 1) * BUCKETS) / lines);
        for (let bucket = Math.floor((line * BUCKETS) / lines); bucket < end; bucket++) {
          level = Math.max(level, this.#peaks[bucket]);
        }
      }
      const half = Math.max(1, level * TALLEST);
      path += `M${x} ${50 - half}V${50 + half}`;
    }
    for (const svg of this.#wave.querySelectorAll("svg")) {
      svg.setAttribute("viewBox", `0 0 ${width} 100`);
      svg.firstElementChild.setAttribute("d", path);
    }
    this.#wave.dataset.empty = String(!this.#peaks);
  }

  #grab(event) {
    if (!this.hasSound || event.button !== 0) return;
    const go = ({ clientX }) => {
      const box = this.#wave.getBoundingClientRect();
      this.#seek(((clientX - box.left) / box.width) * this.#length);
    };
    go(event);
    this.#wave.setPointerCapture(event.pointerId);
    this.#wave.addEventListener("pointermove", go);
    const release = () => this.#wave.removeEventListener("pointermove", go);
    this.#wave.addEventListener("pointerup", release, { once: true });
    this.#wave.addEventListener("pointercancel", release, { once: true });
  }

  #key(event) {
    const time = this.#audio.currentTime;
    const to = {
      ArrowRight: time + 2,
      ArrowUp: time + 2,
      ArrowLeft: time - 2,
      ArrowDown: time - 2,
      PageUp: time + 10,
      PageDown: time - 10,
      Home: 0,
      End: this.#length,
    }[event.key];
    if (to !== undefined) this.#seek(to);
    else if (event.key === " " || event.key === "Enter") this.toggle();
    else return;
    event.preventDefault();
  }
}
