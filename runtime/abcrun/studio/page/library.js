// The library: every tune with its versions, kept by the browser and shared by its tabs.

import { Batch, Database } from "./database.js";
import { forThisTab } from "./storage.js";

/**
 * Return an id that no other tune or version has. Later ones sort behind earlier ones.
 */
export function newId() {
  const random = crypto.getRandomValues(new Uint32Array(2)); // randomUUID needs https
  return [Date.now(), ...random].map((number) => number.toString(36)).join("-");
}

/** Whether a tune came on a card and is neither kept nor worked on yet. */
export const isCandidate = (tune) => Boolean(tune.round) && !tune.isKept;

/**
 * Tunes {id, abc, cursor, created, changed, isStarred, tags, removed}: `cursor` is the
 * id of the version that is shown, `removed` when the tune was put away, or null. Those
 * that came on cards have a `round` (see candidates.js) and `isKept`, too.
 * Versions are {id, tune, parent, abc, made, settings, at}, `parent` the one before.
 *
 * What is set is here at once, and kept soon after. What cannot be kept stays here
 * until the page is left, and is tried again with every later change.
 *
 * Events: "change" {ids, isElsewhere} when tunes are new or others; `isElsewhere`: in
 * another tab. "trouble" {kind}: "full" or "unavailable" when tunes are not kept any
 * more, null when they are again.
 */
export class Library extends EventTarget {
  #tunes = new Map();
  #database = null;
  #waiting = new Batch(); // what is still to be written
  #writing = null; // while something is being written
  #trouble = null;
  #hasFailed = false; // the last write, for another reason than room
  #channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("abcrun") : null;

  constructor() {
    super();
    this.#channel?.addEventListener("message", ({ data }) => this.#reread(data.ids));
  }

