// Undo and redo.

import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../../components/shared/kit/history.js";

test("steps are undone and redone in order", () => {
  const history = new History("a");
  history.push("b");
  history.push("c");
  assert.deepEqual([history.undo(), history.now, history.undo(), history.now], [true, "b", true, "a"]);
  assert.deepEqual([history.undo(), history.now, history.canUndo, history.canRedo], [false, "a", false, true]);
  assert.deepEqual([history.redo(), history.redo(), history.redo(), history.now], [true, true, false, "c"]);
});

test("a new step forgets what was undone", () => {
  const history = new History(1);
  history.push(2);
  history.undo();
  history.push(3);
  assert.deepEqual([history.canRedo, history.redo(), history.now], [false, false, 3]);
  history.undo();
  assert.equal(history.now, 1);
});

test("the oldest steps are let go", () => {
  const history = new History(0);
  for (let i = 1; i <= 250; i++) history.push(i);
  while (history.undo());
  assert.equal(history.now, 50);
});

test("whoever shows the state hears of a step back or forth, and of nothing else", () => {
  const heard = [];
  const history = new History("a", () => heard.push(history.now));
  history.push("b");
  history.undo();
  history.undo();
  history.redo();
  history.redo();
  assert.deepEqual(heard, ["a", "b"]);
});
