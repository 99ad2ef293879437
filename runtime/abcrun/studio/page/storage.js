// What the browser keeps for the page: for good, or until the tab is closed.

/** Values as JSON in one of the browser's storages, each under a name of its own. */
class Store {
  #open;

  constructor(open) {
    this.#open = open;
  }

  /** Return what is kept under a name, or `otherwise`. */
  get(name, otherwise = null) {
    try {
      return JSON.parse(this.#open().getItem(`abcrun.${name}`)) ?? otherwise;
    } catch {
      return otherwise; // the storage is switched off, or the value is not ours
    }
  }

  /** Keep a value, if the browser allows it. */
  set(name, value) {
    try {
      this.#open().setItem(`abcrun.${name}`, JSON.stringify(value));
    } catch {
      // Switched off or full: the page goes on without it until it is reloaded.
    }
  }
}

// Each is asked for at the time of use: where cookies are refused, its mere name
// throws.
export const forGood = new Store(() => localStorage);
export const forThisTab = new Store(() => sessionStorage);
