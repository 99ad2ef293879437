// The desk keeps text, score and sound of the current tune together in every change.

import { listTunes } from "./history.js";
import { header, tuneName } from "./music.js";
import { debounce } from "./timing.js";

// Milliseconds after the last key until the server is asked again, the cheapest answer
// first.
const SCORE_DELAY = 200;
const CHECK_DELAY = 500;
const SOUND_DELAY = 900;

/** Puts tunes on the page and keeps the steps between them. */
export class Desk {
  #tune;
  #score;
  #editor;
  #player;
  #answers;
  #history;
  #isTyped = false; // since the last check: that check makes a step
  #askScoreSoon = debounce(() => this.#answers.askScore(), SCORE_DELAY);
  #askCheckSoon = debounce(() => this.#answers.askCheck(), CHECK_DELAY);
  #askSoundSoon = debounce(() => this.#answers.askSound(), SOUND_DELAY);

  constructor({ tune, score, editor, player, sound, answers, tuneHistory }) {
    this.#tune = tune;
    this.#score = score;
    this.#editor = editor;
    this.#player = player;
    this.#answers = answers;
    this.#history = tuneHistory;
    editor.addEventListener("edited", () => this.#edited());
    answers.addEventListener("checked", ({ detail }) => this.#checked(detail.problems));
    tuneHistory.addEventListener("remembered", () => this.#listTunes());
    sound.addEventListener("change", () => this.#changeSound());
    player.addEventListener("soundneeded", () => {
      if (!tune.isGrowing) answers.askSound();
    });
  }

  /** Make `text` the page's tune: shown and checked, and played if one was playing. */
  show(text, { fresh = null, originality, settings = null, problems = null } = {}) {
    this.#tune.update({ text, originality, settings });
    this.#editor.text = text;
    this.#editor.show(problems);
    this.#answers.askScore(fresh);
    this.#changeSound();
    if (problems === null || originality === undefined) this.#answers.askCheck();
  }

  /** Take everything off the desk. */
  clear() {
    this.#tune.update({ text: "" });
    this.#score.clear();
    this.#player.clear();
    this.#editor.text = "";
  }

  /**
   * Show a step; `isOther`: another tune than the one that may be playing, not a change
   * of it.
   */
  goTo(step, { isOther = false } = {}) {
    this.#tune.supersede();
    this.#score.renew();
    if (isOther) this.#player.clear();
    this.show(step.abc, { settings: step.settings });
    this.#listTunes();
  }

  /** Remember the tune as a step; `made`: how it came about. */
  remember(made, settings = this.#tune.facts.settings) {
    this.#history.remember({ abc: this.#tune.text, made, settings });
  }

  /** Put another text of the same melody in the place of this one, as a step. */
  replace(text, made) {
    const { originality } = this.#tune.facts; // the same in every key
    this.#tune.supersede();
    this.show(text, { originality });
    this.remember(made);
  }

  undo() {
    if (this.#history.canUndo && !this.#tune.isGrowing) this.goTo(this.#history.undo());
  }

  redo() {
    if (this.#history.canRedo && !this.#tune.isGrowing) this.goTo(this.#history.redo());
  }

  /** Show the newest tune of this session, if the desk is empty. */
  restore() {
    const [last] = this.#history.tunes;
    if (!last || this.#tune.text) return;
    this.goTo(last);
    this.remember(last.made, last.settings);
  }

  /** Ask again for what a lost connection has kept away. */
  refresh() {
    if (this.#tune.isGrowing || !this.#tune.text) return;
    this.#answers.askScore();
    this.#answers.askCheck();
    if (!this.#player.hasSound) this.#answers.askSound();
  }

  /** Write everything in the page's language. */
  relabel() {
    this.#editor.relabel();
    this.#player.relabel();
    this.#score.relabel(tuneName(header(this.#tune.text)));
    this.#listTunes();
  }

  #listTunes() {
    listTunes(this.#history.tunes, {
      current: this.#tune.text,
      onChoose: (tune) => {
        if (this.#tune.isGrowing || tune.abc === this.#tune.text) return;
        this.goTo(tune, { isOther: true });
        this.remember("back", tune.settings);
      },
    });
  }

  #edited() {
    this.#tune.edit(this.#editor.text);
    this.#isTyped = true;
    this.#player.outdate();
    this.#score.isBusy = Boolean(this.#tune.text);
    this.#askScoreSoon();
    this.#askCheckSoon();
    this.#askSoundSoon();
  }

  #checked(problems) {
    // A text that is half written makes no step.
    if (this.#isTyped && problems[0]?.kind !== "unreadable") this.remember("edited");
    this.#isTyped = false;
  }

  #changeSound() {
    this.#player.outdate();
    this.#answers.askSound();
  }
}
