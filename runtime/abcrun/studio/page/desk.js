// The desk keeps text, score and sound of the current tune together in every change.

import { t } from "./i18n.js";
import { isCandidate, newId } from "./library.js";
import { header, tuneName, withTitle } from "./music.js";
import { showStatus } from "./notices.js";
import { debounce } from "./timing.js";
import { isBare } from "./writing.js";

// Milliseconds after the last key until the server is asked again, the cheapest answer
// first.
const SCORE_DELAY = 200;
const CHECK_DELAY = 500;

/** Puts tunes on the page and keeps the steps between them. */
export class Desk {
  #tune;
  #score;
  #editor;
  #player;
  #answers;
  #history;
  #library;
  #askScoreSoon = debounce(() => this.#answers.askScore(), SCORE_DELAY);
  #askCheckSoon = debounce(() => this.#answers.askCheck(), CHECK_DELAY);

  constructor({ tune, score, editor, player, sound, answers, tuneHistory, library }) {
    this.#tune = tune;
    this.#score = score;
    this.#editor = editor;
    this.#player = player;
    this.#answers = answers;
    this.#history = tuneHistory;
    this.#library = library;
    editor.addEventListener("edited", () => this.#edited());
    answers.addEventListener("checked", ({ detail }) => this.#checked(detail.problems));
    tuneHistory.addEventListener("elsewhere", () => showStatus(t("elsewhere")));
    sound.addEventListener("manner", () => answers.askScore());
  }

  /** Make `text` the page's tune: shown and checked, and played if one was playing. */
  show(text, { fresh = null, originality, settings = null, problems = null } = {}) {
    this.#tune.update({ text, originality, settings });
    this.#editor.text = text;
    this.#editor.show(problems);
    this.#answers.askScore(fresh);
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
    this.#score.renew({ isSame: !isOther });
    if (isOther) this.#player.clear();
    this.show(step.abc, { settings: step.settings });
  }

  /** Show a tune of the library; `version`: another one than was shown last. */
  async open(id, version = null) {
    const isOther = id !== this.#history.tune;
    const step = await this.#history.open(id, version);
    if (step) this.goTo(step, { isOther });
  }

  /** Give a tune of the library, which need not be on the desk, another title. */
  async rename(id, title) {
    const { abc, cursor } = this.#library.get(id);
    const renamed = { abc: withTitle(abc, title), made: "renamed" };
    if (id === this.#history.tune && !this.#tune.isGrowing) {
      this.goTo({ abc: renamed.abc, settings: this.#tune.facts.settings });
      this.remember(renamed.made);
      return;
    }
    const versions = await this.#library.versions(id);
    const settings = versions.find((version) => version.id === cursor)?.settings ?? null;
    const place = { id: newId(), tune: id, parent: cursor, at: Date.now() };
    this.#library.addVersion({ ...place, ...renamed, settings });
  }

  /** Take the tune off the desk; it stays in the library. */
  leave() {
    this.#tune.supersede();
    this.#history.leave();
    this.clear();
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

  /** Take a text in which one note has changed, as a step. */
  change(text) {
    this.#editor.text = text;
    this.#tune.edit(text);
    this.remember("note");
    this.#answers.askScore();
    this.#askCheckSoon();
  }

  undo() {
    if (this.#history.canUndo && !this.#tune.isGrowing) this.goTo(this.#history.undo());
  }

  redo() {
    if (this.#history.canRedo && !this.#tune.isGrowing) this.goTo(this.#history.redo());
  }

  /** Show the tune that was on the desk before, if the desk is empty. */
  async restore() {
    if (this.#tune.text) return;
    const tunes = this.#library.tunes.filter(({ removed }) => removed === null);
    const latest =
      tunes.find(({ id }) => id === this.#history.latest) ??
      tunes.find((tune) => !isCandidate(tune));
    if (latest) await this.open(latest.id);
  }

  /** Ask again for what a lost connection has kept away. */
  refresh() {
    if (this.#tune.isGrowing || !this.#tune.text) return;
    this.#answers.askScore();
    this.#answers.askCheck();
  }

  /** Write everything in the page's language. */
  relabel() {
    this.#editor.relabel();
    this.#player.relabel();
    this.#score.relabel(tuneName(header(this.#tune.text)));
  }

  #edited() {
    this.#score.cursor.choose(null); // what is typed may move it
    this.#tune.edit(this.#editor.text);
    if (isBare(this.#tune.text)) {
      this.#emptied();
      return;
    }
    // At once and before any check: whatever happens next, it is kept.
    this.remember("edited");
    this.#score.isBusy = Boolean(this.#tune.text);
    this.#askScoreSoon();
    this.#askCheckSoon();
  }

  // The text area stays, to be typed in.
  #emptied() {
    this.#tune.supersede();
    this.#answers.drop();
    this.#tune.forget();
    this.#score.clear();
    this.#player.clear();
    this.#editor.show(null);
    this.#tune.update({ text: "" });
    this.#history.empty();
  }

  #checked(problems) {
    if (problems[0]?.kind === "unreadable") this.#history.holdOpen();
  }
}
