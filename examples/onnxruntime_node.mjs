// Compose with the ONNX file from JavaScript: no Python, no abcrun, just the file's contract.
// It takes a model that writes ABC as it is, such as irish. The network of folk writes a sketch and
// signs of recall instead, and what they recall has to be fed: abcrun does that.
//
//     npm install onnxruntime-node
//     abcrun info --json exported/irish.onnx > irish.json
//     node onnxruntime_node.mjs exported/irish.onnx irish.json [SEED]

import { readFile } from "node:fs/promises";
import process from "node:process";
import ort from "onnxruntime-node";

const [file, about, seed = "1"] = process.argv.slice(2);
const spec = JSON.parse(await readFile(about, "utf8"));
if (spec.recall) {
  console.error(`${spec.name} writes signs of recall, no plain ABC; take exported/irish.onnx`);
  process.exit(1);
}
const session = await ort.InferenceSession.create(file);
const characters = [...spec.vocabulary];

// The state that goes in with a character, and comes out changed: zeros before the first one.
const zeros = () => new ort.Tensor("float32", new Float32Array(spec.hidden), [1, spec.hidden]);
let state = {};
for (let layer = 0; layer < spec.layers; layer++) {
  state[`h_in_${layer}`] = zeros();
  state[`c_in_${layer}`] = zeros();
}

/** Read one character; return the logits of the next, one for each character of the vocabulary. */
async function step(character) {
  const tokens = BigInt64Array.of(BigInt(characters.indexOf(character)));
  const { logits, ...rest } = await session.run({ tokens: new ort.Tensor("int64", tokens, [1, 1]), ...state });
  state = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name.replace("_out_", "_in_"), value]));
  return logits.data;
}

/** Draw one of the k most probable characters (top-k sampling). */
function draw(logits, { top_k: k, temperature }, random) {
  const best = [...logits.keys()].sort((a, b) => logits[b] - logits[a]).slice(0, k);
  const weights = best.map((token) => Math.exp((logits[token] - logits[best[0]]) / temperature));
  let share = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return characters[best[weights.findIndex((weight) => (share -= weight) < 0)] ?? best[0]];
}

/** Random numbers that a seed repeats (mulberry32). */
function generator(start) {
  let a = start >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const random = generator(Number(seed));
let text = spec.prompt;
let logits;
for (const character of text) logits = await step(character);
while (!text.endsWith(spec.separator) && text.length < spec.max_chars) {
  const character = draw(logits, spec.sampling, random);
  text += character;
  logits = await step(character);
}
process.stdout.write(`${text.trimEnd()}\n`);
