// The compose form: what the model offers to choose from, and the choices as a request.

import { byId, makeOption, makeSpan, nameSlider } from "./dom.js";
import { capital, modeName, rhythmName, t, tonicName } from "./i18n.js";
import { readOpening } from "./opening_text.js";

// The mood's left end as a share of the model's temperature; the right is as far above.
const CALMEST = 0.6;
// One of these is drawn for a mode without a tonic: they suit the books' instruments.
const COMMON_TONICS = ["G", "D", "A", "E", "C"];
// The tonics of modes whose keys have no signs.
const NATURAL_TONICS = {
  minor: "A",
  dorian: "D",
  mixolydian: "G",
  lydian: "F",
  phrygian: "E",
  locrian: "B",
};
const MOST_FORMS = 12; // the most common ones; the rest are oddities of single tunes

/** Make a radio button that looks like a chip; `content` is a text or nodes. */
function makeChip(group, value, content) {
  const label = document.createElement("label");
  label.className = "chip";
  const input = document.createElement("input");
  input.type = "radio";
  input.name = group;
  input.value = value;
  const face = document.createElement("span");
  if (typeof content === "string") face.textContent = content;
  else face.append(...content);
  label.append(input, face);
  return label;
}

/** Write 6/8 as it stands in a score, one number over the other; the rest as it is. */
function meterFace(meter) {
  const [upper, lower] = meter.split("/");
  if (lower === undefined) return meter;
  const stacked = document.createElement("span");
  stacked.className = "stacked";
  stacked.setAttribute("aria-hidden", "true");
  stacked.append(
    ...[upper, lower].map((number) => {
      const element = document.createElement("b");
      element.textContent = number;
      return element;
    }),
  );
  return [stacked, makeSpan("visually-hidden", meter)];
}

/** Everything that may be asked of a new tune. */
export class ComposeForm {
  #model = null;

