// The contract of the exported file in JavaScript, for a browser or Node: characters in, logits and
// states out, top-k sampling. `ort` is onnxruntime-web or onnxruntime-node, the same to this file.

/** A network with its state, which writes tunes as it has learned them: by plain sampling. */
export class Composer {
  #ort;
  #session;
  #state = {};

  /** `spec` is what the file says of itself: NAME.json, or `abcrun info --json`. */
  constructor(ort, session, spec) {
    if (spec.recall) throw new Error(`${spec.name} writes signs of recall, no plain ABC; take one like irish`);
    this.#ort = ort;
    this.#session = session;
    this.spec = spec;
    this.characters = [...spec.vocabulary];
    this.tokens = new Map(this.characters.map((character, token) => [character, token]));
    this.reset();
  }

  /** Forget what was read: the states are zeros before the first character. */
  reset() {
    const { layers, hidden } = this.spec;
    const zeros = () => new this.#ort.Tensor("float32", new Float32Array(hidden), [1, hidden]);
    this.#state = {};
    for (let layer = 0; layer < layers; layer++) {
      this.#state[`h_in_${layer}`] = zeros();
      this.#state[`c_in_${layer}`] = zeros();
    }
  }

  /** Read characters; return the logits of the next one, Float32Array, one for each of the vocabulary. */
  async read(text) {
    const known = [...text].filter((character) => this.tokens.has(character));
    const tokens = BigInt64Array.from(known, (character) => BigInt(this.tokens.get(character)));
    const given = new this.#ort.Tensor("int64", tokens, [1, tokens.length]);
    const { logits, ...states } = await this.#session.run({ tokens: given, ...this.#state });
    this.#state = Object.fromEntries(
      Object.entries(states).map(([name, value]) => [name.replace("_out_", "_in_"), value]),
    );
    return logits.data.slice(-this.characters.length);
  }

  /** Yield a tune character by character, from the prompt to the blank line that ends it.
   *
   * The same seed and sampling give the same tune wherever the logits are the same. */
  async *compose({ seed = 1, sampling = this.spec.sampling } = {}) {
    const { prompt, separator, max_chars: most } = this.spec;
    const random = generator(seed);
    this.reset();
    let logits = await this.read(prompt);
    let text = prompt;
    yield prompt;
    while (!text.endsWith(separator) && text.length < most) {
      const character = this.characters[draw(logits, sampling, random)];
      text += character;
      yield character;
      logits = await this.read(character);
    }
  }
}

/** Draw one of the k most probable tokens (top-k sampling), k = 1 the most probable. */
export function draw(logits, { top_k: k, temperature }, random) {
  const best = [...logits.keys()].sort((a, b) => logits[b] - logits[a]).slice(0, k);
  const weights = best.map((token) => Math.exp((logits[token] - logits[best[0]]) / temperature));
  let share = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return best[weights.findIndex((weight) => (share -= weight) < 0)] ?? best[0];
}

/** Random numbers from 0 to 1 that a seed repeats (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
