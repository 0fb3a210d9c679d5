// What every sampler is to the page: a mixture of Gaussians, drawn from by seed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Gaussians } from "../../components/shared/engine/gaussians.js";
import { standardNormals } from "../../components/shared/engine/random.js";

const N = 20000;
const close = (found, expected, tolerance) =>
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < tolerance, `${found} is not ${expected}`));

const one = new Gaussians({ means: [1, -2], factors: [3, 0.5], weights: [1] }, 2);
const far = new Gaussians({ means: [-10, 0, 10, 0], factors: [1, 0, 0, 1, 2, 0, 1, 1], weights: [0.25, 0.75] }, 2);
const classes = new Gaussians({ means: [0, 5, 10], factors: [0, 0, 0], weights: [1, 0.5, 0.5], y: [0, 2, 2] }, 1);

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("a single Gaussian takes the seed's own normal numbers, as links of earlier versions have them", () => {
  const noise = standardNormals(6, 7);
  const points = one.draws(3, 7);
  points.forEach((point, i) => close(point, [1 + 3 * noise[2 * i], -2 + 0.5 * noise[2 * i + 1]], 1e-12));
  assert.deepEqual(one.draw(7), points[0]);
  assert.notDeepEqual(one.draw(8), points[0]);
});

test("draws have the weights, the means and the covariances of the Gaussians", () => {
  const points = far.draws(N, 1);
  const right = points.filter(([x]) => x > 0);
  close([right.length / N, mean(right.map(([x]) => x)), mean(right.map(([, y]) => y))], [0.75, 10, 0], 0.05);
  close([mean(right.map(([x]) => (x - 10) ** 2)), mean(right.map(([, y]) => y ** 2)), mean(right.map(([x, y]) => (x - 10) * y))],
    [4, 2, 2], 0.15); // the factor [[2, 0], [1, 1]] times its transpose
});

test("with a class, only Gaussians of that class are drawn from; of a mixture of classes, each as often as it weighs", () => {
  const drawn = (y, seed) => new Set(classes.draws(50, seed, y).flat());
  assert.deepEqual([...drawn([1, 0, 0], 3)], [0]);
  assert.deepEqual([...drawn([0, 0, 1], 3)].sort(), [10, 5]);
  assert.equal(classes.draws(20, 3, [0, 1, 0]).length, 20); // a class without codes: from any
  const share = mean(classes.draws(N, 5, [0.2, 0, 0.8]).map(([z]) => Number(z === 0)));
  close([share], [0.2], 0.02);
});

test("a walk keeps to what it draws from: still at 0, anew at π/2, in small steps between", () => {
  const still = far.walk(5, 0, 3);
  for (const code of still) close(code, still[0], 1e-9);
  assert.deepEqual(far.walk(4, 0.8, 3), far.walk(9, 0.8, 3).slice(0, 4));
  const ends = Array.from({ length: 4000 }, (_, seed) => far.walk(4, 0.8, seed)[3]);
  close([mean(ends.map(([x]) => Number(x > 0)))], [0.75], 0.03);
  const left = ends.filter(([x]) => x < 0);
  close([mean(left.map(([x]) => x)), mean(left.map(([x]) => (x + 10) ** 2))], [-10, 1], 0.15);
  const independent = Array.from({ length: 4000 }, (_, seed) => far.walk(2, Math.PI / 2, seed));
  const both = mean(independent.map(([a, b]) => Number(a[0] < 0 && b[0] < 0)));
  close([both], [0.0625], 0.015);
});

test("a walk of the prior is the one of earlier versions", () => {
  const noise = standardNormals(6, 11);
  const [cos, sin] = [Math.cos(0.8), Math.sin(0.8)];
  const prior = new Gaussians({ means: [0, 0], factors: [1, 1], weights: [1] }, 2);
  let code = noise.slice(0, 2);
  for (const [i, found] of prior.walk(3, 0.8, 11).entries()) {
    if (i) code = code.map((value, k) => cos * value + sin * noise[2 * i + k]);
    close(found, code, 1e-12);
  }
});
