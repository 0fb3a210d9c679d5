// Recurrent layers for series [C, T]: a reader and a writer (vae_core/networks/_recurrent_series.py).

import { begin, bothWays, stack } from "./recurrent.js";
import { linear } from "./writing.js";

/** The last state of the highest layer, of one or of both directions. */
export function seriesReader(op, { data, shape: [channels, steps] }, weights) {
  const at = (t, row) => {
    for (let c = 0; c < channels; c++) row[c] = data[c * steps + t];
    return row;
  };
  if (op.bidirectional) {
    const { size, last, read } = bothWays(op, weights);
    const rows = Array.from({ length: steps }, () => new Float32Array(channels));
    const out = new Float32Array(2 * size);
    const run = () => {
      read(rows.map((row, t) => at(t, row)));
      last.forEach((state, d) => out.set(state, d * size));
    };
    return { data: out, shape: [out.length], run };
  }
  const input = new Float32Array(channels);
  const { cells, top, step } = stack(op.cell, op.layers, input, null, weights);
  const run = () => {
    for (const { hidden, memory } of cells) [hidden, memory].forEach((each) => each.fill(0));
    for (let t = 0; t < steps; t++) {
      at(t, input);
      step();
    }
  };
  return { data: top, shape: [top.length], run };
}

/** The input sets the first state and is the input of every step; each output is a linear function of the state. */
export function seriesWriter(op, { data: given }, weights) {
  const first = linear(given, weights["first.weight"], weights["first.bias"]);
  const cells = stack(op.cell, op.layers, new Float32Array(0), given, weights);
  const output = linear(cells.top, weights["output.weight"], weights["output.bias"]);
  const channels = output.out.length;
  const data = new Float32Array(channels * op.length);
  const run = () => {
    first.run();
    begin(cells, first.out);
    for (let t = 0; t < op.length; t++) {
      cells.step();
      output.run();
      for (let c = 0; c < channels; c++) data[c * op.length + t] = output.out[c];
    }
  };
  return { data, shape: [channels, op.length], run };
}