  /** Bring all tunes in; without a database of the browser, there are none yet. */
  async open() {
    if (this.#database) return;
    await this.#connect();
    this.#takeOldTunes();
    this.#changed([...this.#tunes.keys()]);
    await this.#write();
    if (this.#database && this.#waiting.isEmpty) forThisTab.set("tunes", []);
  }

  /** All tunes, the newest first; those that are removed, too. */
  get tunes() {
    return [...this.#tunes.values()].sort((a, b) => b.created - a.created);
  }

  /** Return a tune by its id, or undefined. */
  get(id) {
    return this.#tunes.get(id);
  }

  /** Return the tune that has this text and is not removed, or undefined. */
  withText(abc) {
    const text = abc.trim();
    const tunes = [...this.#tunes.values()];
    return tunes.find((tune) => tune.removed === null && tune.abc.trim() === text);
  }

  /** Return the versions of a tune, the oldest first. */
  async versions(tune) {
    const found = new Map();
    const kept = (await this.#read((database) => database.versions(tune))) ?? [];
    const unkept = [this.#writing, this.#waiting].flatMap((batch) => [
      ...(batch?.versions.values() ?? []),
    ]);
    for (const version of [...kept, ...unkept]) {
      if (version.tune === tune) found.set(version.id, version);
    }
    return [...found.values()].sort((a, b) => a.at - b.at);
  }

  /**
   * Add tunes, each with its first version, in their order; return them. `made`: how
   * they came about; `fields`: more of each tune.
   */
  add(texts, { made, settings = null, ...fields }) {
    const now = Date.now();
    const added = texts.map((abc, place) => {
      const at = now - place; // the list has the newest first: so they keep their order
      const id = newId();
      const version = { id: newId(), tune: id, parent: null, abc, made, settings, at };
      this.#waiting.versions.set(version.id, version);
      const tune = { id, abc, cursor: version.id, created: at, changed: at };
      const whole = { ...tune, isStarred: false, tags: [], removed: null, ...fields };
      this.#tunes.set(id, whole);
      this.#waiting.tunes.set(id, whole);
      return whole;
    });
    this.#changed(added.map(({ id }) => id));
    this.#write();
    return added;
  }

  /**
   * Add those of some texts that are not here yet. Return the tunes of all, and how
   * many were known.
   */
  takeIn(texts, how) {
    const here = new Map();
    for (const tune of this.#tunes.values()) {
      if (tune.removed === null) here.set(tune.abc.trim(), tune);
    }
    const fresh = [...new Set(texts.map((abc) => abc.trim()))].filter((abc) => !here.has(abc));
    const added = this.add(
      fresh.map((abc) => `${abc}\n`),
      how,
    );
    for (const tune of added) here.set(tune.abc.trim(), tune);
    const taken = texts.map((abc) => here.get(abc.trim()));
    const candidates = taken.filter(isCandidate).map(({ id }) => id);
    if (candidates.length) this.change(candidates, { isKept: true });
    return { taken, known: texts.length - fresh.length };
  }

  /**
   * Add a version to its tune, or put it in place of the one of its id; show it. What is
   * worked on is kept.
   */
  addVersion(version) {
    this.#waiting.versions.set(version.id, version);
    const { id: cursor, abc, at: changed } = version;
    this.change(version.tune, { cursor, abc, changed, removed: null, isKept: true });
  }

  /** Change fields of a tune, or of several. */
  change(ids, fields) {
    const known = [ids].flat().filter((id) => this.#tunes.has(id));
    for (const id of known) {
      this.#tunes.set(id, { ...this.#tunes.get(id), ...fields });
      this.#waiting.tunes.set(id, { ...this.#waiting.tunes.get(id), ...fields });
    }
    this.#changed(known);
    this.#write();
  }

  /** Delete tunes for good, with all versions. */
  delete(ids) {
    const gone = new Batch();
    for (const id of ids) {
      this.#tunes.delete(id);
      gone.deleted.add(id);
    }
    this.#waiting = this.#waiting.before(gone);
    this.#changed(ids);
    this.#write();
  }

  /** Return the kept incipit {id, text, svg} of a tune, or undefined. */
  async incipit(id) {
    const waiting = this.#waiting.incipits.get(id);
    return waiting ?? this.#read((database) => database.incipit(id));
  }

  /** Keep an incipit {id, text, svg}: it is drawn once. */
  keepIncipit(incipit) {
    this.#waiting.incipits.set(incipit.id, incipit);
    this.#write();
  }

  /** Ask the browser to keep the library though its disk runs full. */
  async persist() {
    try {
      if (!(await navigator.storage.persisted())) await navigator.storage.persist();
    } catch {
      // Not over plain http, and not in every browser: it is kept as anything is.
    }
  }

  async #connect() {
    try {
      const database = await Database.open();
      for (const tune of await database.tunes()) {
        if (!this.#tunes.has(tune.id)) this.#tunes.set(tune.id, tune);
      }
      this.#database = database;
    } catch {
      this.#tell("unavailable"); // a private window, or storage is switched off
    }
  }

  // What the database has; null where it cannot be read.
  async #read(work) {
    try {
      return this.#database ? await work(this.#database) : null;
    } catch {
      return null;
    }
  }

  async #write() {
    if (!this.#database || this.#writing) return;
    while (!this.#waiting.isEmpty) {
      const batch = (this.#writing = this.#waiting);
      this.#waiting = new Batch();
      try {
        await this.#database.write(batch, (id) => this.#tunes.get(id));
      } catch (error) {
        this.#waiting = batch.before(this.#waiting);
        this.#writing = null;
        if (error?.name === "QuotaExceededError") this.#tell("full");
        else await this.#reconnect();
        return;
      }
      this.#writing = null;
      this.#hasFailed = false;
      this.#tell(null);
      const ids = [...batch.tunes.keys(), ...batch.deleted];
      if (ids.length) this.#channel?.postMessage({ ids });
    }
  }

  // Browsers close a database, as of a page that was long in the background.
  async #reconnect() {
    if (this.#hasFailed) return this.#tell("unavailable");
    this.#hasFailed = true;
    this.#database = null;
    await this.#connect();
    await this.#write();
  }

  async #reread(ids) {
    for (const id of ids) {
      if (!this.#database) return;
      const tune = await this.#read((database) => database.tune(id));
      // What this tab has changed and not written yet, it keeps.
      const own = { ...this.#writing?.tunes.get(id), ...this.#waiting.tunes.get(id) };
      if (tune) this.#tunes.set(id, { ...tune, ...own });
      else if (tune === undefined) this.#tunes.delete(id);
    }
    this.#changed(ids, true);
  }

  // Before there was a library, a tab kept its tunes until it was closed.
  #takeOldTunes() {
    const old = forThisTab.get("tunes", []);
    if (!Array.isArray(old)) return;
    for (const { abc, made, settings } of old.toReversed()) {
      if (typeof abc === "string" && abc.trim() && !this.withText(abc)) {
        this.add([abc], { made, settings });
      }
    }
  }

  #changed(ids, isElsewhere = false) {
    this.dispatchEvent(new CustomEvent("change", { detail: { ids, isElsewhere } }));
  }

  #tell(kind) {
    if (kind === this.#trouble) return;
    this.#trouble = kind;
    this.dispatchEvent(new CustomEvent("trouble", { detail: { kind } }));
  }
}
