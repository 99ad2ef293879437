// Compose with the ONNX file from JavaScript: no Python, no abcrun, just the file's contract, which
// composer.mjs keeps in a browser, too (`abcrun lite`).
// It takes a model that writes ABC as it is, such as irish. The network of folk writes a sketch and
// signs of recall instead, and what they recall has to be fed: abcrun does that.
//
//     npm install onnxruntime-node
//     node examples/onnxruntime_node.mjs exported/irish.onnx [SEED]

import { readFile } from "node:fs/promises";
import process from "node:process";
import ort from "onnxruntime-node";
import { Composer } from "../runtime/abcrun/lite/page/composer.mjs";

const [file, seed = "1"] = process.argv.slice(2);
// NAME.json beside NAME.onnx is what the file says of itself.
const spec = JSON.parse(await readFile(file.replace(/\.onnx$/, ".json"), "utf8"));
let text = "";
try {
  const composer = new Composer(ort, await ort.InferenceSession.create(file), spec);
  for await (const characters of composer.compose({ seed: Number(seed) })) text += characters;
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.stdout.write(`${text.trimEnd()}\n`);
