// Likelihoods by known values: coins, a normal density, and symbols.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkOutputs, likelihoodOf } from "../../components/shared/engine/likelihoods.js";

const close = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-9, `${found} is not ${expected}`);
const logit = (p) => Math.log(p / (1 - p));

test("a coin costs −log of what came up", () => {
  const { nll } = likelihoodOf({ name: "bernoulli" });
  close(nll([logit(0.25)], [1]), Math.log(4));
  close(nll([logit(0.25)], [0]), -Math.log(0.75));
  close(nll([800, -800], [1, 0]), 0); // no overflow
  close(nll([-800], [1]), 800);
});

test("a grey value costs the normal density's −log", () => {
  const { nll } = likelihoodOf({ name: "gaussian", log_sigma: Math.log(0.5) });
  close(nll([0], [0.5]), Math.log(0.5 * Math.sqrt(2 * Math.PI)));
  close(nll([0], [1]), Math.log(0.5 * Math.sqrt(2 * Math.PI)) + 0.5);
});

test("a grey value of a continuous coin costs −log of a density, whose mean is shown", () => {
  const { nll, shown } = likelihoodOf({ name: "continuous_bernoulli" });
  close(nll([0], [0.3]), 0); // a fair coin is uniform
  // λ = 0.9: the density 2 artanh(1 − 2λ) / (1 − 2λ) · λ^x (1 − λ)^(1 − x), its mean λ/(2λ − 1) + 1/(2 artanh(1 − 2λ)).
  const constant = (2 * Math.atanh(0.8)) / 0.8;
  close(nll([logit(0.9)], [0.3]), -Math.log(constant * 0.9 ** 0.3 * 0.1 ** 0.7));
  const out = new Float64Array(4);
  shown([logit(0.9), 0, 0.2999999, 0.3000001], out);
  close(out[0], 0.9 / 0.8 - 1 / (2 * Math.atanh(0.8)));
  close(out[1], 0.5);
  assert.ok(Math.abs(out[2] - out[3]) < 1e-7);
  assert.ok(Number.isFinite(nll([800, -800], [1, 0])));
});

test("a symbol costs −log of its share", () => {
  const { nll } = likelihoodOf({ name: "categorical", symbols: 3 });
  // Two places, symbols first: shares 1/2, 1/4, 1/4 at the first, thirds at the second.
  const logits = [Math.log(2), 7, 0, 7, 0, 7];
  close(nll(logits, [0, 0]), Math.log(2) + Math.log(3));
  close(nll(logits, [2, 1]), Math.log(4) + Math.log(3));
  close(nll(logits, [2, 1], [1, 0]), Math.log(4));
  close(nll(logits.map((value) => value + 900), [0, 0]), Math.log(6)); // no overflow
});

test("only visible places are counted, in every channel", () => {
  const { nll } = likelihoodOf({ name: "bernoulli" });
  const logits = [0, 50, 0, 50];
  close(nll(logits, [1, 0, 0, 0], [1, 0]), 2 * Math.log(2));
});

test("what is shown is the mean, or the most likely symbol, the lowest of several", () => {
  const out = new Float32Array(2);
  likelihoodOf({ name: "gaussian", log_sigma: 0 }).shown([0, logit(0.25)], out);
  assert.deepEqual([...out], [0.5, 0.25]);
  likelihoodOf({ name: "categorical", symbols: 3 }).shown([1, 0, 1, 2, 0, 2], out);
  assert.deepEqual([...out], [0, 1]);
});

test("the decoder puts out a number a value, or one a symbol", () => {
  assert.deepEqual(likelihoodOf({ name: "bernoulli" }).outputs([3, 4, 5]), [3, 4, 5]);
  const categorical = likelihoodOf({ name: "categorical", symbols: 7 });
  assert.deepEqual(categorical.outputs([4, 5]), [7, 4, 5]);
  checkOutputs(categorical, [4, 5], [7, 4, 5]);
  assert.throws(() => checkOutputs(categorical, [4, 5], [4, 5]), /instead of \[7,4,5\]/);
});

test("an unknown likelihood is an error, never another one", () => {
  for (const name of ["poisson", "toString", undefined]) {
    assert.throws(() => likelihoodOf({ name }), { name: "UnsupportedOperation" });
  }
});

test("what is explained is 1 for the same, 0 for the usual value, and undefined where nothing varies", () => {
  const bernoulli = likelihoodOf({ name: "bernoulli" });
  assert.equal(bernoulli.explained([0, 1, 1, 0], [0, 1, 1, 0]), 1);
  assert.equal(bernoulli.explained([0, 1, 1, 0], [0.5, 0.5, 0.5, 0.5]), 0);
  assert.ok(Number.isNaN(bernoulli.explained([1, 1], [0, 1])));
  const categorical = likelihoodOf({ name: "categorical", symbols: 4 });
  assert.equal(categorical.explained([2, 2, 3, 1], [2, 2, 3, 1]), 1);
  assert.equal(categorical.explained([2, 2, 3, 1], [2, 2, 2, 2]), 0);
  assert.equal(categorical.explained([2, 2, 3, 1], [2, 2, 3, 2]), 0.5);
  assert.ok(Number.isNaN(categorical.explained([2, 2], [2, 1])));
});

test("what a value costs beyond a perfect one is its share of what another reconstruction would save", () => {
  const normal = likelihoodOf({ name: "normal", log_sigma: Math.log(0.5) });
  const [params, x] = [[0, 1], [1, 1]];
  assert.deepEqual([...normal.misfits(params, x)], [2, 0]); // 2 σ off: 2² / 2
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  close(sum(normal.misfits(params, x)), normal.nll(params, x) - normal.nll(x, x));
  const mixed = likelihoodOf({ name: "mixed", columns: [0, 2, 3], log_sigma: [0] });
  const costs = mixed.misfits([0, logit(0.25), Math.log(2), 0, 0], [3, 1, 0]);
  [4.5, Math.log(4), Math.log(2)].forEach((cost, i) => close(costs[i], cost));
});
