// Percentiles and neighbours.

import assert from "node:assert/strict";
import { test } from "node:test";

import { nearestRows, percentileOf, rankText } from "../../components/shared/engine/scores.js";

test("a percentile lies between the quantiles around a value", () => {
  const quantiles = [0, 10, 20, 40, 100];
  assert.equal(percentileOf(10, quantiles), 25);
  assert.equal(percentileOf(30, quantiles), 62.5);
  assert.deepEqual([percentileOf(-5, quantiles), percentileOf(500, quantiles)], [0, 100]);
});

test("the nearest rows come in order, of those that count", () => {
  const rows = { data: [0, 0, 3, 4, 1, 0, 0, 2], shape: [4, 2] };
  assert.deepEqual(nearestRows([0, 0], rows, 3), [0, 2, 3]);
  assert.deepEqual(nearestRows([0, 0], rows, 2, (index) => index !== 0), [2, 3]);
  assert.deepEqual(nearestRows([0, 0], rows, 9), [0, 2, 3, 1]);
});

test("nobody is above all of the others, or below", () => {
  assert.deepEqual([0, 0.9, 1, 42.7, 99.99, 100].map(rankText), ["fewer than 1%", "fewer than 1%", "1%", "42%", "99%", "99%"]);
});
