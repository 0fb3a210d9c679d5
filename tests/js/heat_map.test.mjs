// What a reconstruction changes, as colours.

import assert from "node:assert/strict";
import { test } from "node:test";

import { paintDifference } from "../../components/shared/kinds/heat_map.js";

const [LIGHTER, DARKER, OTHER] = [[213, 94, 0], [0, 114, 178], [150, 90, 190]];

function painted(x, again, channels, absolute = false) {
  const shape = [channels, 1, x.length / channels];
  const rgba = new Uint8ClampedArray(4 * shape[2]);
  paintDifference(Float32Array.from(x), Float32Array.from(again), shape, absolute, rgba);
  return Array.from({ length: shape[2] }, (_, i) => [[...rgba.slice(4 * i, 4 * i + 3)], rgba[4 * i + 3]]);
}

test("grey is lighter or darker, and the ground shows where nothing differs", () => {
  assert.deepEqual(painted([0, 1, 0.5], [0.4, 0, 0.5], 1).map(([color, alpha]) => [alpha ? color : null, alpha]),
    [[LIGHTER, 102], [DARKER, 255], [null, 0]]);
  assert.deepEqual(painted([0, 1], [1, 0], 1, true), [[OTHER, 255], [OTHER, 255]]);
});

test("a colour that changes its hue alone does not come out as no change", () => {
  const [red, [r, g, b]] = [[1, 0, 0], [0, 1, 0]];
  assert.deepEqual(painted(red, [r, g, b], 3), [[OTHER, 170]]); // two of three channels
  assert.deepEqual(painted([1, 0, 0], [1, 0.9, 0.9], 3), [[LIGHTER, 153]]); // pale red
  assert.deepEqual(painted([0.8, 0.6, 0.4], [0.5, 0.3, 0.1], 3)[0][0], DARKER);
});
