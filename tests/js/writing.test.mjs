// Matrices in vectors against sums written out, and a decoder that writes: what is chosen, drawn and forced.

import assert from "node:assert/strict";
import { test } from "node:test";

import { gumbel, uniform } from "../../components/shared/engine/random.js";
import { matrix } from "../../components/shared/engine/simd.js";
import { writing } from "../../components/shared/engine/sequences/writing.js";

for (const [outputs, inputs] of [[1, 1], [16, 4], [17, 3], [33, 130]]) {
  test(`a matrix of ${outputs} by ${inputs}`, () => {
    const [weight, bias] = [(o, i) => Math.sin(3 * o + i), (o) => o / 10];
    const made = [matrix(outputs, inputs, weight, bias), matrix(outputs, inputs, (o, i) => -weight(o, i), bias)];
    const x = Float32Array.from({ length: inputs }, (_, i) => Math.cos(i));
    for (const { x: input, run } of made) {
      input.set(x);
      run();
    }
    for (let o = 0; o < outputs; o++) {
      const sum = x.reduce((all, value, i) => all + value * weight(o, i), 0);
      assert.ok(Math.abs(made[0].out[o] - bias(o) - sum) < 1e-4);
      assert.ok(Math.abs(made[1].out[o] - bias(o) + sum) < 1e-4); // neighbours in memory keep apart
    }
  });
}

test("a matrix that no shared memory holds has one of its own", () => {
  const { x, out, run } = matrix(2048, 1200, (o, i) => Number(o === 2047 && i === 1199), () => 0.5);
  x.fill(2);
  run();
  assert.deepEqual([out[0], out[2047]], [0.5, 2.5]);
});

/** Each symbol asks for the next one, the first for 4, and 6 for the end: 0 pads, 1 ends, 2 is never written though it is likely. */
function counting(length, choice) {
  const symbols = 7;
  const identity = { shape: [symbols, symbols], data: Float32Array.from({ length: symbols ** 2 }, (_, i) => Number(i % (symbols + 1) === 0)) };
  const weights = { "embedding.weight": identity, begin: { data: new Float32Array(symbols) } };
  const [word, narrowed] = [new Float32Array(symbols), new Float32Array(symbols)];
  const step = (_t, before) => {
    assert.equal(word.indexOf(1), before);
    narrowed.fill(0);
    narrowed[2] = 9;
    narrowed[before < 0 ? 4 : before === 6 ? 1 : before + 1] = 3;
  };
  return writing({ word, start() {}, step, narrowed, length }, weights, choice);
}
const CHOICE = { never: [0, 2], end: 1, padding: 0 };
const row = ({ output: { data, shape } }, t) => Array.from({ length: shape[0] }, (_, v) => data[v * shape[1] + t]);

test("it writes up to its end, and the scores of what it wrote can be asked for", () => {
  const made = counting(6, CHOICE);
  made.write();
  assert.deepEqual([...made.ids], [4, 5, 6, 1, 0, 0]);
  assert.deepEqual(row(made, 1), [0, 0, 9, 0, 0, 3, 0]);
  assert.deepEqual(row(made, 4), [0, 0, 0, 0, 0, 0, 0]);
  const short = counting(3, CHOICE);
  short.write();
  assert.deepEqual([...short.ids], [4, 5, 1]); // an end is forced
  const endless = counting(3, {});
  endless.write();
  assert.deepEqual([...endless.ids], [2, 2, 2]);
});

test("with symbols given, the scores are those of each step after them", () => {
  const made = counting(6, CHOICE);
  made.write();
  made.force([6, 4, 1, 0, 0, 0]);
  assert.deepEqual([row(made, 0)[4], row(made, 1)[1], row(made, 2)[5], row(made, 3)[2]], [3, 3, 3, 0]);
});

test("what is hidden is chosen on the way, and a sentence goes on there", () => {
  const made = counting(6, CHOICE);
  made.fill([6, 5, 5, 1, 0, 0], [0, 1, 0, 1, 1, 1]);
  assert.deepEqual([...made.ids], [4, 5, 6, 1, 0, 0]);
  made.fill([6, 5, 1, 0, 0, 0], [1, 0, 1, 1, 1, 1]);
  assert.equal(made.ids[2], 1);
  assert.ok(made.ids[1] > 2); // the end would be the likeliest
});

test("noise is for the choice alone", () => {
  const made = counting(6, CHOICE);
  made.write((scores) => (scores[5] += 10));
  assert.equal(made.ids[0], 5);
  assert.equal(row(made, 0)[5], 0);
});

test("Gumbel noise draws from the softmax", () => {
  const [next, n] = [uniform(1), 20000];
  let ones = 0;
  for (let i = 0; i < n; i++) ones += Number(Math.log(3) + gumbel(next) > gumbel(next)); // odds of 3 to 1
  assert.ok(Math.abs(ones / n - 0.75) < 0.02);
});
