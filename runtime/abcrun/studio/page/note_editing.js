// Changes of the note that is chosen on the score, by keys and by the buttons of its bar.
// The server changes the text, which knows what hangs on a note.

import { json } from "./api.js";
import { byId } from "./dom.js";
import { refusalText } from "./faults.js";
import { lengthName, t } from "./i18n.js";
import { placeName } from "./note_cursor.js";
import { hideError, showError, showStatus, showWaiting } from "./notices.js";

/** The bar of buttons over the player, there while a note is chosen. */
export class NoteEditing {
  #tune;
  #desk;
  #score;
  #player;
  #waiting = 0; // changes that are under way
  #work = Promise.resolve(); // changes come one after the other

  constructor({ tune, desk, score, player }) {
    this.#tune = tune;
    this.#desk = desk;
    this.#score = score;
    this.#player = player;
    const { cursor } = score;
    cursor.addEventListener("chosen", () => this.#show());
    cursor.addEventListener("change", ({ detail: { change, isRepeat } }) => {
      // A key that is held down goes as fast as the answers come.
      if (!isRepeat || !this.#waiting) this.change(change);
    });
    const buttons = [...byId("note-buttons").children];
    for (const button of buttons) {
      const { go, change } = button.dataset;
      button.addEventListener("click", () => (go ? cursor.go(Number(go)) : this.change(change)));
    }
    moveByArrows(buttons);
    byId("note-undo").addEventListener("click", () => desk.undo());
    byId("note-leave").addEventListener("click", () => score.leaveNote());
    byId("its-bar").addEventListener("click", () => {
      const { bar } = cursor.chosen;
      score.select({ first: bar, end: bar + 1 });
    });
    tune.addEventListener("change", () => {
      if (tune.isGrowing && cursor.chosen) score.leaveNote();
    });
  }

  /** Change the chosen note; `change` is one of /v1/note. */
  change(change) {
    this.#waiting++;
    this.#work = this.#work.then(() => this.#changeNow(change)).finally(() => this.#waiting--);
  }

  /** Write everything in the page's language. */
  relabel() {
    for (const button of byId("note-bar").querySelectorAll("button[aria-label]")) {
      button.title = button.getAttribute("aria-label");
    }
    this.#show();
  }

  async #changeNow(change) {
    const { text, isGrowing } = this.#tune;
    const before = this.#score.cursor.chosen;
    if (!before || isGrowing) return;
    const { line, column } = before;
    let after;
    try {
      const asked = { abc: text, line, column, change };
      after = await json("v1/note", asked, { onWait: showWaiting });
    } catch (error) {
      if (error.status === 422) showStatus(inWords(error));
      else showError(error, () => this.change(change), "note");
      return;
    }
    if (this.#tune.text !== text || this.#tune.isGrowing) return;
    hideError();
    const { abc, ...place } = after;
    this.#score.cursor.expect(place);
    this.#desk.change(abc);
    if (!this.#player.isPlaying && change !== "delete") {
      for (const pitch of place.pitches) this.#player.sound(pitch);
    }
    this.#tell(change, before);
    this.#show();
  }

  #tell(change, before) {
    const after = this.#score.cursor.chosen;
    const wasRest = !before.names.length;
    let what = change;
    if (wasRest && change === "delete") what = "take-out";
    else if (wasRest && after.names.length && change !== "insert") what = "sound";
    const bar = this.#score.barName(before.bar);
    const names = { before: placeName(before), after: placeName(after) };
    showStatus(t(`did-${what}`, { ...names, length: lengthName(after.length), bar }));
  }

  #show() {
    const { cursor } = this.#score;
    byId("note-bar").hidden = !cursor.chosen;
    byId("note-name").textContent = cursor.chosen ? cursor.nameOf(cursor.chosen) : "";
  }
}

/** Make buttons one stop of the Tab key; arrows go from one to the next. */
function moveByArrows(buttons) {
  const stopAt = (stop) => {
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  };
  stopAt(buttons[0]);
  for (const [place, button] of buttons.entries()) {
    button.addEventListener("focus", () => stopAt(button));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      buttons[(place + step + buttons.length) % buttons.length].focus();
    });
  }
}

const inWords = (error) => refusalText(error).map((part) => part.textContent ?? part).join("");
