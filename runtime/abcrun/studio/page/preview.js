// A tune heard before it is on the desk: one after the other, by the page's synthesiser.

import { json } from "./api.js";
import { Sequencer } from "./sequencer.js";

const MOST_KNOWN = 60; // scores that are not asked for again

/**
 * Plays any text while the player rests. Event: "change" when another text plays, or
 * none.
 */
export class Preview extends EventTarget {
  #synth;
  #player;
  #sound;
  #sequencer;
  #scores = new Map(); // answers of /v1/score by their request
  #text = null;

  constructor({ synth, player, sound }) {
    super();
    this.#synth = synth;
    this.#player = player;
    this.#sound = sound;
    this.#sequencer = new Sequencer(synth);
    this.#sequencer.addEventListener("end", () => this.stop());
    player.addEventListener("state", () => {
      if (player.willPlay) this.stop();
    });
  }

  /** The text that plays or is about to; null for none. */
  get text() {
    return this.#text;
  }

  /** Whether it may play without a press: nothing else plays, and sound is allowed. */
  get isFree() {
    const mayPlay = navigator.userActivation?.hasBeenActive ?? false;
    return mayPlay && !this.#player.willPlay && this.#synth.volume > 0;
  }

  /** The seconds of the text that are over, at its own tempo. */
  get time() {
    return this.#sequencer.time;
  }

  /**
   * Play a text, `from` a time on. `answer` is what /v1/score says of it, where that is
   * known. It throws what the server refuses.
   */
  async play(abc, { from = 0, answer = null } = {}) {
    this.#player.pause();
    this.#sequencer.pause();
    this.#synth.wake();
    this.#say(abc);
    try {
      const { performance, seconds } = answer ?? (await this.score(abc));
      if (this.#text !== abc) return;
      if (!performance || !this.#synth.isAwake) return this.stop();
      this.#sequencer.load({ ...performance, seconds });
      this.#sequencer.seek(from);
      this.#sequencer.play();
    } catch (error) {
      if (this.#text === abc) this.stop();
      throw error;
    }
  }

  /** Fall silent; return whether there was something to stop. */
  stop() {
    if (this.#text === null) return false;
    this.#sequencer.pause();
    this.#say(null);
    this.#player.rest();
    return true;
  }

  /** Stop, and the player, too. */
  silence() {
    this.#player.pause();
    this.stop();
  }

  /** Return what /v1/score says of a text; `width`: of the picture. */
  async score(abc, width = undefined) {
    const body = { abc, width, header: false, ...this.#sound.manner(abc) };
    const name = JSON.stringify(body);
    const answer = this.#scores.get(name) ?? (await json("v1/score", body));
    this.#scores.delete(name); // and in again, as the one used last
    this.#scores.set(name, answer);
    if (this.#scores.size > MOST_KNOWN) this.#scores.delete(this.#scores.keys().next().value);
    return answer;
  }

  #say(text) {
    this.#text = text;
    this.dispatchEvent(new Event("change"));
  }
}
