// A browser without WebAssembly: a recurrent layer against its equations.

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.WebAssembly = undefined;
const { writer } = await import("../../components/shared/engine/sequences/recurrent.js");
const { matrix } = await import("../../components/shared/engine/simd.js");

test("a step of a plain recurrent network", () => {
  assert.equal(matrix(1, 1, () => 1, () => 0), null);
  const filled = (...shape) => ({ shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i + shape.length)) });
  const weights = {
    "embedding.weight": filled(5, 2), begin: filled(2), bias: filled(5), "first.weight": filled(3, 1), "first.bias": filled(3),
    "narrow.weight": filled(2, 3), "narrow.bias": filled(2), "cell.weight_ih_l0": filled(3, 3), "cell.bias_ih_l0": filled(3),
    "cell.weight_hh_l0": filled(3, 3), "cell.bias_hh_l0": filled(3),
  };
  const times = (name, x, bias) => {
    const { shape: [rows, columns], data } = weights[name];
    return Array.from({ length: rows }, (_, o) => x.reduce((sum, value, i) => sum + value * data[o * columns + i], weights[bias].data[o]));
  };
  const z = 0.7;
  const { force, output } = writer({ cell: "rnn", layers: 1, length: 4 }, weights, Float32Array.of(z), {});
  force([3, 3, 2, 0]);
  let state = times("first.weight", [z], "first.bias").map(Math.tanh);
  [-1, 3, 3, 2].forEach((before, t) => {
    const word = before < 0 ? [...weights.begin.data] : [...weights["embedding.weight"].data.subarray(2 * before, 2 * before + 2)];
    const asked = times("cell.weight_ih_l0", [...word, z], "cell.bias_ih_l0");
    state = times("cell.weight_hh_l0", state, "cell.bias_hh_l0").map((value, i) => Math.tanh(value + asked[i]));
    const expected = times("embedding.weight", times("narrow.weight", state, "narrow.bias"), "bias");
    expected.forEach((value, v) => assert.ok(Math.abs(output.data[4 * v + t] - value) < 1e-5));
  });
});
