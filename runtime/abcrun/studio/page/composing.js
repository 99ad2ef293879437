// Composing and reworking: the tune grows on the page while the server writes it.

import { ApiError, events } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { header, inOwnWords, tuneName } from "./music.js";
import { forgetMissed, hideError, showError, showStatus, showWaiting } from "./notices.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 62rem)");

/** One tune at a time. The next one aborts the one before. */
export class Composing {
  #tune;
  #desk;
  #answers;
  #score;
  #editor;
  #player;
  #running = null; // AbortController of the tune that is being composed
  #bringsSheet = false; // on a narrow page: scroll to the next score that is drawn

  constructor({ tune, desk, answers, score, editor, player }) {
    this.#tune = tune;
    this.#desk = desk;
    this.#answers = answers;
    this.#score = score;
    this.#editor = editor;
    this.#player = player;
    answers.addEventListener("drawn", () => this.#bringSheet());
  }

  /** Stop composing; the tune from before comes back. */
  stop() {
    this.#running?.abort();
  }

  /**
   * Compose by a route of the server.
   *
   * `made` says how the step came about, `status` names the text shown meanwhile,
   * `fresh` are the bars [first, end) to mark as new. `isNew`: it is another tune, and
   * plays from its beginning if the musician wants that. `shape` makes the tune of what
   * the server composes, where that is but a part of it.
   */
  async compose(path, body, { made, status, fresh = null, isNew = false, shape = null }) {
    const retry = () => this.compose(path, body, { made, status, fresh, isNew, shape });
    this.stop();
    const mine = (this.#running = new AbortController());
    const before = { text: this.#tune.text, facts: this.#tune.facts };
    const playsAtOnce = isNew && byId("at-once").checked;
    let hasBegun = false;
    const begin = () => {
      if (!hasBegun) this.#begin({ isNew, playsAtOnce });
      hasBegun = true;
    };
    let answer = null;
    hideError();
    forgetMissed("compose");
    showStatus(t(status));
    this.#tune.isGrowing = true;
    if (playsAtOnce) this.#player.wake(); // here: what comes later answers no press
    try {
      const options = { signal: mine.signal, onWait: showWaiting };
      for await (const { event, data } of events(path, body, options)) {
        if (event === "progress") {
          begin();
          this.#grow(shape ? shape(data.abc) : data.abc);
        } else if (event === "tune") {
          answer = data;
          // The settings bring back what was composed, and its problems are there.
          if (shape) answer = { ...data, abc: shape(data.abc), settings: null, problems: null };
        }
      }
    } catch (error) {
      if (this.#running !== mine) return; // another one has taken over
      this.#running = null;
      if (error.kind === "opening" && !body.guide) {
        // No form that the model knows begins so: it goes on bar by bar, in its own form.
        const again = { made, status, fresh, isNew, shape };
        return this.compose(path, { ...body, guide: "bars" }, again);
      }
      if (mine.signal.aborted) showStatus(t("stopped"));
      else {
        showStatus("");
        showError(error, retry, "compose");
      }
      this.#goBack(before, hasBegun);
      return;
    }
    if (this.#running !== mine) return;
    begin(); // a short tune may come without any progress before it
    this.#running = null;
    this.#tune.isGrowing = false;
    if (answer === null) showError(new ApiError(200, "empty", t("cut-off")), retry);
    else this.#finish(answer, { made, fresh });
  }

  #begin({ isNew, playsAtOnce }) {
    this.#tune.supersede();
    if (!isNew) return;
    this.#tune.forget();
    this.#score.renew();
    this.#player.clear();
    this.#editor.show(null);
    this.#bringsSheet = narrow.matches;
    if (playsAtOnce) this.#player.play();
  }

  #grow(text) {
    this.#editor.text = text;
    this.#tune.update({ text });
    const music = text.split(/^K:.*$/m)[1] ?? "";
    // Less than a whole bar cannot be engraved.
    if (/[A-Ga-gz][^|]*\|/.test(music)) this.#answers.askScore();
  }

  #finish({ abc: composed, originality, settings, problems, complete }, { made, fresh }) {
    const abc = made === "new" ? inOwnWords(composed) : composed;
    this.#desk.show(abc, { fresh, originality, settings, problems });
    this.#desk.remember(made, settings);
    if (complete) showStatus(`${tuneName(header(abc))}.`, { spoken: true });
    else showStatus(t("incomplete"));
  }

  #goBack({ text, facts }, hasBegun) {
    this.#answers.drop();
    this.#tune.isGrowing = false;
    if (!hasBegun) return;
    this.#tune.supersede();
    const { settings, originality } = facts;
    if (text) this.#desk.show(text, { settings, originality });
    else this.#desk.clear();
  }

  #bringSheet() {
    if (!this.#bringsSheet) return;
    this.#bringsSheet = false;
    byId("paper").scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }
}
