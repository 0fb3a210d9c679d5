// Words that a selection of sentences has more often than the rest.

import assert from "node:assert/strict";
import { test } from "node:test";

import { overRepresented } from "../../components/projection/word_counts.js";

const sentences = ["a dog runs .", "a dog sleeps .", "a dog runs .", "a cat sleeps .", "a cat sleeps .", "a cat runs ."].map((line) => new Set(line.split(" ")));

test("a word of the selection comes first, one of all does not come at all", () => {
  const found = overRepresented(sentences, new Set([0, 1, 2]));
  assert.deepEqual(found.map(({ word, inside, outside }) => [word, inside, outside]), [["dog", 3, 0]]);
  const odds = Math.log((3.5 * 3.5) / (0.5 * 0.5));
  assert.ok(Math.abs(found[0].score - odds / Math.sqrt(2 / 3.5 + 2 / 0.5)) < 1e-9);
});

test("a word of one sentence says nothing", () => {
  assert.deepEqual(overRepresented(sentences, new Set([0])), []);
});
