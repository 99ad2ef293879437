// Candidates on the page: cards to hear, keep or drop, a round of them at a time.

import { json } from "./api.js";
import { Card, WaitingCard } from "./card.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { Incipits } from "./incipit.js";
import { isCandidate } from "./library.js";
import { requestsLike, WAYS } from "./more.js";
import { header, tuneName } from "./music.js";
import { showError } from "./notices.js";
import { Rounds } from "./rounds.js";
import { forGood } from "./storage.js";

const SIX = 6;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The section with the cards. It is there when it is asked for. */
export class Candidates {
  #library;
  #desk;
  #tune;
  #history;
  #form;
  #openingField;
  #preview;
  #compare;
  #rounds;
  #incipits;
  #cards = new Map(); // by the id of the tune
  #waiting = new Map(); // cards by place
  #shown = null; // id of the round
  #seen = new Set(); // ids of rounds of this visit: they stay though all is decided
  #dropped = new Set(); // ids of tunes that were dropped in this visit
  #last = []; // ids of those that were dropped last
  #composed = new Map(); // how many of a seed and its wishes
  #isJudging = false;
  #model = null;

  constructor({ library, desk, tune, tuneHistory, form, openingField, preview, compare }) {
    this.#library = library;
    this.#desk = desk;
    this.#tune = tune;
    this.#history = tuneHistory;
    this.#form = form;
    this.#openingField = openingField;
    this.#preview = preview;
    this.#compare = compare;
    this.#incipits = new Incipits(library);
    this.#rounds = new Rounds(library);
    this.#rounds.addEventListener("begin", () => {
      this.#shown = this.#rounds.running;
      this.#seen.add(this.#shown);
      this.#open();
    });
    this.#rounds.addEventListener("change", () => this.#show());
    library.addEventListener("change", () => this.#show());
    tuneHistory.addEventListener("moved", () => this.#show());
    tune.addEventListener("change", () => this.#show());
    preview.addEventListener("change", () => this.#show());
    this.#listen();
  }

  /** Take what the server can do, and show the cards if they were there last time. */
  offer(model) {
    this.#model = model;
    byId("six").disabled = false;
    if (forGood.get("candidates") === true && this.#ids().length) this.#open();
    else this.#show();
  }

  /** Write everything in the page's language. */
  relabel() {
    for (const card of this.#cards.values()) card.relabel();
    this.#show();
  }

  #listen() {
    const press = (id, work) => byId(id).addEventListener("click", work);
    const compose = () => {
      if (this.#rounds.running) this.#rounds.stop();
      else if (this.#openingField.isUsable) this.#composeSix();
    };
    press("six", compose);
    press("six-more", compose);
    press("to-candidates", () => this.#open({ withFocus: true }));
    press("candidates-close", () => {
      this.#preview.stop();
      forGood.set("candidates", false);
      byId("candidates").hidden = true;
      this.#show();
      byId("to-candidates").focus();
    });
    press("round-before", () => this.#go(-1));
    press("round-after", () => this.#go(1));
    press("drop-rest", () => this.#drop(this.#tunes().filter(isCandidate)));
    press("undrop", () => this.#bringBack(this.#tunes()));
    byId("candidates").addEventListener("keydown", (event) => {
      const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
      if (!isUndo || event.shiftKey || !this.#last.length) return;
      event.preventDefault();
      event.stopPropagation(); // elsewhere it takes back a change of the tune
      this.#bringBack(this.#last.map((id) => this.#library.get(id)).filter(Boolean));
      this.#cards.get(this.#last[0])?.focus();
      this.#last = [];
    });
    for (const way of WAYS) press(`more-${way}`, () => this.#more(way, this.#tune.text));
    byId("on-hover").checked = forGood.get("on-hover", !calm.matches);
    byId("on-hover").addEventListener("change", () => {
      forGood.set("on-hover", byId("on-hover").checked);
      this.#preview.stop();
    });
  }

  #composeSix() {
    const wishes = this.#form.request;
    const body = { ...wishes, count: Math.min(SIX, this.#model.limits.max_count) };
    if (wishes.seed !== undefined) {
      const name = JSON.stringify(wishes);
      body.first = this.#composed.get(name) ?? 0; // not the same ones again
      this.#composed.set(name, body.first + body.count);
    }
    this.#rounds.begin([{ path: "v1/tunes", body, count: body.count }], { made: "new" });
  }

  // Compose tunes like one: `way` is one of more.js.
  async #more(way, abc) {
    try {
      const answer = way === "varied" ? null : await this.#preview.score(abc);
      const { temperature } = this.#form;
      const mood = temperature === null ? {} : { temperature };
      const amount = Number(byId("amount").value) / 100;
      const requests = requestsLike(way, abc, { answer, model: this.#model, amount, mood });
      this.#rounds.begin(requests, { made: way, name: tuneName(header(abc)) });
    } catch (error) {
      showError(error, () => this.#more(way, abc));
    }
  }

  #open({ withFocus = false } = {}) {
    const wasHidden = byId("candidates").hidden;
    byId("candidates").hidden = false;
    forGood.set("candidates", true);
    this.#show();
    const { top } = byId("candidates").getBoundingClientRect();
    const isInSight = top >= 0 && top < innerHeight / 2;
    const isAsked = withFocus || this.#rounds.running;
    if (isAsked && (wasHidden || !isInSight)) scrollTo(byId("candidates"));
    if (withFocus) byId("candidates").focus({ preventScroll: true });
  }

  // The rounds that have something to decide, or are of this visit; the oldest first.
  #ids() {
    const ids = new Set(this.#rounds.running ? [this.#rounds.running] : []);
    for (const tune of this.#library.tunes) {
      if (!tune.round) continue;
      const isOpen = this.#seen.has(tune.round.id) || (isCandidate(tune) && tune.removed === null);
      if (isOpen) ids.add(tune.round.id);
    }
    return [...ids].sort();
  }

  // The tunes of the round that is shown, and those of it that were dropped just now.
  #tunes() {
    return this.#library.tunes
      .filter((tune) => tune.round?.id === this.#shown)
      .filter((tune) => tune.removed === null || this.#dropped.has(tune.id))
      .sort((a, b) => a.round.place - b.round.place);
  }

  #go(by) {
    const ids = this.#ids();
    this.#preview.stop();
    this.#shown = ids[ids.indexOf(this.#shown) + by] ?? this.#shown;
    this.#show();
  }

  #show() {
    const ids = this.#ids();
    const isRunning = this.#rounds.running !== null;
    byId("six").textContent = t(isRunning ? "stop" : "six");
    byId("six-more").textContent = t(isRunning ? "stop" : "six-more");
    for (const way of WAYS) byId(`more-${way}`).disabled = this.#tune.isGrowing;
    const section = byId("candidates");
    if (!ids.length) section.hidden = true;
    byId("to-candidates").hidden = !ids.length || !section.hidden;
    if (section.hidden) return;
    if (!ids.includes(this.#shown)) this.#shown = ids.at(-1);
    const tunes = this.#tunes();
    for (const { round } of tunes) this.#seen.add(round.id);
    this.#showHead(ids, tunes);
    this.#list(tunes);
    this.#judge();
  }

  #showHead(ids, tunes) {
    const place = ids.indexOf(this.#shown);
    byId("round-place").textContent = t("round-place", { n: place + 1, of: ids.length });
    byId("rounds").hidden = ids.length < 2;
    byId("round-before").disabled = place === 0;
    byId("round-after").disabled = place === ids.length - 1;
    const isRunning = this.#rounds.running === this.#shown;
    const done = tunes.length;
    const n = done + (isRunning ? this.#rounds.waiting.size : 0);
    const there = tunes.filter(({ removed }) => removed === null).length;
    const kept = tunes.filter(({ isKept }) => isKept).length;
    const count = t(isRunning ? "candidates-coming" : "candidates-there", { done, n, there, kept });
    const { made = "new", name } = tunes[0]?.round ?? {};
    const like = made === "new" ? "" : t(`like-${made}`, { name });
    byId("candidates-status").textContent = [like, count].filter(Boolean).join(": ");
    const isOpen = (tune) => isCandidate(tune) && tune.removed === null;
    byId("drop-rest").hidden = isRunning || !tunes.some(isOpen);
    byId("undrop").hidden = !tunes.some(({ removed }) => removed !== null);
  }

  #list(tunes) {
    const elements = [];
    for (const tune of tunes) elements[tune.round.place] = this.#card(tune).element;
    if (this.#rounds.running === this.#shown) {
      for (const [place, abc] of this.#rounds.waiting) elements[place] = this.#coming(place, abc);
    } else if (!this.#rounds.running) {
      this.#waiting.clear();
    }
    const shown = elements.filter(Boolean);
    const list = byId("cards");
    const isSame =
      shown.length === list.children.length &&
      shown.every((one, place) => one === list.children[place]);
    if (isSame) return;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    list.replaceChildren(...shown);
    focused?.focus({ preventScroll: true }); // what is put in anew has lost it
  }

  #coming(place, abc) {
    const name = `${this.#shown} ${place}`;
    if (!this.#waiting.has(name)) this.#waiting.set(name, new WaitingCard());
    const card = this.#waiting.get(name);
    card.grow(abc);
    return card.element;
  }

  #card(tune) {
    let card = this.#cards.get(tune.id);
    if (!card) {
      card = new Card({ incipits: this.#incipits, on: this.#actions(tune.id) });
      this.#cards.set(tune.id, card);
    }
    card.show(tune, {
      isCurrent: tune.id === this.#history.tune && Boolean(this.#tune.text),
      isPlaying: tune.abc === this.#preview.text,
      isCompared: this.#model?.originality ?? true,
    });
    return card;
  }

  #actions(id) {
    const tune = () => this.#library.get(id);
    let isHovered = false; // it plays because the mouse is there
    return {
      open: () => this.#bring(id),
      play: () => {
        isHovered = false;
        if (this.#preview.text === tune().abc) this.#preview.stop();
        else this.#hear(tune().abc);
      },
      hover: (isOver) => {
        if (!isOver) {
          if (isHovered && this.#preview.text === tune()?.abc) this.#preview.stop();
          isHovered = false;
        } else if (byId("on-hover").checked && this.#preview.isFree) {
          const isOther = this.#preview.text !== tune().abc;
          isHovered = isOther;
          if (isOther) this.#hear(tune().abc);
        }
      },
      star: () => {
        this.#library.change(id, { isStarred: !tune().isStarred, isKept: true });
        this.#library.persist();
      },
      keep: () => {
        const isKept = !tune().isKept;
        this.#library.change(id, isKept ? { isKept } : { isKept, isStarred: false });
        this.#library.persist();
      },
      drop: () => {
        this.#drop([tune()]);
        this.#cards.get(id).focus();
      },
      more: (way) => this.#more(way, tune().abc),
      compare: () => this.#compareWith(id),
      undo: () => {
        this.#bringBack([tune()]);
        this.#cards.get(id).focus();
      },
    };
  }

  // Compare a card with the tune on the desk, or with another card where there is none.
  #compareWith(id) {
    const here = this.#library.get(this.#history.tune);
    const round = this.#tunes().filter(({ removed }) => removed === null);
    const tunes = here && !round.includes(here) ? [...round, here] : round;
    const other = here && here.id !== id ? here : round.find((tune) => tune.id !== id);
    if (!other) return;
    const choices = tunes.map((tune, place) => ({
      id: tune.id,
      abc: tune.abc,
      name: `${place + 1}. ${tuneName(header(tune.abc))}`,
      take: () => this.#bring(tune.id),
    }));
    this.#compare.open(choices, other.id, id);
  }

  async #hear(abc) {
    try {
      await this.#preview.play(abc);
    } catch (error) {
      showError(error);
    }
  }

  async #bring(id) {
    if (this.#tune.isGrowing) return;
    this.#preview.stop();
    await this.#desk.open(id);
    if (byId("paper").getBoundingClientRect().top > innerHeight / 2) scrollTo(byId("paper"));
  }

  #drop(tunes) {
    const ids = tunes.map(({ id }) => id);
    if (ids.includes(this.#history.tune)) {
      if (this.#tune.isGrowing) return;
      this.#desk.leave();
    }
    if (tunes.some(({ abc }) => abc === this.#preview.text)) this.#preview.stop();
    for (const id of ids) this.#dropped.add(id);
    this.#last = ids;
    this.#library.change(ids, { removed: Date.now() });
  }

  #bringBack(tunes) {
    const ids = tunes.filter(({ removed }) => removed !== null).map(({ id }) => id);
    this.#library.change(ids, { removed: null });
  }

  // Compare what was changed since with known tunes: a card tells it of the tune that it
  // shows.
  async #judge() {
    if (this.#isJudging) return;
    this.#isJudging = true;
    const failed = new Set();
    const isOpen = ({ id, cursor, originality, removed }) =>
      removed === null && originality?.of !== cursor && !failed.has(id);
    for (let tune; (tune = this.#tunes().find(isOpen)); ) {
      const { id, abc, cursor } = tune;
      try {
        const [{ originality }] = (await json("v1/check", { abc })).tunes;
        this.#library.change(id, { originality: { of: cursor, found: originality } });
      } catch {
        failed.add(id); // no server, or half a tune: the card says nothing of it
      }
    }
    this.#isJudging = false;
  }
}

function scrollTo(element) {
  element.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
}
