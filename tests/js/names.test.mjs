// Names on a map keep out of each other's way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { apart } from "../../components/shared/map/names.js";

const size = { width: 40, height: 20 };

test("names that touch nobody stay", () => {
  assert.deepEqual(apart([{ x: 0, y: 0, ...size }, { x: 50, y: 0, ...size }, { x: 0, y: 30, ...size }]), [0, 0, 30]);
});

test("names at one place stand below each other, in their order from the top", () => {
  assert.deepEqual(apart([{ x: 5, y: 12, ...size }, { x: 0, y: 10, ...size }, { x: 0, y: 11, ...size }]), [50, 10, 30]);
});

test("a name that gives way to one gives way to the next, too", () => {
  const names = [{ x: 0, y: 0, ...size }, { x: 30, y: 19, ...size }, { x: 10, y: 5, ...size }];
  const y = apart(names);
  names.forEach((a, i) => names.forEach((b, j) => {
    const beside = Math.abs(a.x - b.x) >= 40;
    assert.ok(i === j || beside || Math.abs(y[i] - y[j]) >= 20, `${i} and ${j}`);
  }));
});
