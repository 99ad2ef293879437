// How loud the page plays: a slider and a button that mutes, kept for the next visit.

import { byId } from "./dom.js";
import { forGood } from "./storage.js";

const LOUDEST = 100;

/** Let slider and button set the volume of a synthesiser. */
export function startVolume(synth) {
  const slider = byId("volume");
  const button = byId("mute");
  let isMuted = forGood.get("muted") === true;

  const show = () => {
    button.setAttribute("aria-pressed", String(isMuted));
    // Squared, as MIDI has it: the ear takes half the way for half as loud.
    synth.volume = isMuted ? 0 : (Number(slider.value) / LOUDEST) ** 2;
    forGood.set("volume", Number(slider.value));
    forGood.set("muted", isMuted);
  };

  slider.value = String(forGood.get("volume", LOUDEST));
  slider.addEventListener("input", () => {
    isMuted = false;
    show();
  });
  button.addEventListener("click", () => {
    isMuted = !isMuted;
    show();
  });
  show();
}
