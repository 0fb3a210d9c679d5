// Self-attention: an encoder that reads symbols, and a decoder that writes them (vae_core/networks/_attention.py).

import { GELU, standardize } from "../pointwise.js";
import { lengthOf, linear, writing } from "./writing.js";

const EPS = 1e-5;

/**
 * A layer that runs one step at a time and keeps the keys and values of all steps.
 *
 * @param {Float32Array} x  [W] the step's input, which becomes its output
 * @returns {{ask: (t: number) => void, look: (steps: number) => void}}  `ask` takes up step t; `look` lets it look at
 *   that many steps, so an encoder asks for all steps before any looks
 */
function block(op, x, weights, prefix, length) {
  const named = (name) => [weights[`${prefix}.${name}.weight`], weights[`${prefix}.${name}.bias`]];
  const width = x.length;
  const size = width / op.heads;
  const normed = new Float32Array(width);
  const attentionNorm = normalised(x, normed, ...named("attention_norm"));
  const project = linear(normed, ...named("queries_keys_values"));
  const seen = new Float32Array(width);
  const join = linear(seen, ...named("join"));
  const hiddenNorm = normalised(x, normed, ...named("hidden_norm"));
  const widen = linear(normed, ...named("widen"));
  const narrow = linear(widen.out, ...named("narrow"));
  const [queries, keys, values] = [0, 1, 2].map(() => new Float32Array(length * width));
  const weight = new Float32Array(length);
  const add = ({ out }) => {
    for (let i = 0; i < width; i++) x[i] += out[i];
  };
  return {
    ask(t) {
      attentionNorm();
      project.run();
      [queries, keys, values].forEach((all, i) => all.set(project.out.subarray(i * width, (i + 1) * width), t * width));
    },
    look(t, steps) {
      for (let from = 0; from < width; from += size) {
        let most = -Infinity;
        for (let s = 0; s < steps; s++) {
          let score = 0;
          for (let i = from; i < from + size; i++) score += queries[t * width + i] * keys[s * width + i];
          weight[s] = score / Math.sqrt(size);
          if (weight[s] > most) most = weight[s];
        }
        let total = 0;
        for (let s = 0; s < steps; s++) total += weight[s] = Math.exp(weight[s] - most);
        for (let i = from; i < from + size; i++) {
          let sum = 0;
          for (let s = 0; s < steps; s++) sum += weight[s] * values[s * width + i];
          seen[i] = sum / total;
        }
      }
      join.run();
      add(join);
      hiddenNorm();
      widen.run();
      for (let i = 0; i < widen.out.length; i++) widen.out[i] = GELU.none(widen.out[i]);
      narrow.run();
      add(narrow);
    },
  };
}

/** LayerNorm of `x` into `out`. */
function normalised(x, out, weight, bias) {
  return () => {
    out.set(x);
    standardize(out, 0, out.length, EPS);
    for (let i = 0; i < out.length; i++) out[i] = out[i] * weight.data[i] + bias.data[i];
  };
}

const blocks = (op, x, weights, length) => Array.from({ length: op.layers }, (_, i) => block(op, x, weights, `blocks.${i}`, length));

/**
 * Reads symbols: the mean of the last layer over the steps beside its largest values.
 *
 * @param {{layers: number, heads: number, padding: ?number}} op
 * @returns {import("../ops.js").Step}
 */
export function reader(op, { data: ids, shape: [length] }, weights) {
  const embedding = weights["embedding.weight"];
  const places = weights["positions.weight"].data;
  const width = embedding.shape[1];
  const x = new Float32Array(width);
  const rows = new Float32Array(length * width);
  const layers = blocks(op, x, weights, length);
  const normed = new Float32Array(width);
  const norm = normalised(x, normed, weights["norm.weight"], weights["norm.bias"]);
  const out = new Float32Array(2 * width);
  const [mean, most] = [out.subarray(0, width), out.subarray(width)];
  const run = () => {
    const steps = lengthOf(ids, op.padding);
    const each = (f) => {
      for (let t = 0; t < steps; t++) {
        x.set(rows.subarray(t * width, (t + 1) * width));
        f(t);
      }
    };
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < width; i++) rows[t * width + i] = embedding.data[ids[t] * width + i] + places[t * width + i];
    }
    for (const { ask, look } of layers) {
      each(ask);
      each((t) => {
        look(t, steps);
        rows.set(x, t * width);
      });
    }
    mean.fill(0);
    most.fill(-Infinity);
    each(() => {
      norm();
      for (let i = 0; i < width; i++) {
        mean[i] += normed[i] / steps;
        if (normed[i] > most[i]) most[i] = normed[i];
      }
    });
  };
  return { data: out, shape: [out.length], run };
}

/**
 * A decoder that writes: z is added to every input, and each step looks at those before it. As the `writer` of
 * recurrent.js, but that `generate` names `heads`, too.
 */
export function writer({ layers, heads, length }, weights, given, choice) {
  const width = weights["embedding.weight"].shape[1];
  const places = weights["positions.weight"].data;
  const word = new Float32Array(width);
  const beside = linear(given, weights["given.weight"], weights["given.bias"]);
  const x = new Float32Array(width);
  const stack = blocks({ layers, heads }, x, weights, length);
  const narrowed = new Float32Array(width);
  const norm = normalised(x, narrowed, weights["norm.weight"], weights["norm.bias"]);
  const step = (t) => {
    for (let i = 0; i < width; i++) x[i] = word[i] + beside.out[i] + places[t * width + i];
    for (const { ask, look } of stack) {
      ask(t);
      look(t, t + 1);
    }
    norm();
  };
  return writing({ word, start: beside.run, step, narrowed, length }, weights, choice);
}
