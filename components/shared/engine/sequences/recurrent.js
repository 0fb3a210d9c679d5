// Recurrent layers: an encoder that reads symbols, and a decoder that writes them (vae_core/networks/_recurrent.py).

import { sigmoid } from "../pointwise.js";
import { lengthOf, linear, writing } from "./writing.js";

const REMEMBERED = 4_000_000; // numbers, 16 MB: what the lowest layer asks of words that it has seen

/**
 * How a cell's state follows from its gates, as PyTorch's GRU, LSTM and RNN compute it: `x` and `h` are the gates that
 * input and state ask for, biases included.
 *
 * @type {Object<string, (x: Float32Array, h: Float32Array, hidden: Float32Array, memory: Float32Array) => void>}
 */
const CELLS = {
  rnn(x, h, hidden) {
    for (let i = 0; i < hidden.length; i++) hidden[i] = Math.tanh(x[i] + h[i]);
  },
  gru(x, h, hidden) {
    const n = hidden.length;
    for (let i = 0; i < n; i++) {
      const reset = sigmoid(x[i] + h[i]);
      const keep = sigmoid(x[n + i] + h[n + i]);
      const candidate = Math.tanh(x[2 * n + i] + reset * h[2 * n + i]);
      hidden[i] = (1 - keep) * candidate + keep * hidden[i];
    }
  },
  lstm(x, h, hidden, memory) {
    const n = hidden.length;
    for (let i = 0; i < n; i++) {
      const enter = sigmoid(x[i] + h[i]);
      const keep = sigmoid(x[n + i] + h[n + i]);
      const candidate = Math.tanh(x[2 * n + i] + h[2 * n + i]);
      memory[i] = keep * memory[i] + enter * candidate;
      hidden[i] = sigmoid(x[3 * n + i] + h[3 * n + i]) * Math.tanh(memory[i]);
    }
  },
};

/**
 * Stacked cells that run one step at a time.
 *
 * @param {Float32Array} input  of the lowest layer, which the caller fills before each step
 * @param {?Float32Array} beside  what stands behind `input` at every step; `begin` takes it up
 * @returns `step(id)`: what the lowest layer asks of symbol `id`, whose embedding `input` is, is computed once
 */
export function stack(name, layers, input, beside, weights, suffix = "") {
  const cells = [];
  let below = input;
  for (let layer = 0; layer < layers; layer++) {
    const named = (part) => weights[`cell.${part}_l${layer}${suffix}`];
    const width = named("weight_hh").shape[1];
    const hidden = new Float32Array(width);
    const ofState = linear(hidden, named("weight_hh"), named("bias_hh"));
    const still = layer === 0 && beside ? linear(beside, named("weight_ih"), named("bias_ih"), [input.length, input.length + beside.length]) : null;
    const ofInput = linear(below, named("weight_ih"), still ? null : named("bias_ih"));
    cells.push({ hidden, memory: new Float32Array(width), ofState, ofInput, still });
    below = hidden;
  }
  const known = new Map();
  const most = Math.floor(REMEMBERED / cells[0].ofInput.out.length);
  const look = (id) => {
    const { out, run } = cells[0].ofInput;
    const before = known.get(id);
    if (before) return out.set(before);
    run();
    if (id !== undefined && known.size < most) known.set(id, out.slice());
  };
  return {
    cells,
    top: below,
    begin: () => cells[0].still?.run(),
    step(id) {
      for (let layer = 0; layer < cells.length; layer++) {
        const { hidden, memory, ofState, ofInput, still } = cells[layer];
        ofState.run();
        if (layer) ofInput.run();
        else look(id);
        if (still) for (let i = 0; i < ofInput.out.length; i++) ofInput.out[i] += still.out[i];
        CELLS[name](ofInput.out, ofState.out, hidden, memory);
      }
    },
  };
}

/**
 * Reads symbols: the last state beside the largest value of each output over the steps, in one or in both directions.
 *
 * @param {{cell: string, layers: number, padding: ?number, bidirectional: boolean}} op
 * @returns {import("../ops.js").Step}
 */
