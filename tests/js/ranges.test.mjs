// What the rate–distortion plane shows of its points, and its diagonals.

import assert from "node:assert/strict";
import { test } from "node:test";

import { diagonals, rangesOf, within } from "../../components/compare/rate/ranges.js";

const POINTS = [[14, 16.5], [5.7, 18.5], [3.5, 20.2], [0.9, 24.7], [0, 27]].map(([kl, nll]) => ({ kl, nll }));

test("all points lie within the axes, and one that is far above the others changes nothing", () => {
  const ranges = rangesOf(POINTS);
  assert.ok(POINTS.every((point) => within(point, ranges)) && ranges.kl[0] < 0);
  const far = { kl: 3, nll: 400 };
  assert.deepEqual(rangesOf([...POINTS, far]), ranges);
  assert.ok(!within(far, ranges));
  assert.ok(within(far, rangesOf([...POINTS, { ...far, beta: 16 }]))); // of the slider's points none may lie outside
});

test("a plane with one point, or none, has axes of a nat at least", () => {
  for (const points of [[], [{ kl: 0, nll: 5 }]]) {
    const { kl, nll } = rangesOf(points);
    assert.ok(kl[1] - kl[0] >= 1 && nll[1] - nll[0] > 0.1 && points.every((point) => within(point, rangesOf(points))));
  }
  assert.ok(within({ kl: 9.8, nll: -8.2 }, rangesOf([{ kl: 9.8, nll: -8.2 }]))); // densities
});

test("along a diagonal −ELBO is the same, from one border of the plane to another", () => {
  const ranges = rangesOf(POINTS);
  const found = diagonals(ranges);
  assert.ok(found.length >= 3 && found.length <= 9);
  for (const { bound, from, to } of [...found, ...diagonals(ranges, [23.7])]) {
    for (const { kl, nll } of [from, to]) {
      assert.ok(Math.abs(kl + nll - bound) < 1e-9);
      assert.ok([...ranges.kl.map((edge) => edge - kl), ...ranges.nll.map((edge) => edge - nll)].some((gap) => Math.abs(gap) < 1e-9));
    }
    assert.ok(from.kl < to.kl && from.nll > to.nll);
  }
  assert.deepEqual(diagonals(ranges, [1]), []);
});
