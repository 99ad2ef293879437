// The synthesiser: notes as sound on an audio context, in their instrument and room.

import { impulseResponse } from "./room.js";
import { energyOf, loopOf, makeTone, neededSeconds, peakOf, rise, toneOf } from "./tones.js";

const MOST_SECONDS = 240; // of tones that are kept: 42 MB at 44,100 Hz
const GRAIN = 0.25; // seconds: tones are made so many at a time, for longer notes to come
const FALL = rise(64).map((_, i, up) => up[up.length - 1 - i]);
const FALLING = 0.375; // of the release: the energy of its fall
const CUT = 0.04; // seconds in which a note ends that is cut short
const BLOCK = 0.4; // seconds, as the gate of ITU-R BS.1770 takes them
const SMOOTH = 0.01; // seconds in which a change of level is two thirds done
const RINGING = 1.1; // of a string's peak: on the louder side, with others that ring on
const LINEAR_TO = 0.8; // of full scale: louder peaks are bent, not cut

/** A note that is to sound, or sounds: from `at` to `until`, in the context's seconds. */
class Voice {
  #source;
  #gain;
  #level;
  #release;

  constructor(source, gain, { at, until, level, release }) {
    this.at = at;
    this.#source = source;
    this.#gain = gain.gain;
    this.#level = level;
    this.#release = release;
    source.start(at);
    this.end(until, release);
    source.onended = () => gain.disconnect();
  }

  /** End at another time than was said; a note that has ended stays as it is. */
  end(until, release = this.#release) {
    this.until = until;
    this.#gain.cancelScheduledValues(0);
    this.#gain.setValueAtTime(this.#level, this.at);
    const falling = FALL.map((share) => share * this.#level);
    this.#gain.setValueCurveAtTime(falling, until, release);
    this.#source.stop(until + release);
  }

  /** Fall silent from a time on; a note that has not begun does not begin. */
  cut(time) {
    if (time <= this.at) {
      this.until = time;
      this.#source.stop(0);
    } else if (time < this.until) {
      this.end(time, CUT);
    }
  }
}

/**
 * Plays notes {pitch, level, place, program} on an audio context, as files sound.
 *
 * `program` is the instrument of notes without one. It sleeps until it is woken: browsers
 * give sound only to who has pressed something.
 */
export class Synth {
  #context = null;
  #instruments = null;
  #notes = [];
  #measures = new Map();
  #tones = new Map();
  #seconds = 0; // of all tones that are kept
  #places = new Map();
  #level = null;
  #master = null;
  #volume = 1;
  #until = 0; // when the last note that was struck ends

  program = 0;

  /** What /v1/instruments says. */
  get instruments() {
    return this.#instruments;
  }

  set instruments(instruments) {
    this.#instruments = instruments;
    this.#connect();
  }

  /** Whether it has been woken, and has instruments. */
  get isAwake() {
    return this.#level !== null;
  }

  /** The seconds that its clock shows; nothing is heard while it stands still. */
  get now() {
    return this.#context?.currentTime ?? 0;
  }

  /** The seconds from its clock to the ear. */
  get latency() {
    return this.#context?.outputLatency || 0;
  }

  /** How loud everything is, from 0. */
  get volume() {
    return this.#volume;
  }

  set volume(volume) {
    this.#volume = volume;
    this.#master?.gain.setTargetAtTime(volume, this.now, SMOOTH);
  }

