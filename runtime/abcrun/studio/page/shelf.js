// The library on the page: a list with a search field.

import { byId } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { Incipits } from "./incipit.js";
import { isCandidate } from "./library.js";
import { TuneLine } from "./line.js";
import { header, keyName, kindName, tuneName } from "./music.js";
import { Taking } from "./taking.js";

const SEARCHED = /^[TCRONSZ]:\s*(.*)$/gm; // fields whose words are found
const MARKS = /[\u0300-\u036f]/g; // accents, parted from their letters

/** Lists the tunes that are looked for, each on a line. */
export class Shelf {
  #library;
  #desk;
  #tune;
  #history;
  #incipits;
  #taking = new Taking(this);
  #lines = new Map(); // by the id of the tune
  #removed = []; // ids of the tunes that were removed last
  #chosen = new Set(); // ids of the tunes to take along

  constructor({ library, desk, tune, tuneHistory }) {
    this.#library = library;
    this.#desk = desk;
    this.#tune = tune;
    this.#history = tuneHistory;
    this.#incipits = new Incipits(library);
    byId("search").addEventListener("input", () => this.#list());
    byId("shown").addEventListener("change", () => this.#list());
    byId("unremove").addEventListener("click", () => this.#bringBack());
    byId("empty-bin").addEventListener("click", () => {
      library.delete(this.#found().map(({ id }) => id));
      byId("shown").value = "all";
      byId("shown").focus();
      this.#list();
    });
    byId("take").addEventListener("toggle", () => {
      this.#chosen.clear();
      for (const line of this.#lines.values()) line.isChosen = false;
      byId("tunes").dataset.choosing = String(byId("take").open);
      this.#showTaken();
    });
    byId("take-away").addEventListener("click", () => this.#remove(this.taken.map(({ id }) => id)));
    library.addEventListener("change", ({ detail }) => {
      for (const id of detail.ids) if (!library.get(id)) this.#lines.delete(id);
      this.#list();
    });
    addEventListener("beforeunload", (event) => {
      // In a private window, where nothing is kept at all, nobody is asked.
      if (byId("trouble").dataset.kind === "full") event.preventDefault();
    });
    library.addEventListener("trouble", ({ detail }) => showTrouble(detail.kind));
    tuneHistory.addEventListener("moved", () => this.#list());
    byId("trouble-close").addEventListener("click", () => (byId("trouble").hidden = true));
  }

  /** Offer the formats that the server can make of tunes. */
  offer(formats) {
    this.#taking.offer(formats);
  }

  /** Write everything in the page's language. */
  relabel() {
    this.#taking.relabel();
    for (const line of this.#lines.values()) line.element.remove();
    this.#lines.clear();
    this.#list();
    if (!byId("trouble").hidden) showTrouble(byId("trouble").dataset.kind);
    if (!byId("removal").hidden) this.#showRemoval();
  }

  /** The tunes to take along: those of the list that are chosen, or all of them. */
  get taken() {
    const found = this.#found();
    const chosen = found.filter(({ id }) => this.#chosen.has(id));
    return chosen.length ? chosen : found;
  }

  // The tunes that are looked for.
  #found() {
    const shown = byId("shown").value;
    const words = plain(byId("search").value).split(/\s+/).filter(Boolean);
    return this.#library.tunes.filter((tune) => {
      if ((tune.removed !== null) !== (shown === "removed")) return false;
      const isWanted = shown === "removed" || isCandidate(tune) === (shown === "candidates");
      if (!isWanted) return false;
      if (shown === "starred" && !tune.isStarred) return false;
      if (!words.length) return true;
      const text = searchText(tune);
      return words.every((word) => text.includes(word));
    });
  }

  #list() {
    const tunes = this.#found();
    const lines = tunes.map((tune) => this.#line(tune).element);
    const list = byId("tunes");
    const isSame =
      lines.length === list.children.length &&
      lines.every((line, place) => line === list.children[place]);
    if (!isSame) {
      const focused = list.contains(document.activeElement) ? document.activeElement : null;
      list.replaceChildren(...lines);
      focused?.focus({ preventScroll: true }); // what is put in anew has lost it
    }
    const isBin = byId("shown").value === "removed";
    byId("empty-bin").hidden = !isBin || !tunes.length;
    byId("take").hidden = isBin || !tunes.length;
    this.#showTaken();
    const isLookedFor = byId("search").value.trim() || byId("shown").value !== "all";
    byId("library-count").textContent = tunes.length ? t("tunes", { n: tunes.length }) : "";
    byId("library-empty").textContent = t(isLookedFor ? "none-found" : "library-empty");
    byId("library-empty").hidden = Boolean(tunes.length);
  }

  // The line of a tune, up to date.
  #line(tune) {
    let line = this.#lines.get(tune.id);
    if (!line) {
      line = new TuneLine(tune.id, {
        versions: () => this.#library.versions(tune.id),
        incipits: this.#incipits,
        on: {
          choose: (isChosen) => {
            if (isChosen) this.#chosen.add(tune.id);
            else this.#chosen.delete(tune.id);
            this.#showTaken();
          },
          open: (version) => {
            if (!this.#tune.isGrowing) this.#desk.open(tune.id, version);
          },
          star: () => {
            const { isStarred } = this.#library.get(tune.id);
            this.#library.change(tune.id, { isStarred: !isStarred, isKept: true });
            this.#library.persist();
          },
          rename: (title) => {
            this.#desk.rename(tune.id, title);
            this.#library.persist();
          },
          tag: (tags) => this.#library.change(tune.id, { tags }),
          remove: () => this.#remove([tune.id]),
          bringBack: () => {
            this.#library.change(tune.id, { removed: null, isKept: true });
            byId("shown").focus(); // the line is gone
          },
          delete: () => {
            this.#library.delete([tune.id]);
            byId("shown").focus();
          },
        },
      });
      this.#lines.set(tune.id, line);
    }
    const isCurrent = tune.id === this.#history.tune && Boolean(this.#tune.text);
    line.show(tune, { isCurrent, version: isCurrent ? this.#history.version : tune.cursor });
    return line;
  }

  #showTaken() {
    if (!byId("take").open) return;
    const { taken } = this;
    const isChosen = taken.some(({ id }) => this.#chosen.has(id));
    byId("taken").textContent = t("taken", { n: taken.length, isChosen });
  }

  #remove(ids) {
    if (ids.includes(this.#history.tune)) {
      if (this.#tune.isGrowing) return;
      this.#desk.leave();
    }
    this.#removed = ids;
    this.#library.change(ids, { removed: Date.now() });
    this.#showRemoval();
    byId("unremove").focus();
  }

  #showRemoval() {
    const [first] = this.#removed.map((id) => this.#library.get(id)).filter(Boolean);
    const name = first ? tuneName(header(first.abc)) : "";
    byId("removal-text").textContent = t("removed", { name, n: this.#removed.length });
    byId("removal").hidden = false;
  }

  #bringBack() {
    byId("removal").hidden = true;
    this.#library.change(this.#removed, { removed: null });
    const [first] = this.#removed;
    if (!this.#tune.text && this.#library.get(first)) this.#desk.open(first);
    this.#lines.get(first)?.focus();
  }
}

/** Say why tunes are not kept, and what to do; null when they are. */
function showTrouble(kind) {
  byId("trouble").hidden = kind === null;
  byId("trouble").dataset.kind = kind ?? "";
  if (kind === null) return;
  byId("trouble-text").textContent = t(`storage-${kind}`);
}

/** Write a text as it is searched: F# for F♯, without accents and capitals. */
function plain(text) {
  const typed = text.replaceAll("♯", "#").replaceAll("♭", "b");
  return typed.normalize("NFKD").replace(MARKS, "").toLowerCase();
}

const searchTexts = new WeakMap(); // by tune: a tune that changes is another object

function searchText(tune) {
  const known = searchTexts.get(tune);
  if (known?.language === currentLanguage()) return known.text;
  const head = header(tune.abc);
  const fields = [...tune.abc.matchAll(SEARCHED)].map(([, words]) => words);
  const parts = [tuneName(head), kindName(head), keyName(head), head.meter, ...fields, ...tune.tags];
  const text = plain(parts.join(" "));
  searchTexts.set(tune, { language: currentLanguage(), text });
  return text;
}
