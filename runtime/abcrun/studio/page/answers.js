// What the server says of the tune on the page: its score and performance, its problems.
// There is one request of each kind at a time, and only the newest that waits is sent.

import { ApiError, json } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { header, tuneName } from "./music.js";
import { showError, showStatus, showWaiting } from "./notices.js";
import { Latest } from "./timing.js";

const NARROWEST = 280; // units of the score: less holds no bar
const WIDEST = 2400; // the most that /v1/score takes
const LARGE_FROM = 560; // units from which the staff is drawn larger
const LARGER = 1.2;
const LEAST_CHANGE = 16; // units of width that are worth another score

const isOffline = (error) => error instanceof ApiError && error.kind === "offline";
const isUnreadable = (error) => error instanceof ApiError && error.status === 422;

/** Return the score's width in its units. The staff grows with the page's letters. */
function scoreWidth() {
  const letters = parseFloat(getComputedStyle(document.documentElement).fontSize) / 18;
  const { paddingLeft, paddingRight } = getComputedStyle(byId("paper"));
  const inside = byId("paper").clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  const width = inside / letters;
  const units = width > LARGE_FROM ? width / LARGER : width;
  return Math.round(Math.max(NARROWEST, Math.min(WIDEST, units)));
}

/**
 * The requests about the current tune. An answer about a tune that is gone is dropped.
 *
 * Events: "drawn" when a score has been shown, "checked" {problems} after a check.
 */
export class Answers extends EventTarget {
  #tune;
  #score;
  #editor;
  #player;
  #sound;
  #kept;
  #scores = new Latest(
    (asked) => this.#draw(asked),
    (error, asked) => this.#drawFailed(error, asked),
  );
  #checks = new Latest(
    (asked) => this.#check(asked),
    (error) => showError(error, () => this.askCheck()),
  );
  #drawnWidth = 0; // that the last score was asked for

  constructor({ tune, score, editor, player, sound, kept }) {
    super();
    this.#tune = tune;
    this.#score = score;
    this.#editor = editor;
    this.#player = player;
    this.#sound = sound;
    this.#kept = kept;
  }

  /** Ask for the score; `fresh`: bars [first, end) to mark as new. */
  askScore(fresh = null) {
    const { text, generation } = this.#tune;
    if (!text) return;
    this.#score.isBusy = true;
    this.#scores.ask({ text, fresh, generation });
  }

  /** Ask for the problems of the text, and for its originality. */
  askCheck() {
    const { text, generation } = this.#tune;
    if (text) this.#checks.ask({ text, generation });
  }

  /** Ask for another score if the paper has become wider or narrower. */
  askScoreForWidth() {
    if (!this.#tune.text || this.#tune.isGrowing) return;
    if (Math.abs(scoreWidth() - this.#drawnWidth) >= LEAST_CHANGE) this.askScore();
  }

  /** Drop the request for a score that waits. */
  drop() {
    this.#scores.drop();
  }

  async #draw({ text, fresh, generation }) {
    const width = (this.#drawnWidth = scoreWidth());
    const body = { abc: text, width, header: false, ...this.#sound.manner(text) };
    const answer = await this.#answerTo(body);
    if (generation !== this.#tune.generation) return;
    this.#score.show(answer, { name: tuneName(header(text)), fresh });
    this.#score.isStale = false;
    if (text === this.#tune.text) this.#score.isBusy = false;
    this.dispatchEvent(new Event("drawn"));
    this.#sound.ownTempo = answer.tempo;
    this.#sound.beat = answer.beat;
    this.#play(answer, { partial: this.#tune.isGrowing });
    const { seconds, range } = answer;
    this.#tune.update({ seconds, range, bars: this.#score.fullBars });
    const { isGrowing, facts } = this.#tune;
    if (isGrowing && facts.bars) showStatus(t("composing-bar", { n: facts.bars }));
  }

  // The server's score, or the one that was kept where there is no server.
  async #answerTo(body) {
    try {
      const answer = await json("v1/score", body, { onWait: showWaiting });
      this.#kept.keep(body, answer);
      return answer;
    } catch (error) {
      const kept = isOffline(error) ? await this.#kept.find(body) : null;
      if (!kept) throw error;
      return kept;
    }
  }

  #drawFailed(error, { generation }) {
    if (generation !== this.#tune.generation) return;
    if (isOffline(error) && !this.#score.barCount) {
      // What is shown is another tune.
      this.#score.clear();
      this.#player.clear();
      showStatus(t("no-score"));
    }
    this.#score.isStale = true;
    this.#score.isBusy = false;
    // A text that grows may be unreadable for a moment, and of one that is typed the
    // check tells.
    if (!isUnreadable(error)) showError(error, () => this.askScore());
  }

  async #check({ text, generation }) {
    let found;
    try {
      found = (await json("v1/check", { abc: text }, { onWait: showWaiting })).tunes[0];
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const problem = { line: 1, column: 1, kind: "unreadable", message: error.message };
      found = { problems: [problem], originality: undefined };
    }
    if (generation !== this.#tune.generation || text !== this.#tune.text) return;
    this.#editor.show(found.problems);
    this.#tune.update({ originality: found.originality });
    this.dispatchEvent(new CustomEvent("checked", { detail: { problems: found.problems } }));
  }

  #play({ performance, seconds, unplayable }, { partial }) {
    if (performance) {
      this.#player.load(performance, { seconds, partial });
    } else {
      this.#player.clear();
      showStatus(t("unplayable", { why: unplayable }));
    }
  }
}
