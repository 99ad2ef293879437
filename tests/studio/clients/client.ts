// What users write with the types of openapi-typescript: compose, stream, render.

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

declare const process: { argv: string[] };

type Schemas = components["schemas"];

const api = createClient<paths>({ baseUrl: process.argv[2] });

const { data, error } = await api.POST("/v1/tunes", { body: { rhythm: "jig", seed: 7 } });
if (error) throw new Error(`${error.error.kind}: ${error.error.message}`);
if (typeof data === "string") throw new Error("a stream was not asked for");
const tune: Schemas["ComposedTune"] = data.tunes[0];

const { data: stream } = await api.POST("/v1/tunes", {
  body: { rhythm: "jig", seed: 7 },
  headers: { Accept: "text/event-stream" },
  parseAs: "stream",
});
const names: string[] = [];
let begun: Schemas["Begun"] | undefined;
let grown: Schemas["ComposedTune"] | undefined;
const text = await new Response(stream).text();
for (const block of text.split("\n\n")) {
  const [, name, content] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
  if (!name) continue;
  names.push(name);
  if (name === "begin") begun = JSON.parse(content);
  if (name === "tune") grown = JSON.parse(content);
}

const { data: sound, response } = await api.POST("/v1/render", {
  body: { abc: tune.abc, format: "mid" },
  parseAs: "arrayBuffer",
});

const wrong = await api.POST("/v1/tunes", { body: { key: "H" } });

console.log(
  JSON.stringify({
    abc: tune.abc,
    streamed: grown?.abc,
    begin: names[0],
    end: names.at(-1),
    seed: begun?.settings.seed,
    sound: new TextDecoder().decode(sound as unknown as ArrayBuffer).slice(0, 4),
    type: response.headers.get("content-type"),
    kind: wrong.error?.error.kind,
  }),
);
