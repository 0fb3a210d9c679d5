// Operations on examples small enough to work out by hand. Their agreement with PyTorch is tested in tests/browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { OPERATIONS, UnsupportedOperation } from "../../components/shared/engine/ops.js";

function tensor(data, shape) {
  return { data: Float32Array.from(data), shape };
}

function ran(op, input, weights = {}, condition = new Float32Array(0)) {
  const step = OPERATIONS[op.op](op, input, weights, condition);
  step.run?.();
  return { data: [...step.data], shape: step.shape };
}

test("one_hot puts symbols first", () => {
  assert.deepEqual(ran({ op: "one_hot", symbols: 3 }, tensor([2, 0, 1, 2], [2, 2])), {
    data: [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1],
    shape: [3, 2, 2],
  });
});

test("one_hot forgets the example before", () => {
  const input = tensor([0, 1], [2]);
  const step = OPERATIONS.one_hot({ op: "one_hot", symbols: 2 }, input);
  step.run();
  input.data.set([1, 1]);
  step.run();
  assert.deepEqual([...step.data], [0, 0, 1, 1]);
});

test("one_hot refuses what is no symbol", () => {
  for (const id of [3, -1, NaN]) {
    assert.throws(() => ran({ op: "one_hot", symbols: 3 }, tensor([id], [1])), RangeError);
  }
});

test("linear is weight · x + bias", () => {
  const weights = { weight: tensor([1, 2, 0, -1, 3, 1], [3, 2]), bias: tensor([0, 10, 0.5], [3]) };
  assert.deepEqual(ran({ op: "linear" }, tensor([1, 2], [2]), weights), { data: [5, 8, 5.5], shape: [3] });
});

test("a convolution sums what its kernel covers, with zeros around", () => {
  const weights = { weight: tensor(new Array(9).fill(1), [1, 1, 3, 3]) };
  const op = { op: "conv2d", stride: [1, 1], padding: [1, 1] };
  assert.deepEqual(ran(op, tensor([1, 2, 3, 4], [1, 2, 2]), weights).data, [10, 10, 10, 10]);
});

test("upsampling repeats rows and columns", () => {
  assert.deepEqual(ran({ op: "upsample", scale: 2 }, tensor([1, 2], [1, 1, 2])), {
    data: [1, 1, 2, 2, 1, 1, 2, 2],
    shape: [1, 2, 4],
  });
});

test("the condition is appended", () => {
  const condition = Float32Array.of(0, 1);
  assert.deepEqual(ran({ op: "concat_condition" }, tensor([5], [1]), {}, condition).data, [5, 0, 1]);
});

test("a layer norm's numbers have mean 0 and variance 1", () => {
  const { data } = ran({ op: "layer_norm", size: [4], eps: 0 }, tensor([1, 2, 3, 6], [4]));
  assert.ok(Math.abs(data.reduce((a, b) => a + b)) < 1e-6);
  assert.ok(Math.abs(data.reduce((sum, value) => sum + value * value, 0) / 4 - 1) < 1e-6);
});

test("a shape that does not fit is refused by the operation's name", () => {
  const weights = { weight: tensor([1, 2], [1, 2]) };
  assert.throws(() => ran({ op: "linear" }, tensor([1, 2, 3], [3]), weights), UnsupportedOperation);
  assert.throws(() => ran({ op: "reshape", shape: [5] }, tensor([1, 2], [2])), { operation: "reshape" });
});
