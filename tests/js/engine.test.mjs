// The engine on programs written here: both formats, and what it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";

import { completions } from "../../components/shared/engine/completing.js";
import { Engine } from "../../components/shared/engine/engine.js";
import { fitOf, scored } from "../../components/shared/engine/scores.js";

/** A model of two values: its code is their sum and a log variance of 0, its decoder gives (z, −z). */
const TENSORS = new Map([
  ["encoder", { data: Float32Array.of(1, 1, 0, 0), shape: [2, 2] }],
  ["decoder", { data: Float32Array.of(1, -1), shape: [2, 1] }],
]);
const PROGRAM = {
  format: 2,
  kind: "image",
  likelihood: { name: "bernoulli" },
  encoder: [{ op: "flatten" }, { op: "linear", weights: { weight: "encoder" } }],
  decoder: [{ op: "linear", weights: { weight: "decoder" } }, { op: "reshape", shape: [1, 1, 2] }],
  input_shape: [1, 1, 2],
  output_shape: [1, 1, 2],
  latent_dim: 1,
  classes: 0,
  variational: true,
};
const { kind, likelihood, output_shape, ...rest } = PROGRAM;
const FORMAT_1 = { ...rest, format: 1, nonlinearity: "identity" };

test("a program encodes and decodes", () => {
  const engine = new Engine(PROGRAM, TENSORS);
  const { mu, logvar } = engine.encode([0.25, 0.5]);
  assert.deepEqual([[...mu], [...logvar]], [[0.75], [0]]);
  assert.deepEqual([...engine.decode([0])], [0.5, 0.5]);
  assert.deepEqual([...engine.decodeLogits([2])], [2, -2]);
  assert.deepEqual(engine.outputShape, [1, 1, 2]);
});

test("format 1 decodes through its non-linearity and is scored once its likelihood is named", () => {
  const engine = new Engine(FORMAT_1, TENSORS);
  assert.deepEqual([...engine.decode([0.25])], [0.25, 0]);
  assert.deepEqual(engine.outputShape, [1, 1, 2]);
  assert.throws(() => engine.likelihood, /names no likelihood/);
  engine.assumeLikelihood({ name: "bernoulli" });
  assert.equal(typeof engine.likelihood.nll, "function");
});

test("a format-2 file keeps its own likelihood", () => {
  const engine = new Engine(PROGRAM, TENSORS);
  const before = engine.likelihood;
  engine.assumeLikelihood({ name: "gaussian", log_sigma: 0 });
  assert.equal(engine.likelihood, before);
});

for (const [name, change] of [
  ["format 3", { format: 3 }],
  ["poisson", { likelihood: { name: "poisson" } }],
  ["unroll", { decoder: { unroll: [] } }],
  ["mamba", { decoder: { generate: { cell: "mamba" } } }],
  ["warp", { decoder: [{ op: "warp" }] }],
]) {
  test(`${name} is refused by name`, () => {
    assert.throws(() => new Engine({ ...PROGRAM, ...change }, TENSORS), { name: "UnsupportedOperation", operation: name });
  });
}

test("a score is NLL plus KL in nats", () => {
  const found = scored(new Engine(PROGRAM, TENSORS), [0, 0], null, (mu) => [...mu]);
  assert.equal(found.nll, 2 * Math.log(2));
  assert.equal(found.kl, 0);
  const engine = new Engine(PROGRAM, TENSORS);
  assert.ok(Number.isNaN(fitOf(engine, engine.decode([0]), [0, 0]).explained)); // an even example
  const other = scored(new Engine(PROGRAM, TENSORS), [1, 0], null, (mu) => [...mu]);
  assert.equal(other.kl, 0.5); // mu 1, variance 1
  assert.ok(Math.abs(other.nll - 2 * Math.log1p(Math.exp(-1))) < 1e-6);
  assert.equal(other.neg_elbo, other.nll + other.kl);
});

/** Levels of two tiles, two symbols: the code is how many are of symbol 1; both are of it where z > 0. */
const LEVELS = {
  ...PROGRAM,
  kind: "tiles",
  likelihood: { name: "categorical", symbols: 2 },
  encoder: [{ op: "one_hot", symbols: 2 }, { op: "flatten" }, { op: "linear", weights: { weight: "encoder" } }],
  decoder: [{ op: "linear", weights: { weight: "decoder" } }, { op: "reshape", shape: [2, 1, 2] }],
  input_shape: [1, 2],
  output_shape: [1, 2],
};
const LEVEL_TENSORS = new Map([
  ["encoder", { data: Float32Array.of(-2, -2, 2, 2, -1, -1, -1, -1), shape: [2, 4] }],
  ["decoder", { data: Float32Array.of(-1, -1, 1, 1), shape: [4, 1] }],
]);

test("completions of a level keep what is visible and fill in symbols", () => {
  const engine = new Engine(LEVELS, LEVEL_TENSORS);
  const example = { x: Float32Array.of(1, 0), visible: Float32Array.of(1, 0), classes: null };
  const work = completions(engine, example, { n: 2, seed: 1 });
  let step = work.next();
  while (!step.done) step = work.next();
  const [best, other] = step.value;
  assert.deepEqual([...best.values], [1, 1]);
  assert.equal(other.values[0], 1);
  assert.ok(best.joint >= other.joint);
});