export function reader(op, { data: ids }, weights) {
  if (op.layers > 1 && op.bidirectional) return deepBothWays(op, ids, weights);
  const embedding = weights["embedding.weight"];
  const width = embedding.shape[1];
  const input = new Float32Array(width);
  const directions = ["", ...(op.bidirectional ? ["_reverse"] : [])].map((suffix) => stack(op.cell, op.layers, input, null, weights, suffix));
  const size = directions[0].top.length;
  const out = new Float32Array(2 * size * directions.length);
  const run = () => {
    const steps = lengthOf(ids, op.padding);
    directions.forEach(({ cells, top, step }, d) => {
      for (const { hidden, memory } of cells) [hidden, memory].forEach((each) => each.fill(0));
      const most = out.subarray((directions.length + d) * size, (directions.length + d + 1) * size).fill(-Infinity);
      for (let t = 0; t < steps; t++) {
        const id = ids[d ? steps - 1 - t : t];
        input.set(embedding.data.subarray(id * width, (id + 1) * width));
        step(id);
        for (let i = 0; i < size; i++) if (top[i] > most[i]) most[i] = top[i];
      }
      out.set(top, d * size);
    });
  };
  return { data: out, shape: [out.length], run };
}

/** As `reader`, of several layers in both directions. */
function deepBothWays(op, ids, weights) {
  const embedding = weights["embedding.weight"];
  const width = embedding.shape[1];
  const { size, last, read } = bothWays(op, weights);
  const out = new Float32Array(4 * size);
  const run = () => {
    const steps = lengthOf(ids, op.padding);
    const rows = read(Array.from({ length: steps }, (_, t) => embedding.data.subarray(ids[t] * width, (ids[t] + 1) * width)));
    out.set(last[0], 0);
    out.set(last[1], size);
    for (let i = 0; i < 2 * size; i++) out[2 * size + i] = Math.max(...rows.map((row) => row[i]));
  };
  return { data: out, shape: [out.length], run };
}

/**
 * Layers in both directions: each reads what both directions of the one below have said.
 *
 * @returns {{size: number, last: Float32Array[], read: (rows: Float32Array[]) => Float32Array[]}}  `read` takes the
 *   input of each step and gives the highest layer's outputs, of which `last` are the last of either direction
 */
export function bothWays(op, weights) {
  const layers = Array.from({ length: op.layers }, (_, layer) => {
    const inputs = weights[`cell.weight_ih_l${layer}`].shape[1];
    const input = new Float32Array(inputs);
    return ["", "_reverse"].map((suffix) => {
      const own = {};
      for (const part of ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]) {
        own[`cell.${part}_l0`] = weights[`cell.${part}_l${layer}${suffix}`];
      }
      return { input, ...stack(op.cell, 1, input, null, own) };
    });
  });
  const last = layers.at(-1).map(({ top }) => top);
  const size = last[0].length;
  const read = (given) => {
    let rows = given;
    for (const both of layers) {
      const next = rows.map(() => new Float32Array(2 * size));
      both.forEach(({ input, cells: [{ hidden, memory }], step }, d) => {
        [hidden, memory].forEach((each) => each.fill(0));
        for (let t = 0; t < rows.length; t++) {
          const at = d ? rows.length - 1 - t : t;
          input.set(rows[at]);
          step();
          next[at].set(hidden, d * size);
        }
      });
      rows = next;
    }
    return rows;
  };
  return { size, last, read };
}

/** Set the cells' states to tanh of `first`: the states of all layers, then of an LSTM the memories. */
export function begin({ cells, begin }, first) {
  const size = cells[0].hidden.length;
  cells.forEach(({ hidden, memory }, layer) => {
    for (let i = 0; i < size; i++) hidden[i] = Math.tanh(first[layer * size + i]);
    const of = (cells.length + layer) * size;
    if (first.length > of) for (let i = 0; i < size; i++) memory[i] = Math.tanh(first[of + i]);
  });
  begin();
}

/**
 * A decoder that writes: z sets the first state and stands beside every input, and each step sees the symbol before it.
 *
 * @param {object} generate  {cell, layers, length, weights} of a program
 * @param {Float32Array} given  z and the condition, which the caller fills
 * @param {import("./writing.js").Choice} choice
 * @returns {import("./writing.js").Writing}
 */
export function writer({ cell, layers, length }, weights, given, choice) {
  const word = new Float32Array(weights["embedding.weight"].shape[1]);
  const first = linear(given, weights["first.weight"], weights["first.bias"]);
  const cells = stack(cell, layers, word, given, weights);
  const narrow = linear(cells.top, weights["narrow.weight"], weights["narrow.bias"]);
  const start = () => {
    first.run();
    begin(cells, first.out);
  };
  const step = (_t, before) => {
    cells.step(before);
    narrow.run();
  };
  return writing({ word, start, step, narrowed: narrow.out, length }, weights, choice);
}
