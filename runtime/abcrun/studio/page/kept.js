// What the server last said, kept for when it cannot be reached. Plain http has no such
// store, nor a page without a server: there, nothing is kept.

import { json } from "./api.js";
import { makeButton } from "./dom.js";
import { t } from "./i18n.js";
import { showNews } from "./notices.js";

const ANSWERS = "abcrun-answers";
const SCORES = "abcrun-scores";
const MOST_SCORES = 1000; // some 15 kB each

const packed = (text, stream) => new Blob([text]).stream().pipeThrough(stream);

async function keep(store, key, content, most = Infinity) {
  try {
    const cache = await caches.open(store);
    const body = packed(JSON.stringify(content), new CompressionStream("gzip"));
    await cache.put(key, new Response(await new Response(body).blob()));
    const keys = await cache.keys(); // the oldest first
    for (const old of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(old);
  } catch {
    // No such store, or no room in it: the tunes themselves come first.
  }
}

/** Return what is kept under a key; null for nothing. */
async function find(store, key) {
  try {
    const found = await (await caches.open(store)).match(key);
    if (!found) return null;
    const body = packed(await found.blob(), new DecompressionStream("gzip"));
    return await new Response(body).json();
  } catch {
    return null;
  }
}

/** Return what a GET route says, or what it said last where there is no server. */
export async function jsonOrKept(path, options) {
  try {
    const answer = await json(path, undefined, options);
    keep(ANSWERS, path, answer);
    return answer;
  } catch (error) {
    const kept = error.kind === "offline" ? await find(ANSWERS, path) : null;
    if (!kept) throw error;
    return kept;
  }
}

/** The score that each tune of the library was last shown with. */
export class KeptScores {
  #history;
  #last = null; // {body, answer} of the last score, and by `id` whose it is, once that is known

  /** The server's version: what an older one has said, this page may not know to show. */
  version = "";

  constructor({ tuneHistory, library }) {
    this.#history = tuneHistory;
    // A tune may be drawn before it is one of the library.
    tuneHistory.addEventListener("moved", () => this.#keep());
    library.addEventListener("change", ({ detail }) => {
      for (const id of detail.ids) if (!library.get(id)) forget(keyOf(id));
    });
    library.addEventListener("trouble", ({ detail }) => {
      if (detail.kind === "full") globalThis.caches?.delete(SCORES);
    });
  }

  /** Keep what /v1/score has answered to a body. */
  keep(body, answer) {
    this.#last = { body, answer };
    this.#keep();
  }

  /** Return the answer to a body, of any width; null for none. */
  async find(body) {
    const kept = await find(SCORES, keyOf(this.#history.tune));
    const isOurs = kept?.version === this.version;
    return isOurs && isSame(kept.body, body) ? kept.answer : null;
  }

  #keep() {
    const { tune: id, text } = this.#history;
    const last = this.#last;
    if (id === null || last === null || last.id === id || last.body.abc !== text) return;
    last.id = id;
    keep(SCORES, keyOf(id), { ...last, version: this.version }, MOST_SCORES);
  }
}

const keyOf = (id) => `kept/${id}`;

const isSame = (one, other) =>
  JSON.stringify({ ...one, width: 0 }) === JSON.stringify({ ...other, width: 0 });

async function forget(key) {
  try {
    await (await caches.open(SCORES)).delete(key);
  } catch {
    // No such store: nothing was kept.
  }
}

/** Have a service worker keep the page's files, where the browser allows one. */
export function keepPage() {
  // Only over https, and on this machine. One that is refused, as to a certificate that
  // the browser does not trust, is none that is missed: the page goes on with its server.
  navigator.serviceWorker?.register("worker.js", { updateViaCache: "none" }).catch(() => {});
}

/** Offer to load the page anew if the server, which was away, is of another version. */
export async function tellOfNewer({ version }) {
  const now = await json("v1/model").catch(() => null);
  if (now === null || now.version === version) return;
  const reload = makeButton(t("reload"));
  reload.addEventListener("click", () => location.reload());
  showNews([`${t("newer-page")} `, reload]);
}
