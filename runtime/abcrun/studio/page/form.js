// The wishes: what the model offers as choices, and the choices as the arguments of /v1/tunes.

import { modeName, rhythmName, t, tonicName } from "./i18n.js";

const CALMEST = 0.6; // of the model's own temperature, at the left end of the mood; the right end is as far above it
const COMMON_TONICS = ["G", "D", "A", "E", "C"]; // for a mode without a tonic: what most instruments of these books like
const MOST_FORMS = 12; // the most common ones; the rest are oddities of single tunes
const WORDS = 5;

const byId = (id) => document.getElementById(id);
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function option(value, text) {
  const element = document.createElement("option");
  element.value = value;
  element.textContent = text;
  return element;
}

function chip(group, value, content) {
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

// 6/8 as it stands in a score, one number over the other.
function meterFace(meter) {
  const [upper, lower] = meter.split("/");
  if (lower === undefined) return meter;
  const stacked = document.createElement("span");
  stacked.className = "stacked";
  stacked.setAttribute("aria-hidden", "true");
  stacked.append(...[upper, lower].map((number) => {
    const element = document.createElement("b");
    element.textContent = number;
    return element;
  }));
  const spoken = document.createElement("span");
  spoken.className = "hush";
  spoken.textContent = meter;
  return [stacked, spoken];
}

export class Wishes {
  #model = null;

  constructor() {
    byId("rhythms").addEventListener("change", () => this.#narrow());
    byId("meters").addEventListener("change", () => this.#narrow());
    byId("form").addEventListener("change", () => this.#narrow());
    byId("bars").addEventListener("change", () => this.#narrow());
    byId("mood").addEventListener("input", () => this.#nameMood());
    this.#nameMood();
  }

  /** Offer what /v1/model says that the model can do. */
  offer(model) {
    this.#model = model;
    this.relabel();
  }

  /** Write all choices in the page's language; what was chosen stays. */
  relabel() {
    this.#nameMood();
    const model = this.#model;
    if (!model) return;
    const chosen = this.#chosen();
    const some = (list) => (list ?? []).filter((entry) => entry !== "" && entry !== null);
    const rhythms = some(model.rhythms);
    byId("rhythms").replaceChildren(
      chip("rhythm", "", capital(t("any"))),
      ...rhythms.map((rhythm) => chip("rhythm", rhythm, capital(rhythmName(rhythm)))),
    );
    byId("meters").replaceChildren(
      chip("meter", "", t("any-meter")),
      ...some(model.meters).map((meter) => chip("meter", meter, meterFace(meter))),
    );
    byId("tonic").replaceChildren(
      option("", t("any")),
      ...some(model.tonics).map((tonic) => option(tonic, capital(tonicName(tonic)))),
    );
    byId("mode").replaceChildren(option("", t("any-mode")), ...some(model.modes).map((mode) => option(mode, modeName(mode))));
    byId("bars").replaceChildren(option("", t("any")), ...some(model.bars).map((n) => option(n, t("bars", { n }))));
    byId("form").replaceChildren(option("", t("any")), ...some(model.forms).slice(0, MOST_FORMS).map((form) => option(form, form)));
    byId("rhythm-field").hidden = !rhythms.length;
    byId("meter-field").hidden = !some(model.meters).length;
    byId("key-field").hidden = !some(model.tonics).length;
    byId("length-field").hidden = !some(model.bars).length && !some(model.forms).length;
    this.#choose("rhythm", chosen.rhythm);
    this.#choose("meter", chosen.meter);
    for (const name of ["tonic", "mode", "bars", "form"]) byId(name).value = chosen[name];
    this.#narrow();
  }

  /** The arguments of /v1/tunes: only what was chosen. */
  get arguments() {
    const { rhythm, meter, tonic, mode, bars, form } = this.#chosen();
    const asked = {};
    if (rhythm) asked.rhythm = rhythm;
    if (meter) asked.meter = meter;
    if (tonic) asked.key = `${tonic} ${mode || "major"}`;
    else if (mode) {
      const known = COMMON_TONICS.filter((one) => this.#model.tonics.includes(one));
      asked.key = `${known[Math.floor(Math.random() * known.length)] ?? this.#model.tonics[0]} ${mode}`;
    }
    if (bars) asked.bars = Number(bars);
    if (form) asked.form = form;
    const temperature = this.temperature;
    if (temperature !== null) asked.temperature = temperature;
    const title = byId("tune-title").value.trim();
    const opening = byId("opening").value.trim();
    const seed = byId("seed").value.trim();
    if (title) asked.title = title;
    if (opening) asked.prompt = opening;
    if (seed) asked.seed = Number(seed);
    return asked;
  }

  /** The mood as a temperature; null where the model's own is taken. */
  get temperature() {
    const mood = Number(byId("mood").value);
    if (mood === 50 || !this.#model?.temperature) return null;
    return Math.round(this.#model.temperature * (1 + ((mood - 50) / 50) * (1 - CALMEST)) * 100) / 100;
  }

  #chosen() {
    const radio = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value ?? "";
    return {
      rhythm: radio("rhythm"), meter: radio("meter"), tonic: byId("tonic").value, mode: byId("mode").value,
      bars: byId("bars").value, form: byId("form").value,
    };
  }

  #choose(group, value) {
    const inputs = [...document.querySelectorAll(`input[name="${group}"]`)];
    (inputs.find((input) => input.value === value) ?? inputs[0]).checked = true;
  }

  // Only what goes together: type before meter before form before length. What does not fit any more is let go.
  #narrow() {
    const model = this.#model;
    if (!model) return;
    const { rhythm } = this.#chosen();
    const combinations = model.combinations ?? null;
    const fits = (asked) =>
      !combinations ||
      combinations.some(([meter, kind, form, bars]) =>
        (!asked.rhythm || asked.rhythm === kind) && (!asked.meter || asked.meter === meter) &&
        (!asked.form || asked.form === form) && (!asked.bars || Number(asked.bars) === bars));
    for (const label of byId("meters").children) {
      const meter = label.firstElementChild.value;
      const known = !rhythm || !meter || (model.rhythms_by_meter?.[meter] ?? []).includes(rhythm);
      label.hidden = !known;
      label.firstElementChild.disabled = !known;
    }
    if (document.querySelector('input[name="meter"]:checked')?.disabled) this.#choose("meter", "");
    const { meter } = this.#chosen();
    for (const one of byId("form").options) one.disabled = !fits({ rhythm, meter, form: one.value });
    if (byId("form").selectedOptions[0]?.disabled) byId("form").value = "";
    const form = byId("form").value;
    for (const one of byId("bars").options) one.disabled = !fits({ rhythm, meter, form, bars: one.value });
    if (byId("bars").selectedOptions[0]?.disabled) byId("bars").value = "";
  }

  #nameMood() {
    const mood = Number(byId("mood").value);
    byId("mood-name").textContent = t("moods")[Math.min(WORDS - 1, Math.floor((mood / 101) * WORDS))];
    byId("mood").setAttribute("aria-valuetext", byId("mood-name").textContent);
  }
}
