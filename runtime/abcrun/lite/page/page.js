// A page without a server: the network runs in the visitor's browser, and what it writes stays there.

import * as ort from "./onnxruntime/ort.wasm.min.mjs";
import { Composer } from "./composer.mjs";

const WORDS = {
  en: {
    about: "The network {name} writes a tune, character by character, on this device. It continues text, and knows no bars: the studio's tunes are looked after, these are not.",
    seed: "Seed",
    temperature: "Temperature",
    choices: "Choices a character",
    compose: "Compose",
    copy: "Copy",
    copied: "Copied.",
    selected: "This page may not copy: the tune is selected, copy it by the keys.",
    save: "Save as ABC",
    loading: "Loading the network …",
    composing: "Composing …",
    done: "Done: {count} characters in {seconds} s.",
    unready: "The network cannot be loaded ({why}). Reload the page to try again.",
    failed: "The tune ended early ({why}). Compose again.",
  },
  es: {
    about: "La red {name} escribe una melodía, carácter a carácter, en este dispositivo. Continúa el texto y no conoce compases: las melodías del estudio están cuidadas; estas no.",
    seed: "Semilla",
    temperature: "Temperatura",
    choices: "Opciones por carácter",
    compose: "Componer",
    copy: "Copiar",
    copied: "Copiado.",
    selected: "Esta página no puede copiar: la melodía está seleccionada, cópiela con el teclado.",
    save: "Guardar como ABC",
    loading: "Cargando la red …",
    composing: "Componiendo …",
    done: "Hecho: {count} caracteres en {seconds} s.",
    unready: "No se puede cargar la red ({why}). Recargue la página para intentarlo de nuevo.",
    failed: "La melodía acabó antes de tiempo ({why}). Componga otra vez.",
  },
};

const language = navigator.language.startsWith("es") ? "es" : "en";
const byId = (id) => document.getElementById(id);
const say = (word, values = {}) =>
  WORDS[language][word].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const tell = (word, values) => (byId("status").textContent = say(word, values));

/** Load the network and the program that runs it: after this nothing is fetched any more. */
async function load() {
  // Several threads need headers that a plain file server does not send.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./onnxruntime/", import.meta.url).href;
  const spec = await (await found("model.json")).json();
  const model = new Uint8Array(await (await found("model.onnx")).arrayBuffer());
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  return new Composer(ort, session, spec);
}

async function found(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
}

/** Show a tune as it is written, and offer it. */
async function compose(composer) {
  const started = performance.now();
  const sampling = {
    top_k: byId("choices").valueAsNumber,
    temperature: byId("temperature").valueAsNumber,
  };
  let text = "";
  byId("tune").hidden = false;
  byId("taking").hidden = true;
  tell("composing");
  for await (const characters of composer.compose({ seed: byId("seed").valueAsNumber, sampling })) {
    text += characters;
    byId("tune").textContent = text;
    // The network works where the page is drawn: let it be drawn now and then.
    if (text.length % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  text = `${text.trim()}\n`;
  byId("tune").textContent = text;
  URL.revokeObjectURL(byId("save").href);
  byId("save").href = URL.createObjectURL(new Blob([text], { type: "text/vnd.abc" }));
  byId("taking").hidden = false;
  const seconds = ((performance.now() - started) / 1000).toLocaleString(language, {
    maximumFractionDigits: 1,
  });
  tell("done", { count: text.length.toLocaleString(language), seconds });
}

document.documentElement.lang = language;
for (const element of document.querySelectorAll("[data-word]")) {
  element.textContent = say(element.dataset.word);
}
byId("seed").value = crypto.getRandomValues(new Uint16Array(1))[0];
byId("copy").addEventListener("click", async () => {
  try {
    // There is no clipboard for pages that came by plain http from another machine.
    await navigator.clipboard.writeText(byId("tune").textContent);
    tell("copied");
  } catch {
    getSelection().selectAllChildren(byId("tune"));
    tell("selected");
  }
});
tell("loading");
try {
  const composer = await load();
  byId("about").textContent = say("about", { name: composer.spec.name });
  byId("temperature").value = composer.spec.sampling.temperature;
  byId("choices").value = composer.spec.sampling.top_k;
  byId("choices").max = composer.characters.length;
  byId("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    byId("compose").disabled = true;
    try {
      await compose(composer);
      byId("seed").value = byId("seed").valueAsNumber + 1;
    } catch (error) {
      tell("failed", { why: error.message });
    }
    byId("compose").disabled = false;
  });
  byId("status").textContent = "";
  byId("compose").disabled = false;
} catch (error) {
  tell("unready", { why: error.message });
}
