// Links to tunes: the whole tune in the page's address.

import { ApiError } from "./api.js";
import { copyText } from "./files.js";
import { t } from "./i18n.js";
import { showError, showStatus } from "./notices.js";
import { fragmentOf, isLink, linkOf, pack, unpack } from "./share.js";

/** Makes and opens links. */
export class Links {
  #tune;
  #desk;
  #sound;
  #composing;
  #library;

  constructor({ tune, desk, sound, composing, tuneHistory, library }) {
    this.#tune = tune;
    this.#desk = desk;
    this.#sound = sound;
    this.#composing = composing;
    this.#library = library;
    tuneHistory.addEventListener("moved", ({ detail }) => {
      if (detail.made === "link" || !isLink(fragmentOf(location))) return;
      history.replaceState(null, "", location.pathname); // it is another tune's
    });
    addEventListener("hashchange", () => this.open());
  }

  /** Put a link to the current tune into the address and on the clipboard. */
  async share() {
    const content = { abc: this.#tune.text, ...this.#sound.choices };
    if (this.#tune.facts.settings) content.settings = this.#tune.facts.settings;
    history.replaceState(null, "", location.pathname + linkOf(await pack(content)));
    showStatus(t((await copyText(location.href)) ? "shared" : "copy-failed"));
  }

  /** Show the tune of the address; return whether there is one. */
  async open() {
    let content;
    try {
      content = await unpack(fragmentOf(location));
    } catch {
      showError(new ApiError(0, "link", t("bad-link")));
      return false;
    }
    if (content === null) return false;
    this.#composing.stop();
    this.#sound.choose(content);
    const known = this.#library.withText(content.abc);
    if (known) {
      await this.#desk.open(known.id);
      return true;
    }
    // The link may be made by hand: whatever is not what `share` writes is left out.
    const isObject = content.settings && typeof content.settings === "object";
    const settings = isObject ? content.settings : null;
    this.#desk.goTo({ abc: content.abc, settings }, { isOther: true });
    this.#desk.remember("link", settings);
    return true;
  }
}
