// The versions of the tune on the desk: undo and redo go from one to another.

import { newId } from "./library.js";
import { forGood, forThisTab } from "./storage.js";

const TYPING_PAUSE = 3000; // milliseconds: edits closer to each other are one version
const BEGINS = new Set(["new", "link", "file"]); // ways in which another tune begins

/**
 * Where the musician is among the versions of the tune. Each version knows the one
 * before it, so what was undone stays though another way is taken from there.
 *
 * Events: "moved" {made} when another version is shown, or others can be reached from
 * it; `made` is null unless it is new. "elsewhere" when another tab has changed the
 * tune.
 */
export class TuneHistory extends EventTarget {
  #library;
  #tune = null; // its id
  #opening = null; // id of the tune that is on its way
  #versions = new Map();
  #cursor = null; // the version that is shown
  #isEmptied = false; // the text is gone from the desk; no version says so
  #own = new Set(); // ids of versions made here: only these are typed on

  constructor(library) {
    super();
    this.#library = library;
    library.addEventListener("change", ({ detail }) => {
      if (detail.isElsewhere && detail.ids.includes(this.#tune)) this.#take();
    });
  }

  /** The id of the tune; null for none. */
  get tune() {
    return this.#tune;
  }

  /** The id of the version that is shown; null for none. */
  get version() {
    return this.#cursor?.id ?? null;
  }

  /** The text of that version; null for none. */
  get text() {
    return this.#cursor?.abc ?? null;
  }

  get canUndo() {
    return this.#isEmptied || this.#versions.has(this.#cursor?.parent);
  }

  get canRedo() {
    return !this.#isEmptied && this.#next !== undefined;
  }

  /** The id of the tune that was shown last, in this tab or in any. */
  get latest() {
    return forThisTab.get("tune") ?? forGood.get("tune");
  }

  /**
   * Go to a tune of the library and return its version: the one of that id, or the one
   * shown last. It returns null if another tune is opened meanwhile.
   */
  async open(tune, version = null) {
    this.#opening = tune; // until it is here, what is remembered is of the one before
    const versions = await this.#library.versions(tune);
    const record = this.#library.get(tune);
    if (this.#opening !== tune || !record) return null;
    this.#setTune(tune);
    this.#isEmptied = false;
    this.#versions = new Map(versions.map((one) => [one.id, one]));
    const { cursor: id, abc, changed: at } = record;
    // Without a version (they cannot be read now), the tune's text is there all the same.
    this.#cursor = this.#versions.get(version ?? id) ??
      versions.at(-1) ?? { id, tune, parent: null, abc, made: "back", settings: null, at };
    if (version === null) this.#moved();
    else this.#show(this.#cursor);
    return this.#cursor;
  }

  /** Leave the tune: what is remembered next begins another one. */
  leave() {
    this.#setTune(null);
    this.#versions = new Map();
    this.#cursor = null;
    this.#isEmptied = false;
    this.#moved();
  }

  /** Hear that the text was emptied: undo brings it back, and what comes is a version. */
  empty() {
    this.#isEmptied = this.#cursor !== null;
    this.#moved();
  }

  /** Go one version back and return it; from an emptied text, to the version it had. */
  undo() {
    const version = this.#isEmptied ? this.#cursor : this.#versions.get(this.#cursor.parent);
    return this.#show(version);
  }

  /** Go forward to the version made last from this one, and return it. */
  redo() {
    return this.#show(this.#next);
  }

  /** Add a version, unless its text is the one that is shown. */
  remember({ abc, made, settings }) {
    const last = this.#cursor;
    const isOther = BEGINS.has(made) || !this.#library.get(this.#tune);
    const wasEmptied = this.#isEmptied;
    this.#isEmptied = false;
    if (!isOther && last?.abc === abc) {
      if (wasEmptied) this.#moved();
      return;
    }
    if (isOther) {
      const [tune] = this.#library.add([abc], { made, settings });
      this.#setTune(tune.id);
      this.#versions = new Map();
      const { id, cursor, created: at } = tune;
      this.#cursor = { id: cursor, tune: id, parent: null, abc, made, settings, at };
    } else {
      const at = Date.now();
      const goesOn =
        made === "edited" &&
        last?.made === "edited" &&
        this.#own.has(last.id) &&
        !this.canRedo &&
        !wasEmptied &&
        (last.isDraft || at - last.at < TYPING_PAUSE);
      const parent = goesOn ? last.parent : (last?.id ?? null);
      const id = goesOn ? last.id : newId();
      this.#cursor = { id, tune: this.#tune, parent, abc, made, settings, at };
      this.#library.addVersion(this.#cursor);
    }
    this.#own.add(this.#cursor.id);
    this.#versions.set(this.#cursor.id, this.#cursor);
    this.#moved(made);
  }

  /** Take the version that is shown as half written: what is typed next replaces it. */
  holdOpen() {
    if (this.#cursor?.made !== "edited" || !this.#own.has(this.#cursor.id)) return;
    this.#cursor = { ...this.#cursor, isDraft: true };
    this.#versions.set(this.#cursor.id, this.#cursor);
    this.#library.addVersion(this.#cursor);
  }

  get #next() {
    let next;
    for (const version of this.#versions.values()) {
      const isFromHere = this.#cursor !== null && version.parent === this.#cursor.id;
      if (isFromHere && (!next || version.at >= next.at)) next = version;
    }
    return next;
  }

  #show(version) {
    this.#cursor = version;
    this.#isEmptied = false;
    const { id: cursor, abc } = version;
    this.#library.change(this.#tune, { cursor, abc, changed: Date.now() });
    this.#moved();
    return version;
  }

  #moved(made = null) {
    this.dispatchEvent(new CustomEvent("moved", { detail: { made } }));
  }

  #setTune(id) {
    this.#tune = id;
    this.#opening = null;
    for (const storage of [forThisTab, forGood]) storage.set("tune", id);
  }

  // Another tab has changed the tune: take its versions, and stay where we are.
  async #take() {
    const tune = this.#tune;
    if (!this.#library.get(tune)) return; // deleted: with the next change it begins anew
    const versions = await this.#library.versions(tune);
    if (this.#tune !== tune) return;
    const isOther = versions.some(({ id }) => !this.#versions.has(id));
    for (const version of versions) {
      if (!this.#own.has(version.id)) this.#versions.set(version.id, version);
    }
    this.#moved();
    if (isOther) this.dispatchEvent(new Event("elsewhere"));
  }
}