  /**
   * Begin to work, on a context of its own or another. To be called in what answers a
   * press: elsewhere iOS gives no sound.
   */
  wake(context = null) {
    // Where it is known (Safari): the switch that silences bells does not silence music.
    if (navigator.audioSession) navigator.audioSession.type = "playback";
    this.#context ??= context ?? new AudioContext();
    this.#connect();
    if (!context && this.#context.state !== "running") this.#context.resume();
  }

  /** Let the sound card rest until it is woken again; not while there are notes to come. */
  sleep() {
    const isSilent = this.now > this.#until;
    if (isSilent && this.#context?.state === "running") this.#context.suspend();
  }

  #connect() {
    const context = this.#context;
    if (!context || !this.#instruments || this.isAwake) return;
    this.#master = new GainNode(context, { gain: this.#volume });
    const half = new GainNode(context, { gain: 0.5 });
    this.#master.connect(half).connect(limiterOf(context)).connect(context.destination);
    this.#level = new GainNode(context);
    this.#level.connect(this.#master);
    this.#level.connect(roomOf(context, this.#instruments.room)).connect(this.#master);
    this.setLevel(this.#notes);
  }

  /** Bring notes to the loudness that files have. */
  setLevel(notes) {
    this.#notes = notes;
    if (!this.isAwake) return;
    const gain = this.#gainOf(notes);
    if (this.now === 0) this.#level.gain.value = gain;
    else this.#level.gain.setTargetAtTime(gain, this.now, SMOOTH);
  }

  /** Have a note's tone ready. `seconds`: how long it will sound. */
  prepare(note, seconds) {
    this.#buffer(this.#soundOf(note), seconds);
  }

  /** Sound a note from `at` to `until`, in the context's seconds; return its `Voice`. */
  strike(note, at, until) {
    const { tone, pitch } = this.#soundOf(note);
    const buffer = this.#buffer({ tone, pitch }, until - at + tone.release);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    if (!tone.decay && until - at + tone.release > buffer.duration) {
      source.loop = true;
      source.loopEnd = buffer.duration;
      source.loopStart = buffer.duration - loopOf(tone, pitch);
    }
    const gain = new GainNode(this.#context, { gain: note.level });
    source.connect(gain).connect(this.#placed(note.place));
    // On a whole sample: between two of them the browser would dull the tone.
    const { sampleRate } = this.#context;
    const start = Math.round(at * sampleRate) / sampleRate;
    this.#until = Math.max(this.#until, until + tone.release);
    return new Voice(source, gain, {
      at: start,
      until: Math.max(until, start),
      level: note.level,
      release: tone.release,
    });
  }

  #soundOf({ pitch, program }) {
    return { tone: toneOf(this.#instruments.tones, program ?? this.program), pitch };
  }

  #buffer({ tone, pitch }, seconds) {
    const name = `${tone.program} ${pitch}`;
    const needed = neededSeconds(tone, pitch, seconds);
    let buffer = this.#tones.get(name);
    this.#tones.delete(name); // and in again below, as the one used last
    if (!buffer || buffer.duration < needed) {
      this.#seconds -= buffer?.duration ?? 0;
      const { sampleRate } = this.#context;
      const length = Math.round(Math.ceil(needed / GRAIN + 1) * GRAIN * sampleRate);
      const samples = makeTone(tone, pitch, sampleRate, length);
      buffer = new AudioBuffer({ length, sampleRate });
      buffer.copyToChannel(samples, 0);
      this.#seconds += buffer.duration;
    }
    this.#tones.set(name, buffer);
    for (const [oldest, { duration }] of this.#tones) {
      if (this.#seconds <= MOST_SECONDS || oldest === name) break;
      this.#tones.delete(oldest);
      this.#seconds -= duration;
    }
    return buffer;
  }

  #placed(place) {
    let node = this.#places.get(place);
    if (!node) {
      node = new StereoPannerNode(this.#context, { pan: place });
      node.connect(this.#level);
      this.#places.set(place, node);
    }
    return node;
  }

  // What notes are multiplied by, for the loudness of files: the RMS of the blocks that
  // are heard, reckoned from the energy of the tones, as far as their peaks let it.
  #gainOf(notes) {
    const { loudness, peak, room } = this.#instruments;
    const blocks = [];
    let highest = 0;
    for (const note of notes) {
      const { tone, pitch } = this.#soundOf(note);
      const { energy, highest: crest } = this.#measure(tone, pitch);
      highest = Math.max(highest, note.level * crest);
      const end = note.end + FALLING * tone.release;
      for (let block = Math.floor(note.start / BLOCK); block * BLOCK < end; block++) {
        const from = Math.max(block * BLOCK, note.start) - note.start;
        const to = Math.min((block + 1) * BLOCK, end) - note.start;
        // Half of it on either side.
        blocks[block] = (blocks[block] ?? 0) + (0.5 * note.level ** 2 * energy(from, to)) / BLOCK;
      }
    }
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const powers = Array.from(blocks, (power) => power ?? 0);
    const heard = powers.filter((power) => power > 0 && power >= 0.1 * mean(powers));
    if (!heard.length) return 1;
    const gain = loudness / Math.sqrt(mean(heard) * (1 + room.level ** 2));
    return highest ? Math.min(gain, peak / (highest * RINGING)) : gain;
  }

  #measure(tone, pitch) {
    const name = `${tone.program} ${pitch}`;
    let found = this.#measures.get(name);
    if (!found) {
      const { sampleRate } = this.#context;
      const energy = energyOf(tone, pitch, sampleRate);
      // A sustained tone is never as loud as full scale.
      found = { energy, highest: tone.decay ? peakOf(tone, pitch, sampleRate) : 0 };
      this.#measures.set(name, found);
    }
    return found;
  }
}

/** Return a node that lets nothing over full scale through. */
function limiterOf(context) {
  // A curve reaches from -1 to 1: it is read at half the level.
  const curve = Float32Array.from({ length: 4097 }, (_, i) => {
    const level = (i - 2048) / 1024;
    const over = Math.abs(level) - LINEAR_TO;
    if (over <= 0) return level;
    return Math.sign(level) * (LINEAR_TO + (1 - LINEAR_TO) * Math.tanh(over / (1 - LINEAR_TO)));
  });
  return new WaveShaperNode(context, { curve });
}

/** Return a node that answers as the room does. */
function roomOf(context, room) {
  const { sampleRate } = context;
  const sides = impulseResponse(room, sampleRate);
  const buffer = new AudioBuffer({ length: sides[0].length, numberOfChannels: 2, sampleRate });
  // Twice: the browser halves the sum of left and right that goes in.
  sides.forEach((samples, side) => buffer.copyToChannel(samples.map((one) => 2 * one), side));
  return new ConvolverNode(context, {
    buffer,
    disableNormalization: true,
    channelCount: 1,
    channelCountMode: "explicit",
  });
}
