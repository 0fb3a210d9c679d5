// Sentences in the page: tokens as Python finds them (tests/kinds/test_text.py), typing, and the marks of what changed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { common, joined, renderer, runs, tokens, wrapped } from "../../components/shared/kinds/text.js";

const SPECIAL = ["‹padding›", "‹end›", "‹unknown›", "‹mask›"];
const text = renderer({ symbols: [...SPECIAL, "a", "dog", "runs"], characters: false, card: { width: 144, height: 72 } }, [6]);

test("words of a sentence", () => {
  const cases = [
    ["A man's dog, it RUNS!", ["a", "man's", "dog", ",", "it", "runs", "!"]],
    ["well-known\tand\u00a0old", ["well-known", "and", "old"]],
    ["cafe\u0301", ["café"]],
    ["a\x00b\u202e c", ["ab", "c"]],
    ["<b>hi</b>", ["<", "b", ">", "hi", "<", "/", "b", ">"]],
    [" \n ", []],
  ];
  for (const [sentence, words] of cases) assert.deepEqual(tokens(sentence), words);
  assert.deepEqual(tokens("两 只 狗。", true), ["两", " ", "只", " ", "狗", "。"]);
  for (const sentence of ["a man's dog, it runs!", "(well) “done”, he says."]) assert.equal(joined(tokens(sentence)), sentence);
});

test("what is typed is read, or said to be unreadable", () => {
  const { read } = text.typing;
  assert.deepEqual([...read("A dog runs").values], [4, 5, 6, 1, 0, 0]);
  const partly = read("a cat runs");
  assert.deepEqual([[...partly.values], partly.said], [[4, 2, 6, 1, 0, 0], "Not in its vocabulary: cat."]);
  assert.deepEqual(read("two cats"), { values: null, said: "This model knows none of these words." });
  assert.deepEqual(read(" \u0000 "), { values: null, said: "Type a sentence of up to 5 words." });
  const long = read("a dog a dog a dog runs");
  assert.deepEqual([[...long.values], long.said], [[4, 5, 4, 5, 4, 1], "It reads the first 5 words."]);
  assert.equal(read("‹end› a").values[0], 2); // no special symbol can be typed
});

test("whatever is typed, no more than a sentence is read, and it is told", () => {
  const { read } = text.typing;
  assert.equal(read("\u202e\u200f\u0000\u0007").values, null);
  assert.equal(read("رجل يركب دراجة").said, "This model knows none of these words.");
  assert.equal(read("🏃‍♂️🎉").said, "This model knows none of these words.");
  assert.equal(read("x".repeat(1e7)).said, "This model knows none of these words.");
  const long = read("a dog ".repeat(2e5));
  assert.deepEqual([long.values.length, long.words.length], [6, 5]);
  assert.deepEqual(read("<b>a</b> dog").words, ["<", "b", ">", "a", "<"]);
  assert.equal(read("<img src=x onerror=alert(1)> a dog").values, null); // the dog comes too late to be read
  const many = read(`${Array.from({ length: 500 }, (_, i) => `q${i}`).join(" ")} dog`);
  assert.ok(many.said.length < 200);
});

test("an example is a sentence up to its end", () => {
  assert.equal(text.text([4, 5, 2, 3, 1, 6]), "a dog ‹?› ▢");
  assert.equal(text.text([1, 0, 0, 0, 0, 0]), "(nothing)");
  assert.deepEqual([...text.fromRest(new Uint8Array([4, 0, 1, 1]))], [4, 257]);
});

test("words that stay are those of a longest common subsequence", () => {
  assert.deepEqual(common(["a", "man", "runs"], ["a", "big", "man", "walks"]), [true, false, true, false]);
  assert.deepEqual(common([], ["a"]), [false]);
});

test("neighbouring words are marked together", () => {
  const words = [["", "a"], [" ", "big"], [" ", "dog"], [" ", "runs"], ["", "."]];
  assert.deepEqual(runs(words, [true, false, false, true, true]), [
    { space: "", text: "a", kept: true }, { space: " ", text: "big dog", kept: false }, { space: " ", text: "runs.", kept: true },
  ]);
  assert.deepEqual(runs([], []), []);
});

test("a card cuts off what is too long", () => {
  const measure = (part) => [...part].length;
  assert.deepEqual(wrapped("one two three", 7, 2, measure), ["one two", "three"]);
  assert.deepEqual(wrapped("one two three four", 7, 2, measure), ["one two", "three…"]);
  assert.deepEqual(wrapped("两只狗在跑", 3, 2, measure), ["两只狗", "在跑"]);
});
