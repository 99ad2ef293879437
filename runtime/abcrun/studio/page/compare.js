// Two tunes, or two versions of one, beside each other: the bars that differ are marked,
// and the ear goes from one to the other at the same place.

import { barSounds, differences } from "./bars.js";
import { byId, makeOption } from "./dom.js";
import { refusalText } from "./faults.js";
import { t } from "./i18n.js";
import { dateOf } from "./line.js";
import { Side } from "./side.js";
import { Latest } from "./timing.js";

const SIDES = ["a", "b"];
const TYPED_IN = "select, input[type=radio], input[type=range]";

/** The dialog in which tunes are compared. */
export class Compare {
  #library;
  #desk;
  #tune;
  #history;
  #preview;
  #sides = { a: new Side("a"), b: new Side("b") };
  #choices = []; // {id, name, abc, take()}
  #heard = "a";
  #place = { bar: 0, share: 0 }; // which bar as it is played, and how far in it
  #frame = 0;
  #showing = new Latest(
    () => this.#show(),
    (error) => byId("compare-says").replaceChildren(...refusalText(error)),
  );

  constructor({ library, desk, tune, tuneHistory, preview }) {
    this.#library = library;
    this.#desk = desk;
    this.#tune = tune;
    this.#history = tuneHistory;
    this.#preview = preview;
    preview.addEventListener("change", () => this.#changed());
    const allow = () => {
      const { canUndo, canRedo } = tuneHistory;
      byId("compare-versions").disabled = tune.isGrowing || !(canUndo || canRedo);
    };
    tune.addEventListener("change", allow);
    tuneHistory.addEventListener("moved", allow);
    this.#listen();
  }

  /**
   * Compare two of some tunes {id, name, abc, take()}: those of the ids `a` and `b`.
   * `take` is called where the musician wants one on the desk.
   */
  open(choices, a, b) {
    this.#preview.silence();
    this.#choices = choices;
    for (const [side, id] of [["a", a], ["b", b]]) {
      byId(`compare-${side}`).replaceChildren(...choices.map((one) => makeOption(one.id, one.name)));
      byId(`compare-${side}`).value = id;
      this.#sides[side].clear();
    }
    this.#place = { bar: 0, share: 0 };
    this.#hear("a");
    byId("compare-says").textContent = "";
    byId("compare").showModal();
    byId("compare-play").focus();
    this.#changed();
    this.#showing.ask();
  }

  // The version on the desk, and the one before it or behind it.
  async #openVersions() {
    const { tune } = this.#history;
    const versions = await this.#library.versions(tune);
    const here = versions.find(({ id }) => id === this.#history.version) ?? versions.at(-1);
    const before = versions.find(({ id }) => id === here?.parent);
    const after = versions.findLast(({ parent }) => parent === here?.id);
    if (!before && !after) return;
    const choices = versions.toReversed().map(({ id, abc, made, at }) => ({
      id,
      abc,
      name: `${t(`made-${made}`)} · ${dateOf(at)}`,
      take: () => this.#desk.open(tune, id),
    }));
    this.open(choices, (before ?? here).id, before ? here.id : after.id);
  }

  #listen() {
    const press = (id, work) => byId(id).addEventListener("click", work);
    const dialog = byId("compare");
    press("compare-versions", () => this.#openVersions());
    press("compare-close", () => dialog.close());
    dialog.addEventListener("close", () => {
      this.#preview.stop();
      for (const side of SIDES) this.#sides[side].clear();
    });
    press("compare-play", () => this.#toggle());
    for (const side of SIDES) {
      byId(`compare-${side}`).addEventListener("change", () => {
        this.#preview.stop();
        this.#showing.ask();
      });
      byId(`heard-${side}`).addEventListener("change", () => this.#switch(side));
      press(`take-${side}`, () => {
        const { take } = this.#chosen(side);
        dialog.close();
        take();
      });
      this.#sides[side].addEventListener("bar", ({ detail }) => {
        this.#hear(side);
        this.#go({ bar: this.#sides[side].playedBar(detail.bar), share: 0 });
      });
    }
    byId("compare-place").addEventListener("input", () => {
      this.#go({ bar: Number(byId("compare-place").value), share: 0 });
    });
    dialog.addEventListener("keydown", (event) => {
      const side = event.key.toLowerCase();
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
      if (SIDES.includes(side)) this.#switch(side);
      else if (event.key === " " && !event.target.closest(`button, ${TYPED_IN}`)) this.#toggle();
      else return;
      event.preventDefault();
    });
  }

  #chosen(side) {
    const { value } = byId(`compare-${side}`);
    return this.#choices.find(({ id }) => id === value);
  }

  async #show() {
    const answers = [];
    for (const side of SIDES) {
      const view = this.#sides[side];
      const { abc } = this.#chosen(side);
      if (view.abc === abc) answers.push(view.answer);
      else answers.push(await this.#preview.score(abc, view.width));
    }
    if (!byId("compare").open) return;
    const sounds = answers.map(barSounds);
    const marked = differences(...sounds);
    const isNothingAlike = marked.every(({ size }, side) => size === sounds[side].length);
    for (const [place, side] of SIDES.entries()) {
      const { abc, name } = this.#chosen(side);
      const different = isNothingAlike ? new Set() : marked[place];
      this.#sides[side].show(abc, answers[place], { different, name });
    }
    byId("compare-says").textContent = isNothingAlike
      ? t("compare-nothing")
      : this.#says(...SIDES.map((side, place) => this.#sides[side].names(marked[place])));
    this.#changed();
  }

  #says(a, b) {
    if (!a && !b) return t("compare-alike");
    return a === b ? t("compare-differ", { bars: a }) : t("compare-both", { a, b });
  }

  #hear(side) {
    this.#heard = side;
    byId(`heard-${side}`).checked = true;
    for (const one of SIDES) this.#sides[one].isHeard = one === side;
  }

  #switch(side) {
    if (side === this.#heard) return;
    const wasPlaying = this.#isPlaying;
    if (wasPlaying) this.#place = this.#sides[this.#heard].placeAt(this.#preview.time);
    this.#hear(side);
    if (wasPlaying) this.#play();
    else this.#changed();
  }

  #go(place) {
    this.#place = place;
    if (this.#isPlaying) this.#play();
    else this.#changed();
  }

  get #isPlaying() {
    const texts = SIDES.map((side) => this.#sides[side].abc);
    return this.#preview.text !== null && texts.includes(this.#preview.text);
  }

  #toggle() {
    if (this.#isPlaying) {
      this.#place = this.#sides[this.#heard].placeAt(this.#preview.time);
      this.#preview.stop();
    } else {
      this.#play();
    }
  }

  #play() {
    const { abc, answer } = this.#sides[this.#heard];
    if (answer?.performance) {
      this.#preview.play(abc, { answer, from: this.#sides[this.#heard].timeAt(this.#place) });
    }
  }

  #changed() {
    if (!byId("compare").open) return;
    const isPlaying = this.#isPlaying;
    byId("compare-play").textContent = isPlaying ? "❚❚" : "▶";
    byId("compare-play").setAttribute("aria-label", t(isPlaying ? "pause" : "play"));
    cancelAnimationFrame(this.#frame);
    this.#tick();
  }

  #tick() {
    const view = this.#sides[this.#heard];
    if (this.#isPlaying) {
      this.#place = view.placeAt(this.#preview.time);
      this.#frame = requestAnimationFrame(() => this.#tick());
    } else if (view.isOver(this.#place)) {
      this.#place = { bar: 0, share: 0 }; // it has come to its end
    }
    for (const side of SIDES) {
      const one = this.#sides[side];
      one.mark(side === this.#heard && this.#isPlaying ? this.#preview.time : null);
    }
    const slider = byId("compare-place");
    slider.max = String(Math.max(0, view.playedCount - 1));
    slider.value = String(this.#place.bar);
    slider.setAttribute("aria-valuetext", view.barName(this.#place.bar));
  }
}
