// The browser's database: tunes, their versions, and their first bars as small scores.

const NAME = "abcrun";
const STORES = ["tunes", "versions", "incipits"];

/** What is to be written in one go. What is set later takes the place of what was. */
export class Batch {
  tunes = new Map(); // by id: the fields that change; the others stay as they are kept
  versions = new Map(); // by id
  incipits = new Map(); // by the id of their tune
  deleted = new Set(); // ids of tunes

  get isEmpty() {
    return ![this.tunes, this.versions, this.incipits, this.deleted].some(({ size }) => size);
  }

  /** Return what this one and a later one write together. */
  before(later) {
    const both = new Batch();
    const isKept = (id) => !later.deleted.has(id);
    for (const { tunes, versions, incipits, deleted } of [this, later]) {
      for (const [id, change] of tunes) both.tunes.set(id, { ...both.tunes.get(id), ...change });
      for (const [id, version] of versions) both.versions.set(id, version);
      for (const [id, incipit] of incipits) both.incipits.set(id, incipit);
      for (const id of deleted) both.deleted.add(id);
    }
    for (const id of this.tunes.keys()) if (!isKept(id)) both.tunes.delete(id);
    for (const id of this.incipits.keys()) if (!isKept(id)) both.incipits.delete(id);
    for (const { id, tune } of this.versions.values()) if (!isKept(tune)) both.versions.delete(id);
    return both;
  }
}

/** Tunes, versions and incipits in IndexedDB. */
export class Database {
  #db;

  constructor(db) {
    this.#db = db;
    db.onversionchange = () => db.close(); // another tab has a newer page: it may go on
  }

  /** Open the database. It throws where the browser has none for this page. */
  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const [, versions] = STORES.map((name) =>
        request.result.createObjectStore(name, { keyPath: "id" }),
      );
      versions.createIndex("tune", "tune");
    };
    return new Database(await answer(request));
  }

  /** Return all tunes. */
  tunes() {
    return answer(this.#read("tunes").getAll());
  }

  /** Return a tune by its id, or undefined. */
  tune(id) {
    return answer(this.#read("tunes").get(id));
  }

  /** Return the versions of a tune, in no order. */
  versions(tune) {
    return answer(this.#read("versions").index("tune").getAll(tune));
  }

  /** Return the incipit of a tune, or undefined. */
  incipit(tune) {
    return answer(this.#read("incipits").get(tune));
  }

  /**
   * Write all of a batch, or throw and write nothing.
   *
   * `whole(id)` is the tune that is put where the database has none of that id.
   */
  write({ tunes, versions, incipits, deleted }, whole) {
    const transaction = this.#db.transaction(STORES, "readwrite");
    const store = (name) => transaction.objectStore(name);
    return new Promise((resolve, reject) => {
      const attempt = (work) => (event) => {
        try {
          work(event);
        } catch (error) {
          reject(error);
          transaction.abort();
        }
      };
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      attempt(() => {
        for (const id of deleted) {
          store("tunes").delete(id);
          store("incipits").delete(id);
          const keys = store("versions").index("tune").getAllKeys(id);
          keys.onsuccess = () => keys.result.forEach((key) => store("versions").delete(key));
        }
        for (const [id, change] of tunes) {
          // Read here: another tab may have changed other fields.
          const kept = store("tunes").get(id);
          kept.onsuccess = attempt(() =>
            store("tunes").put({ ...(kept.result ?? whole(id)), ...change }),
          );
        }
        for (const version of versions.values()) store("versions").put(version);
        for (const incipit of incipits.values()) store("incipits").put(incipit);
      })();
    });
  }

  #read(name) {
    return this.#db.transaction(name).objectStore(name);
  }
}

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
