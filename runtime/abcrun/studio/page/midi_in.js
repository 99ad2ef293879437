// A MIDI keyboard that is plugged in: what is played on it is written.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

const NOTE_ON = 0x90;

/** Listens once it is asked to. Event: "note" {pitch}. */
export class MidiIn extends EventTarget {
  #access = null;
  #isOn = false;
  #said = ["", {}]; // what is told, to be told in another language

  constructor() {
    super();
    byId("midi").addEventListener("click", () => {
      if (this.#isOn) this.stop();
      else this.#start();
    });
  }

  /** Write all names in the page's language. */
  relabel() {
    const [key, values] = this.#said;
    byId("midi-says").textContent = key ? t(key, values) : "";
  }

  /** Listen no longer. */
  stop() {
    if (this.#access) this.#access.onstatechange = null;
    for (const input of this.#access?.inputs.values() ?? []) input.onmidimessage = null;
    this.#show(false, "");
  }

  // Browsers ask the musician: so it is asked for only when the button is pressed.
  async #start() {
    if (!navigator.requestMIDIAccess) return this.#show(false, "midi-none");
    try {
      this.#access ??= await navigator.requestMIDIAccess();
    } catch {
      return this.#show(false, "midi-refused");
    }
    this.#access.onstatechange = () => this.#listen();
    this.#listen();
  }

  #listen() {
    const inputs = [...this.#access.inputs.values()];
    for (const input of inputs) input.onmidimessage = ({ data }) => this.#hear(data);
    const plugged = inputs.filter(({ state }) => state !== "disconnected");
    const names = plugged.map(({ name }) => name).join(", ");
    this.#show(true, names ? "midi-on" : "midi-unplugged", { names });
  }

  #hear([status, pitch, velocity]) {
    if ((status & 0xf0) !== NOTE_ON || !velocity) return; // with velocity 0 it ends
    this.dispatchEvent(new CustomEvent("note", { detail: { pitch } }));
  }

  #show(isOn, key, values = {}) {
    this.#isOn = isOn;
    byId("midi").setAttribute("aria-pressed", String(isOn));
    this.#said = [key, values];
    this.relabel();
  }
}
