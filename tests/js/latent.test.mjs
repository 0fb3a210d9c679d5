// Axes, ways between points, and the point itself.

import assert from "node:assert/strict";
import { test } from "node:test";

import { differenceAxis, dimensionAxes, directionAxes, rangeOf } from "../../components/shared/latent/axes.js";
import { clamped, LatentState, rounded } from "../../components/shared/latent/latent_state.js";
import { LatentPath, lerp, norm, slerp } from "../../components/shared/latent/path.js";
import { cdf, quantile } from "../../components/shared/engine/normal.js";

const close = (found, expected, tolerance = 1e-9) =>
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < tolerance, `${found} is not ${expected}`));

test("a dimension's axis reads and writes its coordinate", () => {
  const dimension = { index: 1, kl: 2, mean: 0, std: 1, low: -2, high: 2, active: true };
  const [axis] = dimensionAxes([dimension], [0, 0, 0]);
  assert.equal(axis.read([5, 6, 7]), 6);
  assert.deepEqual(axis.write([5, 6, 7], -1), [5, -1, 7]);
  assert.deepEqual(axis.vector, [0, 1, 0]);
  assert.deepEqual([axis.name, axis.hasPrior, axis.sigmas], ["z₁", true, [-3, 3]]);
});

test("without a prior, an axis ranges over the data's own spread", () => {
  const dimension = { index: 0, kl: null, mean: 4, std: 2, low: 1, high: 7, active: true };
  const [axis] = dimensionAxes([dimension], [4]);
  assert.deepEqual([axis.hasPrior, axis.sigmas, axis.home], [false, [-2, 10], 4]);
});

test("an axis along which all codes are the same can be moved along all the same", () => {
  const still = { index: 0, kl: null, mean: 2, std: 0, low: 2, high: 2, active: true };
  const [axis] = dimensionAxes([still], [0]);
  assert.deepEqual([axis.quantiles, axis.sigmas], [[1, 3], [1, 3]]);
  const [along] = directionAxes([{ vector: [1], std: 0, share: 0, low: 0, high: 0 }], [0], [0], false);
  assert.deepEqual([along.quantiles, along.sigmas], [[-1, 1], [-1, 1]]);
});

test("a direction's axis moves along its vector only", () => {
  const direction = { vector: [0.6, 0.8], std: 1, share: 0.7, low: -1, high: 1 };
  const [axis] = directionAxes([direction], [1, 1], [0, 0]);
  const moved = axis.write([1, 1], 2);
  close(moved, [2.2, 2.6]);
  close([axis.read(moved)], [2]);
  close([axis.home], [-1.4]);
});

test("a difference's axis counts how often the difference is added", () => {
  const [base, vector] = [[1, 0], [0, 2]];
  const axis = differenceAxis("Amount", "times", [-1, 1], 0, () => base, () => vector);
  assert.equal(axis.read([1, 3]), 1.5);
  assert.deepEqual(axis.write([9, 9], 2), [1, 4]);
  assert.equal(differenceAxis("Amount", "times", [-1, 1], 0, () => base, () => [0, 0]).read([1, 1]), null);
});

test("a range stretches to a point beyond it", () => {
  const [axis] = dimensionAxes([{ index: 0, kl: 1, mean: 0, std: 1, low: -1, high: 1, active: true }], [0]);
  assert.deepEqual(rangeOf(axis, "quantiles", [4]), [-1, 4]);
  assert.deepEqual(rangeOf(axis, "quantiles", [0]), [-1, 1]);
});

test("the straight way halves the norm where the circle keeps it", () => {
  const [a, b] = [[2, 0], [0, 2]];
  close(lerp(a, b, 0.5), [1, 1]);
  close(slerp(a, b, 0.5, [0, 0]), [Math.SQRT2, Math.SQRT2]);
  close([norm(slerp([1, 0], [0, 3], 0.5, [0, 0]))], [2]);
  close(slerp([3, 1], [-1, 1], 0.25, [1, 1]), lerp([3, 1], [-1, 1], 0.25)); // opposite: no single circle
});

test("a path goes through its points and mixes their classes", () => {
  const path = new LatentPath([{ z: [0], y: [1, 0] }, { z: [2], y: [0, 1] }, { z: [4], y: [0, 1] }], "linear", [0]);
  assert.deepEqual(path.at(0.5), { z: [2], y: [0, 1] });
  assert.deepEqual(path.at(0.25), { z: [1], y: [0.5, 0.5] });
  assert.deepEqual(path.sample(3).map(({ z }) => z[0]), [0, 2, 4]);
});

test("a movement is undone as one, and redone", () => {
  const state = new LatentState([0, 0], null);
  const heard = [];
  state.addEventListener("change", () => heard.push("change"));
  state.addEventListener("settle", () => heard.push("settle"));
  state.set(0, 0.5);
  state.set(0, 1.23456);
  state.settle();
  assert.deepEqual(state.z, [1.235, 0]);
  assert.deepEqual(heard, ["change", "change", "settle"]);
  state.undo();
  assert.deepEqual([state.z, state.canUndo, state.canRedo], [[0, 0], false, true]);
  state.redo();
  assert.deepEqual(state.z, [1.235, 0]);
  state.assign([1.2351, 0]);
  assert.equal(heard.length, 7); // the same after rounding: nothing changed
});

test("coordinates are rounded and kept within bounds", () => {
  assert.ok(Object.is(rounded(-0.0001), 0));
  assert.equal(rounded(1.0006), 1.001);
  assert.deepEqual([-3, 0.5, 3].map((value) => clamped(value, [-1, 1])), [-1, 0.5, 1]);
});

test("the normal distribution's quantile is the inverse of its distribution function", () => {
  for (const x of [-3, -0.5, 0, 1, 2.5]) assert.ok(Math.abs(quantile(cdf(x)) - x) < 1e-8);
  assert.ok(Math.abs(cdf(1.959963984540054) - 0.975) < 1e-12);
});
