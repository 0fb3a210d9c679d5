// Names on a map keep out of each other's way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { apart, near } from "../../components/shared/map/names.js";

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

test("a name that would be moved far from its place is left out, and the others keep theirs", () => {
  const crowd = Array.from({ length: 62 }, (_, i) => ({ name: `${i}`, x: 100, y: 100 + i / 62, width: 20, height: 10 }));
  const alone = { name: "alone", x: 300, y: 100, width: 20, height: 10 };
  const shown = near([...crowd, alone]);
  assert.deepEqual(shown.map(({ name, top }) => [name, Math.round(top)]), [["0", 100], ["1", 110], ["2", 120], ["3", 130], ["alone", 100]]);
});
