// Key, part and instrument of the tune: where it is moved to, and who can play it.
// Whatever is chosen makes another text of the tune, so that score, sound, files, links
// and undo follow.

import { json } from "./api.js";
import { byId, makeOption } from "./dom.js";
import { capital, noteName, playerName, t, tonicName } from "./i18n.js";
import { header, keyName } from "./music.js";
import { FIFTHS, MODE_SHARPS } from "./notes.js";
import { showError, showStatus, showWaiting } from "./notices.js";
import { forGood } from "./storage.js";

const PARTS = { C: 0, Bb: -2, Eb: -9, F: -7 }; // as in abcrun.notation.instruments
const MOST_FRETS = 11; // of a capo
const STEPS = { "semitone-down": -1, "semitone-up": 1, "octave-down": -12, "octave-up": 12 };

/** Return the tonics of the twelve keys of a mode, from five flats to six sharps. */
function tonicsOf(mode) {
  return Array.from({ length: 12 }, (_, index) => {
    const place = index - 5 - MODE_SHARPS[mode] + 1; // among the letters, F is 0
    const signs = Math.floor(place / 7);
    return FIFTHS[place - 7 * signs] + (signs < 0 ? "b" : "#").repeat(Math.abs(signs));
  }).sort();
}

/** Return the part that sounds so many semitones from where it is written; "" for none. */
function partOf(semitones) {
  if (semitones > 0 && semitones <= MOST_FRETS) return `capo ${semitones}`;
  return Object.keys(PARTS).find((part) => PARTS[part] === semitones) ?? "";
}

/** The panel over the player, and the line below the score. */
export class Pitch {
  #tune;
  #desk;
  #players = [];
  #work = Promise.resolve(); // moves come one after the other

  constructor({ tune, desk }) {
    this.#tune = tune;
    this.#desk = desk;
    byId("pitch-open").addEventListener("click", () => {
      const isOpen = (byId("pitch").hidden = !byId("pitch").hidden);
      byId("pitch-open").setAttribute("aria-expanded", String(!isOpen));
    });
    byId("pitch-key").addEventListener("change", () => {
      this.#move({ transpose: `${byId("pitch-key").value} ${header(tune.text).mode}` });
    });
    byId("pitch-part").addEventListener("change", () => {
      this.#move({ part: byId("pitch-part").value });
    });
    byId("pitch-player").addEventListener("change", () => {
      forGood.set("player", byId("pitch-player").value);
      this.show();
    });
    byId("fit").addEventListener("click", () => this.#move({ fit: byId("pitch-player").value }));
    for (const [id, semitones] of Object.entries(STEPS)) {
      const transpose = semitones > 0 ? `+${semitones}` : String(semitones);
      byId(id).addEventListener("click", () => this.#move({ transpose }));
    }
    tune.addEventListener("change", () => this.show());
  }

  /** Offer the instruments that the server knows. */
  offer(players) {
    this.#players = players;
    this.relabel();
    const preferred = forGood.get("player", "");
    if (players.includes(preferred)) byId("pitch-player").value = preferred;
    this.show();
  }

  /** Write all choices in the page's language. */
  relabel() {
    const player = byId("pitch-player").value;
    byId("pitch-player").replaceChildren(
      makeOption("", t("no-player")),
      ...this.#players.map((name) => makeOption(name, capital(playerName(name)))),
    );
    byId("pitch-player").value = player;
    this.show();
  }

  /** Show where the tune is, and what the chosen instrument lacks. */
  show() {
    const { text, facts, isGrowing } = this.#tune;
    const head = header(text);
    byId("pitch").disabled = isGrowing;
    this.#showKeys(head);
    this.#showParts(head);
    const player = byId("pitch-player").value;
    byId("fit").disabled = !player;
    const lacks = facts.range?.unplayable[player] ?? [];
    const notes = lacks.map(noteName).join(", ");
    byId("lacks").textContent = lacks.length
      ? t("lacks", { name: capital(playerName(player)), notes })
      : "";
    byId("lacks").hidden = !lacks.length || isGrowing;
  }

  #showKeys({ tonic, mode }) {
    const tonics = tonic ? tonicsOf(mode) : [];
    if (tonic && !tonics.includes(tonic)) tonics.push(tonic);
    byId("pitch-key").replaceChildren(
      ...tonics.map((one) => makeOption(one, keyName({ tonic: one, mode }))),
    );
    byId("pitch-key").disabled = !tonic;
    byId("pitch-key").value = tonic;
  }

  #showParts({ transposition }) {
    const frets = Array.from({ length: MOST_FRETS }, (_, fret) => fret + 1);
    const current = partOf(transposition);
    byId("pitch-part").replaceChildren(
      makeOption("C", t("part-sounding")),
      ...["Bb", "Eb", "F"].map((one) => makeOption(one, t("part-in", { note: tonicName(one) }))),
      ...frets.map((n) => makeOption(`capo ${n}`, t("capo", { n }))),
    );
    if (!current) byId("pitch-part").append(makeOption("", t("part-other", { n: transposition })));
    byId("pitch-part").value = current;
  }

  #move(how) {
    this.#work = this.#work.then(() => this.#moveNow(how));
  }

  async #moveNow(how) {
    const { text, isGrowing } = this.#tune;
    if (!text || isGrowing) return;
    let moved;
    try {
      moved = await json("v1/transpose", { abc: text, ...how }, { onWait: showWaiting });
    } catch (error) {
      this.show(); // what was chosen is not so
      showError(error, () => this.#move(how));
      return;
    }
    if (this.#tune.text !== text || this.#tune.isGrowing) return;
    const isSame = moved.abc.trim() === text.trim();
    if (!isSame) this.#desk.replace(moved.abc, "transposed");
    else this.show();
    const key = keyName(header(moved.abc));
    if (isSame) showStatus(t("fits-already"));
    else showStatus(key ? t("moved-to", { key }) : "");
  }
}
