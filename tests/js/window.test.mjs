// The part of a plane that a map shows, and the plane.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Plane } from "../../components/shared/map/plane.js";
import { MapWindow, Scale } from "../../components/shared/map/window.js";

const AXIS = { home: 0, quantiles: [-2, 2], hasPrior: true };
const linear = () => [new Scale(AXIS, "linear"), new Scale(AXIS, "linear")];
const normal = () => [new Scale(AXIS, "normal"), new Scale(AXIS, "normal")];

test("a map opens on the data and at least on 2.5 σ of the prior", () => {
  assert.deepEqual(new MapWindow(linear(), null).values, [-2.5, 2.5, -2.5, 2.5]);
  const wide = new Scale({ ...AXIS, quantiles: [-4, 1] }, "linear");
  assert.deepEqual(wide.home, [-4, 2.5]);
});

test("places and values are each other's inverse, on either spacing", () => {
  for (const scales of [linear(), normal()]) {
    const window = new MapWindow(scales, [-1, 2, -2, 1]);
    const [x, y] = window.partOf(window.valueAt([0.25, 0.75]));
    assert.ok(Math.abs(x - 0.25) < 1e-9 && Math.abs(y - 0.75) < 1e-9);
  }
});

test("on a map spaced by quantiles equal areas hold equal shares of the prior", () => {
  const window = new MapWindow(normal(), null);
  const values = [0.25, 0.5, 0.75].map((part) => window.valueAt([part, 0.5])[0]);
  assert.ok(Math.abs(values[0] + 0.6745) < 0.01 && Math.abs(values[1]) < 1e-6 && Math.abs(values[2] - 0.6745) < 0.01);
});

test("zooming keeps the place under the pointer", () => {
  const window = new MapWindow(linear(), null);
  const before = window.valueAt([0.8, 0.3]);
  let heard = 0;
  window.addEventListener("change", () => heard++);
  window.zoom(2, [0.8, 0.3]);
  window.valueAt([0.8, 0.3]).forEach((value, i) => assert.ok(Math.abs(value - before[i]) < 1e-3));
  assert.ok(Math.abs(window.values[1] - window.values[0] - 2.5) < 1e-3);
  assert.equal(heard, 1);
});

test("panning stops at the limits without zooming, and reset goes home", () => {
  const window = new MapWindow(linear(), null);
  for (let i = 0; i < 20; i++) window.pan(-1, 0);
  assert.deepEqual(window.values, [5, 10, -2.5, 2.5]);
  assert.equal(window.isHome, false);
  window.reset();
  assert.ok(window.isHome);
});

test("a point out of sight is panned to, one in sight moves nothing", () => {
  const window = new MapWindow(linear(), [-1, 1, -1, 1]);
  window.include([0.5, -0.5]);
  assert.deepEqual(window.values, [-1, 1, -1, 1]);
  window.include([1.5, 0]);
  assert.deepEqual(window.values, [-0.5, 1.5, -1, 1]);
});

test("ticks are round numbers in sight", () => {
  const window = new MapWindow(linear(), null);
  assert.deepEqual(window.ticks(0).map(({ text }) => text).sort(), ["0", "1", "2", "−1", "−2"].sort());
});

test("a plane holds the points that differ in its two axes only", () => {
  const axis = (i) => ({
    vector: [0, 1, 2].map((k) => Number(k === i)), read: (z) => z[i], write: (z, value) => z.map((old, k) => (k === i ? value : old)),
  });
  const plane = new Plane([axis(0), axis(2)], [1, 2, 3]);
  assert.deepEqual(plane.at([5, 6]), [5, 2, 6]);
  assert.deepEqual(plane.read([5, 9, 6]), [5, 6]);
  assert.ok(plane.holds([0, 2, 0]) && !plane.holds([0, 2.5, 0]));
  const ellipse = plane.ellipse([4, 1, 9]);
  assert.deepEqual(ellipse(0).map((value) => Math.round(1e9 * value) / 1e9), [2, 0]);
  assert.ok(Math.abs(ellipse(Math.PI / 2)[1] - 3) < 1e-9);
});
