// Percentiles, neighbours and verdicts.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judged, nearestRows, percentileOf } from "../../components/shared/engine/scores.js";

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

test("a verdict names the loss that it rests on", () => {
  const usual = judged({ loss: 90, explained: 0.9 }, 100, 50, true, "level");
  assert.equal(usual.level, "seen");
  assert.match(usual.reason, /−ELBO 0\.9× the held-out mean/);
  assert.equal(judged({ loss: 170, explained: 0.9 }, 100, 50, true, "level").level, "unusual");
  assert.equal(judged({ loss: 90, explained: 0.1 }, 100, 50, true, "level").level, "unusual");
  assert.equal(judged({ loss: 300, explained: 0.9 }, 100, 50, false, "level").level, "guessing");
  assert.equal(judged({ loss: 90, explained: -0.1 }, 100, 50, false, "level").level, "guessing");
  assert.match(judged({ loss: 1, explained: NaN }, 100, 50, true, "level").verdict, /nothing in the level/);
  assert.doesNotMatch(judged({ loss: -5, explained: 0.9 }, -10, 50, true, "level").reason, /×/); // a negative mean has no ratio
});
