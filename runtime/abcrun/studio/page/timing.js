// When things happen: waiting, putting off, and one thing at a time.

/** Wait; an abort by `signal` ends the wait with the signal's reason as the error. */
export const pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });

/**
 * Return a function that does `work` once no further call has come for some
 * milliseconds.
 */
export function debounce(work, milliseconds) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

/**
 * One piece of work at a time. Of what is asked meanwhile, only the newest is done.
 *
 * `work(asked)` is awaited; `failed(error, asked)` hears of its errors.
 */
export class Latest {
  #work;
  #failed;
  #isBusy = false;
  #next = null;

  constructor(work, failed) {
    this.#work = work;
    this.#failed = failed;
  }

  /** Drop what waits; what is being done goes on. */
  drop() {
    this.#next = null;
  }

  /** Do the work for `asked`, at once or after what is being done. */
  ask(asked) {
    this.#next = { asked };
    if (!this.#isBusy) this.#run();
  }

  async #run() {
    this.#isBusy = true;
    while (this.#next) {
      const { asked } = this.#next;
      this.#next = null;
      try {
        await this.#work(asked);
      } catch (error) {
        this.#failed(error, asked);
      }
    }
    this.#isBusy = false;
  }
}
