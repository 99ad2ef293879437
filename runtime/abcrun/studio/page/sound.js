// How the tune is to sound: instrument, tempo and manner that the musician has chosen.

import { byId, makeOption } from "./dom.js";
import { instrumentName, t } from "./i18n.js";
import { beatName, header } from "./music.js";
import { forGood } from "./storage.js";

const PREFERRED = "harp";
const SLOWEST = 0.2; // of the tune's own tempo, as the slider and the number have it
const FASTEST = 2;

// What can be chosen of a tune, by the checkbox: whether it is there to be chosen, and
// whether it is played unless the musician says otherwise.
const MANNER = {
  chords: { usual: true, isIn: (text) => /"\(?[A-Ha-g][^"]*"/.test(text) },
  graces: { usual: true, isIn: (text) => /\{\/?[\^_=]*[A-Ga-g]/.test(text) },
  swing: { usual: false, isIn: (text) => /hornpipe|hop jig/.test(header(text).rhythm) },
};

/**
 * The choices below the picture of the tune. Events: "change" when instrument or tempo
 * has been chosen, "manner" when what is played.
 */
export class SoundSettings extends EventTarget {
  #tune;

  /**
   * The tempo that the text itself says, in crotchets a minute; null where it says
   * none.
   */
  ownTempo = null;

  /** Crotchets in a beat of the tune. */
  beat = 1;

  #programs = {};
  #factor = 1;

  constructor(tune) {
    super();
    this.#tune = tune;
    byId("instrument").addEventListener("change", () => {
      forGood.set("instrument", byId("instrument").value);
      this.dispatchEvent(new Event("change"));
    });
    for (const name of Object.keys(MANNER)) {
      byId(name).addEventListener("change", () => this.dispatchEvent(new Event("manner")));
    }
    byId("tempo").addEventListener("input", () => {
      this.#take(Number(byId("tempo").value) / 100);
    });
    byId("bpm").addEventListener("change", () => {
      this.#take(Number(byId("bpm").value) / this.perMinute);
    });
  }

  /** The tempo asked for, as a share of the tune's own. */
  get factor() {
    return this.#factor;
  }

  set factor(factor) {
    this.#factor = factor;
    this.showTempo();
    this.dispatchEvent(new Event("change"));
  }

  /** Beats a minute at the tune's own tempo; per cent where the text says none. */
  get perMinute() {
    return this.ownTempo === null ? 100 : this.ownTempo / this.beat;
  }

  /** What a link keeps of the sound: instrument, tempo in per cent, unusual manner. */
  get choices() {
    const choices = { instrument: byId("instrument").value, tempo: Math.round(this.factor * 1e4) / 100 };
    for (const [name, { usual }] of Object.entries(MANNER)) {
      if (byId(name).checked !== usual) choices[name] = !usual;
    }
    return choices;
  }

  /** Take the choices of a link, as far as they can be taken. */
  choose({ instrument, tempo, ...manner }) {
    for (const [name, { usual }] of Object.entries(MANNER)) {
      byId(name).checked = typeof manner[name] === "boolean" ? manner[name] : usual;
    }
    const options = [...byId("instrument").options];
    if (options.some((option) => option.value === instrument)) {
      byId("instrument").value = instrument;
    }
    const factor = Number(tempo) / 100;
    if (factor >= SLOWEST && factor <= FASTEST) this.factor = factor;
    else this.dispatchEvent(new Event("change"));
  }

  /** The General MIDI program of the chosen instrument. */
  get program() {
    return this.#programs[byId("instrument").value] ?? 0;
  }

  /** Offer the instruments of the server, and their programs. */
  offer(instruments, programs) {
    this.#programs = programs;
    byId("instrument").replaceChildren(
      ...instruments.map((name) => makeOption(name, instrumentName(name))),
    );
    const preferred = [forGood.get("instrument"), PREFERRED].find((name) =>
      instruments.includes(name),
    );
    if (preferred) byId("instrument").value = preferred;
    this.dispatchEvent(new Event("change"));
  }

  /** Return what of a text is played, as /v1/score and /v1/render take it. */
  manner(abc) {
    const chosen = {};
    if (!byId("chords").checked) chosen.chords = "off";
    if (!byId("graces").checked) chosen.grace = "none";
    if (byId("swing").checked && MANNER.swing.isIn(abc)) chosen.swing = true;
    return chosen;
  }

  /** Return the body of /v1/render for a text in a format. */
  request(abc, format) {
    const instrument = byId("instrument").value || undefined;
    const body = { abc, format, instrument, ...this.manner(abc) };
    if (this.factor !== 1 && this.ownTempo) {
      body.tempo = Math.round(this.ownTempo * this.factor * 1000) / 1000;
    }
    return body;
  }

  /** Offer what the tune has to choose from: most have nothing. */
  showManner() {
    const { text } = this.#tune;
    for (const [name, { isIn }] of Object.entries(MANNER)) {
      byId(name).closest("label").hidden = !isIn(text);
    }
    byId("manner").hidden = Object.values(MANNER).every(({ isIn }) => !isIn(text));
  }

  /** Write the tempo as a metronome mark, or in per cent where the text says none. */
  showTempo() {
    const hasOwn = this.ownTempo !== null;
    byId("tempo-beat").dataset.beat = hasOwn ? beatName(this.beat) : "none";
    byId("bpm").min = String(Math.ceil(this.perMinute * SLOWEST));
    byId("bpm").max = String(Math.floor(this.perMinute * FASTEST));
    if (document.activeElement !== byId("bpm")) this.#showNumber(); // not while it is typed
    byId("tempo").value = String(Math.round(this.factor * 100));
    const number = byId("bpm").value;
    const spoken = hasOwn ? t("per-minute", { n: number }) : `${number} %`;
    byId("tempo").setAttribute("aria-valuetext", spoken);
  }

  // Take a tempo as the nearest whole number of beats, unless it is the tune's own.
  #take(factor) {
    const { min, max } = byId("bpm");
    const beats = Math.round(this.perMinute * (factor || 1));
    const inRange = Math.max(Number(min), Math.min(Number(max), beats));
    this.factor = factor === 1 ? 1 : inRange / this.perMinute;
    this.#showNumber();
  }

  #showNumber() {
    byId("bpm").value = String(Math.round(this.perMinute * this.factor * 10) / 10);
  }

  /** Write the names in the page's language. */
  relabel() {
    for (const option of byId("instrument").options) {
      option.textContent = instrumentName(option.value);
    }
  }
}
