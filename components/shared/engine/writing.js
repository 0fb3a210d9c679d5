// What networks that write symbols share, whatever runs in between (vae_core/networks/_writing.py).

import { linear8 } from "./kernels.js";

/** W x + b as a function of `input` that fills a buffer of its own. */
export function linear(input, weight, bias, columns = [0, input.length]) {
  const [outputs, width] = weight.shape;
  const [from, to] = columns;
  const inputs = to - from;
  const padded = 8 * Math.ceil(outputs / 8);
  const packed = new Float32Array(padded * inputs);
  for (let o = 0; o < outputs; o++) {
    const start = (o - (o % 8)) * inputs + (o % 8);
    for (let i = 0; i < inputs; i++) packed[start + 8 * i] = weight.data[o * width + from + i];
  }
  const shift = new Float32Array(padded);
  if (bias) shift.set(bias.data);
  const out = new Float32Array(padded);
  const [indices, values] = [new Int32Array(inputs), new Float32Array(inputs)];
  const run = () => linear8(input, packed, shift, out, indices, values);
  return { out: out.subarray(0, outputs), run };
}

/** How many symbols stand before the padding, one at least. */
export function lengthOf(ids, padding) {
  let n = 0;
  while (n < ids.length && ids[n] !== padding) n++;
  return Math.max(1, n);
}

/**
 * @typedef {object} Writing
 * @property {{data: Float32Array, shape: number[]}} output  the scores [V, T]; what stands behind the end is 0
 * @property {() => void} write  each step sees the symbol that was chosen before
 * @property {(x: ArrayLike<number>) => void} force  each step sees the true symbol before: teacher forcing
 */

/**
 * A decoder that writes symbols one after the other.
 *
 * @param {object} network
 * @param {Float32Array} network.word  the input of a step: the embedding of the symbol before it
 * @param {() => void} network.start
 * @param {(t: number) => void} network.step  from `word` to `narrowed`
 * @param {Float32Array} network.narrowed  the output of a step, as wide as an embedding
 * @param {number} network.length  T
 * @param {object} weights  with `embedding.weight` [V, E], which also reads the scores off, `bias` [V] and `begin` [E]
 * @param {(logits: Float32Array, step: number) => number} choose  the symbol of a step from its scores
 * @param {number} end  the symbol after which nothing is written
 * @returns {Writing}
 */
export function writing({ word, start, step, narrowed, length }, weights, choose, end) {
  const embedding = weights["embedding.weight"];
  const [symbols, width] = embedding.shape;
  const scores = linear(narrowed, embedding, weights.bias);
  const data = new Float32Array(symbols * length);
  const run = (next) => {
    start();
    data.fill(0);
    word.set(weights.begin.data);
    for (let t = 0; t < length; t++) {
      step(t);
      scores.run();
      for (let v = 0, at = t; v < symbols; v++, at += length) data[at] = scores.out[v];
      const id = next(t);
      if (id === end) return;
      word.set(embedding.data.subarray(id * width, (id + 1) * width));
    }
  };
  return {
    output: { data, shape: [symbols, length] },
    write: () => run((t) => choose(scores.out, t)),
    force: (x) => run((t) => x[t]),
  };
}
