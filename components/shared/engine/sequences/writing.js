// What networks that write symbols share, whatever runs in between (vae_core/networks/_writing.py).

import { chooserOf } from "../choices.js";
import { linear8 } from "../kernels.js";
import { matrix } from "../simd.js";

/** W x + b as a function of `input` that fills a buffer of its own; of W's columns those `from` to `to`. */
export function linear(input, { data, shape: [outputs, width] }, bias, [from, to] = [0, input.length]) {
  const inputs = to - from;
  const fast = matrix(outputs, inputs, (o, i) => data[o * width + from + i], (o) => bias?.data[o] ?? 0);
  if (fast) {
    const { x, out, run } = fast;
    return {
      out,
      run() {
        x.set(input);
        run();
      },
    };
  }
  const padded = 8 * Math.ceil(outputs / 8);
  const packed = new Float32Array(padded * inputs);
  for (let o = 0; o < outputs; o++) {
    const start = (o - (o % 8)) * inputs + (o % 8);
    for (let i = 0; i < inputs; i++) packed[start + 8 * i] = data[o * width + from + i];
  }
  const shift = new Float32Array(padded);
  if (bias) shift.set(bias.data);
  const out = new Float32Array(padded);
  const [indices, values] = [new Int32Array(inputs), new Float32Array(inputs)];
  return { out: out.subarray(0, outputs), run: () => linear8(input, packed, shift, out, indices, values) };
}

/** How many symbols stand before the padding, one at least. */
export function lengthOf(ids, padding) {
  let n = 0;
  while (n < ids.length && ids[n] !== padding) n++;
  return Math.max(1, n);
}

/**
 * @typedef {object} Writing
 * @property {Float32Array} ids  [T], what `write` wrote
 * @property {{data: Float32Array, shape: number[]}} output  the scores [V, T] of the latest `write` or `force`; what stands
 *   behind the end is 0. They are laid out for who asks: a sentence is chosen without them.
 * @property {(perturb: ?((scores: Float32Array) => void)) => void} write  each step sees the symbol that was chosen before
 * @property {(x: ArrayLike<number>, visible: Float32Array, perturb: ?((scores: Float32Array) => void)) => void} fill  as
 *   `write`, but what is visible of x stays
 * @property {(x: ArrayLike<number>) => void} force  each step sees the true symbol before: teacher forcing
 *
 * @typedef {{never?: number[], possible?: number[][], end?: number, padding?: number}} Choice  as `chooserOf` takes it, and
 *   the symbol after which nothing is written but padding
 */

/**
 * A decoder that writes symbols one after the other.
 *
 * @param {object} network
 * @param {Float32Array} network.word  the input of a step: the embedding of the symbol before it
 * @param {() => void} network.start
 * @param {(t: number, before: number) => void} network.step  from `word` to `narrowed`; `before` is the symbol whose
 *   embedding `word` is, −1 at the first
 * @param {Float32Array} network.narrowed  the output of a step, as wide as an embedding
 * @param {number} network.length  T
 * @param {object} weights  with `embedding.weight` [V, E], which also reads the scores off, `bias` [V] and `begin` [E]
 * @param {Choice} choice
 * @returns {Writing}
 */
export function writing({ word, start, step, narrowed, length }, weights, choice) {
  const { end = -1, padding = 0 } = choice;
  const embedding = weights["embedding.weight"];
  const [symbols, width] = embedding.shape;
  const { out: scores, run: read } = linear(narrowed, embedding, weights.bias);
  const best = chooserOf(choice, symbols);
  const ids = new Float32Array(length);
  const rows = new Float32Array(length * symbols);
  const data = new Float32Array(symbols * length);
  let [taken, laidOut] = [0, 0]; // steps

  const run = (next) => {
    start();
    laidOut = 0;
    word.set(weights.begin.data);
    for (let t = 0, before = -1; t < length; t++) {
      step(t, before);
      read();
      rows.set(scores, t * symbols);
      taken = t + 1;
      before = next(t);
      if (before === end) return;
      word.set(embedding.data.subarray(before * width, (before + 1) * width));
    }
  };

  return {
    ids,
    output: {
      shape: [symbols, length],
      get data() {
        if (laidOut === taken) return data;
        data.fill(0);
        for (let t = 0; t < taken; t++) {
          for (let v = 0, from = t * symbols, to = t; v < symbols; v++, to += length) data[to] = rows[from + v];
        }
        laidOut = taken;
        return data;
      },
    },
    write(perturb = null) {
      ids.fill(padding);
      run((t) => {
        perturb?.(scores);
        return (ids[t] = end >= 0 && t === length - 1 ? end : best(scores, t, 0, 1, perturb ? null : ids));
      });
    },
    fill(x, visible, perturb = null) {
      const last = visible.findLastIndex((seen, t) => seen && x[t] !== padding);
      ids.fill(padding);
      run((t) => {
        if (visible[t]) return (ids[t] = x[t]);
        perturb?.(scores);
        if (end >= 0 && t < last) scores[end] = -Infinity; // it goes on
        return (ids[t] = end >= 0 && t === length - 1 ? end : best(scores, t, 0, 1, ids));
      });
    },
    force: (x) => run((t) => x[t]),
  };
}
