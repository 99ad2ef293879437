// The tune that the page is about, and what is known of it.

// `originality` is undefined while it is not known, and null where the tune shares no
// run of notes with a known one. `seconds`, `bars` and `range` come with the score,
// `settings` with a tune that the server has composed.
const NOTHING_KNOWN = { originality: undefined, settings: null, seconds: 0, bars: 0, range: null };

/** The text, the facts about it, and whether it still grows. Event: "change". */
export class CurrentTune extends EventTarget {
  #text = "";
  #facts = NOTHING_KNOWN;
  #generation = 0;
  #isGrowing = false;

  get text() {
    return this.#text;
  }

  get facts() {
    return this.#facts;
  }

  /**
   * The number of this tune on the page. An answer that was asked for an older one is
   * dropped.
   */
  get generation() {
    return this.#generation;
  }

  /** Whether the server is composing it. */
  get isGrowing() {
    return this.#isGrowing;
  }

  set isGrowing(isGrowing) {
    this.#isGrowing = isGrowing;
    this.#changed();
  }

  /** Take another text or other facts; what is not named stays. */
  update({ text = this.#text, ...facts }) {
    this.#text = text;
    this.#facts = { ...this.#facts, ...facts };
    this.#changed();
  }

  /** Take what the musician has typed. */
  edit(text) {
    this.#text = text;
    this.#facts = { ...this.#facts, originality: undefined, settings: null };
    // No event: the heading changes with the server's answers, not with half a word of
    // a title.
  }

  /** Forget all facts: another tune begins. */
  forget() {
    this.#facts = NOTHING_KNOWN;
  }

  /** Drop all answers that were asked for until now. */
  supersede() {
    this.#generation++;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