  constructor() {
    byId("rhythms").addEventListener("change", () => this.#narrow());
    byId("meters").addEventListener("change", () => this.#narrow());
    byId("form").addEventListener("change", () => this.#narrow());
    byId("bars").addEventListener("change", () => this.#narrow());
    byId("mood").addEventListener("input", () => this.#nameMood());
    this.#nameMood();
  }

  /** Offer what the model can do, as /v1/model says. */
  offer(model) {
    this.#model = model;
    this.relabel();
  }

  /** Write all choices in the page's language; those that were made stay. */
  relabel() {
    this.#nameMood();
    const model = this.#model;
    if (!model) return;
    const chosen = this.#chosen();
    // A model of other books may lack a field, or have tunes without it.
    const some = (list) => (list ?? []).filter((entry) => entry !== "" && entry !== null);
    const rhythms = some(model.rhythms);
    byId("rhythms").replaceChildren(
      makeChip("rhythm", "", capital(t("any"))),
      ...rhythms.map((rhythm) => makeChip("rhythm", rhythm, capital(rhythmName(rhythm)))),
    );
    byId("meters").replaceChildren(
      makeChip("meter", "", t("any-meter")),
      ...some(model.meters).map((meter) => makeChip("meter", meter, meterFace(meter))),
    );
    byId("tonic").replaceChildren(
      makeOption("", t("any")),
      ...some(model.tonics).map((tonic) => makeOption(tonic, capital(tonicName(tonic)))),
    );
    byId("mode").replaceChildren(
      makeOption("", t("any-mode")),
      ...some(model.modes).map((mode) => makeOption(mode, modeName(mode))),
    );
    byId("bars").replaceChildren(
      makeOption("", t("any")),
      ...some(model.bars).map((n) => makeOption(n, t("bars", { n }))),
    );
    byId("form").replaceChildren(
      makeOption("", t("any")),
      ...some(model.forms)
        .slice(0, MOST_FORMS)
        .map((form) => makeOption(form, form)),
    );
    byId("rhythm-field").hidden = !rhythms.length;
    byId("key-field").hidden = !some(model.tonics).length;
    byId("length-field").hidden = !some(model.bars).length && !some(model.forms).length;
    this.#choose("rhythm", chosen.rhythm);
    this.#choose("meter", chosen.meter);
    for (const name of ["tonic", "mode", "bars", "form"]) byId(name).value = chosen[name];
    this.#narrow();
  }

  /** The body of /v1/tunes: only what was chosen. */
  get request() {
    const { rhythm, meter, tonic, mode, bars, form } = this.#chosen();
    const asked = {};
    if (rhythm) asked.rhythm = rhythm;
    if (meter) asked.meter = meter;
    if (tonic) asked.key = `${tonic} ${mode || "major"}`;
    else if (mode) {
      const common = COMMON_TONICS.filter((one) => this.#model.tonics.includes(one));
      const drawn = common[Math.floor(Math.random() * common.length)];
      asked.key = `${drawn ?? this.#model.tonics[0]} ${mode}`;
    }
    if (bars) asked.bars = Number(bars);
    if (form) asked.form = form;
    const temperature = this.temperature;
    if (temperature !== null) asked.temperature = temperature;
    const title = byId("tune-title").value.trim();
    const { opening } = this;
    const seed = byId("seed").value.trim();
    if (title) asked.title = title;
    if (opening) {
      Object.assign(asked, {
        meter: opening.meter,
        key: `${opening.tonic} ${opening.mode}`,
        unit: "1/8",
        prompt: opening.music,
      });
      if (opening.title && !title) asked.title = opening.title;
    }
    if (seed) asked.seed = Number(seed);
    return asked;
  }

  /**
   * What is chosen as the header of a tune: {title, rhythm, meter, tonic, mode}. The
   * meter is the usual one of the rhythm where none is chosen, and a key without a
   * tonic has no signs.
   */
  get header() {
    const { rhythm, meter, tonic, mode } = this.#chosen();
    const combinations = this.#model?.combinations ?? [];
    const [usual] = combinations.find(([, kind]) => rhythm && kind === rhythm) ?? ["4/4"];
    return {
      title: byId("tune-title").value.trim(),
      rhythm,
      meter: meter || usual,
      tonic: tonic || (NATURAL_TONICS[mode] ?? "C"),
      mode: mode || "major",
    };
  }

  /** The opening bars, read as `readOpening` does; null where there are none. */
  get opening() {
    const text = byId("opening").value.trim();
    if (!text) return null;
    const { rhythm, meter } = this.#chosen();
    const { meter: usual, tonic, mode } = this.header;
    const known = this.#model?.rhythms_by_meter ?? {};
    const meters = Object.keys(known).filter((one) => !rhythm || known[one].includes(rhythm));
    return readOpening(text, { chosen: { rhythm, meter, tonic, mode }, usual, meters });
  }

  /** Let the choices follow what the opening says of itself. */
  follow() {
    const says = this.opening?.says;
    if (!says || !this.#model) return;
    const { rhythm } = this.#chosen();
    const isOffered = (one) => this.#model.rhythms.includes(one);
    if (isOffered(says.rhythm)) this.#choose("rhythm", says.rhythm);
    else if (says.meter && !this.#model.rhythms_by_meter[says.meter]?.includes(rhythm)) {
      this.#choose("rhythm", "");
    }
    if (says.meter) this.#choose("meter", says.meter);
    if (says.tonic) {
      byId("tonic").value = this.#model.tonics.includes(says.tonic) ? says.tonic : "";
      byId("mode").value = this.#model.modes.includes(says.mode) ? says.mode : "";
    }
    this.#narrow();
  }

  /** The mood as a temperature; null in the middle, where the model's own is taken. */
  get temperature() {
    const mood = Number(byId("mood").value);
    if (mood === 50 || !this.#model?.temperature) return null;
    const factor = 1 + ((mood - 50) / 50) * (1 - CALMEST);
    return Math.round(this.#model.temperature * factor * 100) / 100;
  }

  #chosen() {
    const radio = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value ?? "";
    return {
      rhythm: radio("rhythm"),
      meter: radio("meter"),
      tonic: byId("tonic").value,
      mode: byId("mode").value,
      bars: byId("bars").value,
      form: byId("form").value,
    };
  }

  #choose(group, value) {
    const inputs = [...document.querySelectorAll(`input[name="${group}"]`)];
    (inputs.find((input) => input.value === value) ?? inputs[0]).checked = true;
  }

  // Leave only what goes together: type before meter before form before length. A
  // choice that no longer fits is given up.
  #narrow() {
    const model = this.#model;
    if (!model) return;
    const { rhythm } = this.#chosen();
    const combinations = model.combinations ?? null;
    const fits = (asked) =>
      !combinations ||
      combinations.some(
        ([meter, kind, form, bars]) =>
          (!asked.rhythm || asked.rhythm === kind) &&
          (!asked.meter || asked.meter === meter) &&
          (!asked.form || asked.form === form) &&
          (!asked.bars || Number(asked.bars) === bars),
      );
    for (const label of byId("meters").children) {
      const meter = label.firstElementChild.value;
      const isKnown = (model.rhythms_by_meter?.[meter] ?? []).includes(rhythm);
      const isOffered = !rhythm || !meter || isKnown;
      label.hidden = !isOffered;
      label.firstElementChild.disabled = !isOffered;
    }
    if (document.querySelector('input[name="meter"]:checked')?.disabled) this.#choose("meter", "");
    const { meter } = this.#chosen();
    // Of one meter there is nothing to choose: a jig is in 6/8.
    const offered = [...byId("meters").children].filter(
      (label) => !label.hidden && label.firstElementChild.value,
    );
    byId("meter-field").hidden = offered.length < (rhythm ? 2 : 1);
    for (const one of byId("form").options)
      one.disabled = !fits({ rhythm, meter, form: one.value });
    if (byId("form").selectedOptions[0]?.disabled) byId("form").value = "";
    const form = byId("form").value;
    for (const one of byId("bars").options) {
      one.disabled = !fits({ rhythm, meter, form, bars: one.value });
    }
    if (byId("bars").selectedOptions[0]?.disabled) byId("bars").value = "";
  }

  #nameMood() {
    nameSlider("mood", t("moods"));
  }
}
