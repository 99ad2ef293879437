// Rounds of candidates: several tunes composed at once, each in the library as it comes.

import { events } from "./api.js";
import { newId } from "./library.js";
import { inOwnWords } from "./music.js";
import { forgetMissed, hideError, showError, showWaiting } from "./notices.js";

const MOST_AT_ONCE = 3; // requests of a round: browsers open six connections to a server

/**
 * Composes rounds. A tune's `round` is {id, made, name, place}: how the round came
 * about ("new", or a way of more.js), the name of the tune that it is like, and which of
 * the round's tunes it is.
 *
 * Events: "begin" when a round begins, "change" when it comes on or ends.
 */
export class Rounds extends EventTarget {
  #library;
  #running = null; // {controller, round, count, waiting}

  constructor(library) {
    super();
    this.#library = library;
  }

  /** The id of the round that is being composed, or null. */
  get running() {
    return this.#running?.round.id ?? null;
  }

  /** What is known of the tunes that are still to come: by place, the text so far. */
  get waiting() {
    return this.#running?.waiting ?? new Map();
  }

  /** Stop composing; what has come stays. */
  stop() {
    this.#running?.controller.abort();
  }

  /**
   * Compose a round. `requests` are {path, body, count}; `made` and `name`: as in the
   * tunes.
   */
  begin(requests, { made, name = "" }) {
    this.stop();
    hideError();
    forgetMissed("candidates");
    const count = requests.reduce((sum, one) => sum + one.count, 0);
    const running = {
      controller: new AbortController(),
      round: { id: newId(), made, name },
      waiting: new Map(Array.from({ length: count }, (_, place) => [place, ""])),
    };
    this.#running = running;
    this.dispatchEvent(new Event("begin"));
    this.#compose(running, requests, () => this.begin(requests, { made, name }));
  }

  async #compose(running, requests, retry) {
    let place = 0;
    const queue = requests.map((request) => {
      const first = place;
      place += request.count;
      return { ...request, first };
    });
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await this.#ask(running, next);
    };
    try {
      await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
    } catch (error) {
      queue.length = 0;
      const isStopped = running.controller.signal.aborted;
      running.controller.abort(); // the others, too
      if (!isStopped) showError(error, retry, "candidates");
    }
    if (this.#running !== running) return;
    this.#running = null;
    this.#changed();
  }

  async #ask({ controller, round, waiting }, { path, body, first }) {
    const options = { signal: controller.signal, onWait: showWaiting };
    for await (const { event, data } of events(path, body, options)) {
      // The server counts the tunes of a seed.
      const place = first + (data.index ?? 0) - (body.first ?? 0);
      if (event === "progress") {
        waiting.set(place, data.abc);
      } else if (event === "tune") {
        waiting.delete(place);
        this.#take(data, { ...round, place });
      } else {
        continue;
      }
      this.#changed();
    }
  }

  #take({ abc, originality, settings }, round) {
    const isNew = round.made !== "varied";
    const made = isNew ? "new" : round.made;
    const text = isNew ? inOwnWords(abc) : abc;
    const [{ id, cursor }] = this.#library.add([text], { made, settings, round, isKept: false });
    this.#library.change(id, { originality: { of: cursor, found: originality } });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
