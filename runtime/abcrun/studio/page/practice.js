// The practice bar: loop, count-in, clicks, and a loop that gets faster.

import { byId, makeOption } from "./dom.js";
import { t } from "./i18n.js";
import { forGood } from "./storage.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const KEPT = ["counts-in", "clicks"]; // for the next visit

/** Return {from, to} in seconds of the bars [first, end), the first time they are played. */
function spanOf(bars, { first, end }) {
  const isIn = ({ bar }) => bar >= first && bar < end;
  const start = bars.findIndex(isIn);
  if (start < 0) return null;
  let last = start;
  while (last + 1 < bars.length && isIn(bars[last + 1]) && bars[last + 1].bar > bars[last].bar) {
    last++;
  }
  return { from: bars[start].start, to: bars[last].end };
}

/** The panel over the player. */
export class Practice {
  #player;
  #score;
  #sound;
  #chosen = null; // bars {first, end}: the last that were selected
  #hasGoal = false; // the musician has said up to which tempo; else it is the tune's own

  constructor({ player, score, sound }) {
    this.#player = player;
    this.#score = score;
    this.#sound = sound;
    byId("practice-open").addEventListener("click", () => {
      const isOpen = (byId("practice").hidden = !byId("practice").hidden);
      byId("practice-open").setAttribute("aria-expanded", String(!isOpen));
    });
    for (const id of KEPT) {
      byId(id).checked = forGood.get(id) === true;
      byId(id).addEventListener("change", () => forGood.set(id, byId(id).checked));
    }
    for (const id of ["loop", ...KEPT, "faster", "faster-by", "faster-to"]) {
      byId(id).addEventListener("change", () => this.#apply());
    }
    byId("faster-to").addEventListener("change", () => (this.#hasGoal = true));
    byId("loop-here").addEventListener("click", () => {
      byId("loop").value = "chosen";
      this.#apply();
      if (!player.willPlay) player.play();
    });
    score.addEventListener("selection", ({ detail }) => {
      if (!detail) return; // what was chosen is looped on
      this.#chosen = this.#barsOfFirstVoice(detail);
      this.relabel();
    });
    player.addEventListener("music", () => {
      if (!player.hasMusic) {
        this.#chosen = null;
        byId("loop").value = "off";
      }
      if (!this.#hasGoal) byId("faster-to").value = String(Math.round(sound.perMinute));
      this.relabel();
    });
    player.addEventListener("rate", () => (sound.factor = player.rate));
  }

  /** Write all choices in the page's language, and offer what the tune has. */
  relabel() {
    const before = byId("loop").value;
    const parts = this.#player.performance?.sections ?? [];
    byId("loop").replaceChildren(
      makeOption("off", t("loop-off")),
      makeOption("whole", t("loop-whole")),
      ...parts.map((part, index) =>
        makeOption(
          `part ${index}`,
          t("loop-part", { letter: LETTERS[index % 26], bars: this.#nameOf(part) }),
        ),
      ),
    );
    if (this.#chosen) {
      byId("loop").append(makeOption("chosen", this.#nameOf(this.#chosen)));
    }
    byId("loop").value = before;
    if (!byId("loop").value) byId("loop").value = "off";
    this.#apply();
  }

  // There is nothing to name while another score is on its way.
  #nameOf(bars) {
    return bars.end <= this.#score.barCount ? this.#score.rangeName(bars) : "";
  }

  #apply() {
    const loop = this.#loop;
    const perMinute = this.#sound.perMinute; // at the tune's own tempo
    const [by, upTo] = ["faster-by", "faster-to"].map((id) => Number(byId(id).value) / perMinute);
    const isFaster = byId("faster").checked && by > 0;
    byId("faster-row").hidden = loop === null;
    byId("faster-how").hidden = loop === null || !byId("faster").checked;
    this.#player.practise({
      loop,
      faster: isFaster ? { by, upTo } : null,
      clicks: byId("clicks").checked,
      countsIn: byId("counts-in").checked,
    });
  }

  // The stretch of the tune that is chosen, in seconds; null for none.
  get #loop() {
    const { performance, seconds } = this.#player;
    const { value } = byId("loop");
    if (!performance || value === "off") return null;
    if (value === "whole") return { from: 0, to: seconds };
    const part = value === "chosen" ? this.#chosen : performance.sections[value.split(" ")[1]];
    return part ? spanOf(performance.bars, part) : null;
  }

  // Bars are played by the first voice: those of others stand below its own.
  #barsOfFirstVoice({ first, end }) {
    return { first: this.#score.topBar(first), end: this.#score.topBar(end - 1) + 1 };
  }
}
