// The player: an audio element, its waveform, its place; the sound itself comes from the server.

import { t } from "./i18n.js";
import { clock } from "./music.js";

const PITCH = 4; // pixels from one line of the waveform to the next
const BUCKETS = 1200; // peaks kept of a sound

/** Peaks, 0 to 1, of an encoded sound in `buckets` equal parts, and its length in seconds. */
async function peaksOf(bytes, buckets) {
  // 8 kHz is enough for a picture, and an OfflineAudioContext needs no sound card.
  const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes);
  const samples = sound.getChannelData(0);
  const peaks = new Float32Array(buckets);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const end = Math.floor(((bucket + 1) * samples.length) / buckets);
    let most = 0;
    for (let place = Math.floor((bucket * samples.length) / buckets); place < end; place++) {
      const level = Math.abs(samples[place]);
      if (level > most) most = level;
    }
    peaks[bucket] = most;
  }
  const loudest = Math.max(...peaks) || 1;
  return { peaks: peaks.map((peak) => peak / loudest), seconds: sound.duration };
}

/**
 * Events: "time" {time} on every frame that it plays and after each seek, "wanted" when play is pressed and no sound is
 * there yet. `barAt(time)` names the bar for who cannot see it.
 */
export class Player extends EventTarget {
  #audio;
  #button;
  #wave;
  #url = null;
  #peaks = null;
  #length = 0; // seconds of the sound that is there
  #wants = false; // play as soon as there is sound (again)
  #stale = false; // the sound is of an older text
  #partial = false; // more of the tune is to come
  #frame = 0;
  #turn = 0; // counts the sounds
  #barAt;

  constructor({ audio, button, wave, now, total, barAt }) {
    super();
    this.#audio = audio;
    this.#button = button;
    this.#wave = wave;
    this.now = now;
    this.total = total;
    this.#barAt = barAt;
    button.addEventListener("click", () => this.toggle());
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, () => this.#changed());
    audio.addEventListener("ended", () => {
      if (this.#partial) this.#wants = true; // it waits for the rest, and goes on
      this.#changed();
    });
    audio.addEventListener("seeked", () => this.#show());
    wave.addEventListener("pointerdown", (event) => this.#grab(event));
    wave.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(wave);
  }

  get time() {
    return this.#audio.currentTime;
  }

  get isPlaying() {
    return !this.#audio.paused && !this.#audio.ended;
  }

  /** Whether it plays, or would if there were sound. */
  get wants() {
    return this.#wants || this.isPlaying;
  }

  /** Seconds of sound that are still to be played. */
  get ahead() {
    return this.#length - this.#audio.currentTime;
  }

  get hasSound() {
    return this.#url !== null;
  }

  /** Nothing to play. */
  clear() {
    this.#turn++;
    this.#wants = false;
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = this.#peaks = null;
    this.#length = 0;
    this.#stale = this.#partial = false;
    this.#draw();
    this.#changed();
    this.#show();
  }

  /** The sound that is there is not the text's any more: the next press of play asks for another. */
  outdate() {
    this.#stale = true;
  }

  /** Play from now on, or as soon as there is sound. */
  want() {
    this.#wants = true;
    this.#changed();
    if (this.hasSound && !this.#stale) this.#start();
    else this.dispatchEvent(new Event("wanted"));
  }

  stop() {
    this.#wants = false;
    this.#audio.pause();
    this.#changed();
  }

  toggle() {
    if (this.wants) this.stop();
    else this.want();
  }

  /**
   * A sound (Blob) takes the place of what is there, at the same position times `stretch` (a change of tempo), and goes
   * on playing if it was. `partial`: it will be replaced by a longer one.
   */
  async take(blob, { partial = false, stretch = 1 } = {}) {
    const turn = ++this.#turn;
    const { peaks, seconds } = await peaksOf(await blob.arrayBuffer(), BUCKETS);
    if (turn !== this.#turn) return; // cleared meanwhile, or another has come
    const playing = this.wants;
    const ended = this.#audio.ended;
    const at = this.hasSound ? this.#audio.currentTime * stretch : 0;
    const again = ended && !this.#wants;
    const old = this.#url;
    this.#url = URL.createObjectURL(blob);
    this.#peaks = peaks;
    this.#length = seconds;
    this.#stale = false;
    this.#partial = partial;
    this.#audio.src = this.#url;
    if (at > 0 && !again) this.#audio.currentTime = Math.min(at, seconds);
    if (old) URL.revokeObjectURL(old);
    this.#draw();
    if (playing) await this.#start();
    this.#changed();
    this.#show();
  }

  /** Go to a time in seconds. */
  seek(time) {
    if (!this.hasSound) return;
    this.#audio.currentTime = Math.max(0, Math.min(time, this.#length - 0.05));
    this.#show();
  }

  relabel() {
    this.#changed();
    this.#show();
  }

  async #start() {
    try {
      await this.#audio.play();
      this.#wants = false;
    } catch (error) {
      // AbortError: a longer sound took the place of this one meanwhile. NotAllowedError: the browser wants a click.
      if (error.name === "NotAllowedError") this.#wants = false;
      else if (error.name !== "AbortError") throw error;
    }
    this.#changed();
  }

  #changed() {
    const on = this.wants;
    this.#button.setAttribute("aria-label", t(on ? "pause" : "play"));
    this.#button.dataset.state = this.isPlaying ? "playing" : on ? "waiting" : "still";
    this.#button.setAttribute("aria-disabled", "false");
    cancelAnimationFrame(this.#frame);
    if (this.isPlaying) this.#tick();
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
    this.now.textContent = clock(time);
    this.total.textContent = clock(this.#length);
    this.#wave.setAttribute("aria-valuemax", this.#length.toFixed(1));
    this.#wave.setAttribute("aria-valuenow", Math.min(time, this.#length).toFixed(1));
    const bar = this.#barAt(time);
    this.#wave.setAttribute(
      "aria-valuetext",
      t("position-text", { now: clock(time), total: clock(this.#length), bar }),
    );
    this.dispatchEvent(new CustomEvent("time", { detail: { time, shown: this.isPlaying || time > 0 } }));
  }

  #draw() {
    const width = Math.max(1, Math.round(this.#wave.clientWidth));
    const lines = Math.max(1, Math.floor(width / PITCH));
    let path = "";
    for (let line = 0; line < lines; line++) {
      const x = (line + 0.5) * PITCH;
      let level = 0;
      if (this.#peaks) {
        const end = Math.floor(((line + 1) * BUCKETS) / lines);
        for (let place = Math.floor((line * BUCKETS) / lines); place < end; place++) {
          level = Math.max(level, this.#peaks[place]);
        }
      }
      const half = Math.max(1, level * 46);
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
      this.seek(((clientX - box.left) / box.width) * this.#length);
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
      ArrowRight: time + 2, ArrowUp: time + 2, ArrowLeft: time - 2, ArrowDown: time - 2, PageUp: time + 10,
      PageDown: time - 10, Home: 0, End: this.#length,
    }[event.key];
    if (to !== undefined) this.seek(to);
    else if (event.key === " " || event.key === "Enter") this.toggle();
    else return;
    event.preventDefault();
  }
}
