// Verdicts: what is green, and in which words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Reader } from "../../components/shared/latent/reader.js";
import { heldOut, named, seenIn, typicalText, verdictOnDrawn, verdictOnReconstruction } from "../../components/shared/latent/verdict.js";

const DIGITS = { kind: { unit: "image", makes: "draws", made: "drew", classed: "" }, classes: [..."0123456789"], normal: null };

/** What a reader sees: shares by class, the rest is none of them. */
function reading(seen) {
  const shares = DIGITS.classes.map((_, i) => seen[i] ?? 0);
  return { shares, none: 1 - shares.reduce((sum, share) => sum + share, 0) };
}

const drawn = (seen, change = {}) =>
  verdictOnDrawn({ reading: seen && reading(seen), typical: 40, distance: 0.5, blur: 50, condition: null, ...change }, DIGITS);
const said = ({ level, sentence }) => [level, sentence];

test("a point is judged by what its picture shows", () => {
  assert.deepEqual(said(drawn({ 3: 0.9 })), ["seen", "It drew a 3."]);
  assert.deepEqual(said(drawn({ 4: 0.5, 9: 0.45 })), ["unusual", "It drew a blend of 4 and 9."]);
  assert.deepEqual(said(drawn({ 4: 0.1, 9: 0.09 })), ["unusual", "It drew a blend of 4 and 9."]);
  assert.deepEqual(said(drawn({ 8: 0.3, 2: 0.01 })), ["unusual", "It drew something like an 8."]);
  assert.deepEqual(said(drawn({ 1: 0.2, 2: 0.2, 3: 0.2 })), ["unusual", "It drew a blend of several classes."]);
  assert.deepEqual(said(drawn({ 3: 0.9 }, { typical: 0.2 })), ["unusual", "It drew a 3, far from where it learned."]);
  assert.equal(drawn({ 3: 0.9 }, { distance: 4 }).level, "unusual");
  assert.deepEqual(said(drawn({ 2: 0.4 }, { blur: 98 })), ["unusual", "It drew a blur."]);
  assert.deepEqual(said(drawn({ 3: 0.9 }, { blur: 98 })), ["seen", "It drew a 3."]);
  assert.equal(drawn({ 4: 0.5, 9: 0.45 }, { typical: 0 }).level, "guessing");
});

test("a conditional model is judged by what it was asked for", () => {
  const condition = (...classes) => ({ condition: DIGITS.classes.map((_, i) => classes.includes(i) / classes.length) });
  assert.deepEqual(said(drawn({ 6: 0.9 }, condition(6))), ["seen", "It drew a 6, as asked."]);
  assert.deepEqual(said(drawn({ 0: 0.9 }, condition(6))), ["unusual", "Asked for a 6, it drew a 0."]);
  assert.deepEqual(said(drawn({ 0: 0.9 }, condition(6, 0))), ["unusual", "Asked for 0 and 6 at once, it drew a 0."]);
});

test("without classes, the place and the blur decide", () => {
  const sprite = { kind: { unit: "image", makes: "draws", made: "drew", classed: "" }, classes: [], normal: null };
  const of = (change) => verdictOnDrawn({ reading: null, typical: 40, distance: NaN, blur: 50, condition: null, ...change }, sprite);
  assert.deepEqual(said(of({})), ["seen", "It drew an image like those it learned from."]);
  assert.deepEqual(said(of({ blur: 99 })), ["unusual", "It drew a blurred image."]);
  assert.equal(of({ typical: 3 }).level, "unusual");
  assert.equal(of({ typical: 0.5 }).level, "guessing");
  assert.equal(of({ distance: 3, blur: null }).level, "unusual");
  assert.equal(of({ distance: 3, blur: null, usual: 3.5 }).level, "seen"); // a precise code: its own examples land as far
});

test("a reconstruction is judged by what went in and what came out", () => {
  const of = (input, result, change = {}) => verdictOnReconstruction(
    { input: reading(input), result: reading(result), rank: 50, explained: 0.8, typical: 40, how: "drawn", ...change }, DIGITS);
  assert.deepEqual(said(of({ 4: 0.9 }, { 4: 0.8 })), ["seen", "You drew a 4, it drew a 4."]);
  assert.deepEqual(said(of({ 4: 0.9 }, { 9: 0.8 })), ["guessing", "You drew a 4, it drew a 9."]);
  assert.deepEqual(said(of({ 4: 0.9 }, { 4: 0.8 }, { rank: 100 })), ["unusual", "You drew a 4, it drew a different 4."]);
  assert.deepEqual(said(of({ 4: 0.9 }, { 4: 0.4, 9: 0.4 }, { how: "given" })), ["unusual", "Given a 4, it drew a blend of 4 and 9."]);
  assert.deepEqual(said(of({ 4: 0.5, 9: 0.4 }, { 4: 0.9 })), ["unusual", "You drew something between 4 and 9, it drew a 4."]);
  assert.deepEqual(said(of({}, { 3: 0.9 })), ["guessing", "That is none of its classes: it drew a 3."]);
  assert.deepEqual(said(of({ 4: 0.9 }, { 4: 0.9 }, { how: "noisy" })), ["seen", "Under the noise is a 4, it drew a 4."]);
  assert.deepEqual(said(of({ 4: 0.9 }, { 9: 0.9 }, { how: "hidden" })), ["seen", "From what is visible, it drew a 9."]);
  assert.equal(of({ 4: 0.9 }, { 4: 0.9 }, { explained: NaN }).sentence, "There is nothing in the image.");
});

test("without classes, a reconstruction is judged by how much of it is left", () => {
  const of = (change) => verdictOnReconstruction(
    { input: null, result: null, rank: 50, explained: 0.8, typical: 40, how: "drawn", ...change }, { kind: { unit: "level", makes: "draws", made: "drew", classed: "" }, classes: [], normal: null });
  assert.deepEqual(said(of({})), ["seen", "It draws this level well."]);
  assert.equal(of({ rank: 99.5 }).level, "unusual");
  assert.equal(of({ explained: -0.2 }).level, "guessing");
});

test("a sentence comes back as a similar one at best", () => {
  const of = (kept, change) => verdictOnReconstruction(
    { input: null, result: null, rank: 50, explained: 0.1, typical: 40, how: "drawn", kept: { kept, of: 8 }, ...change },
    { kind: { unit: "sentence", makes: "writes", made: "wrote", classed: "" }, classes: [], normal: null });
  assert.deepEqual(said(of(8)), ["seen", "It writes a similar sentence: 8 of 8 words are in it."]);
  assert.deepEqual(said(of(3)), ["unusual", "It writes a distant sentence: 3 of 8 words are in it."]);
  assert.deepEqual(said(of(1)), ["guessing", "It writes another sentence: 1 of 8 words are in it."]);
  assert.deepEqual(said(of(7, { typical: 0.2 })), ["unusual", "It writes a sentence it knows little of: 7 of 8 words are in it."]);
});

const RECORDS = { kind: { unit: "record", makes: "writes", made: "wrote", classed: "a record of “{class}”" }, classes: ["normal", "probe"], normal: null };

test("each kind has its own words for one of a class", () => {
  const read = { shares: [0.1, 0.9], none: 0 };
  const point = { typical: 40, distance: 0.5, blur: null, condition: null };
  assert.equal(verdictOnDrawn({ ...point, reading: read }, RECORDS).sentence, "It wrote a record of “probe”.");
  assert.equal(verdictOnDrawn({ ...point, reading: read, condition: [1, 0] }, RECORDS).sentence,
    "Asked for a record of “normal”, it wrote a record of “probe”.");
  const given = { rank: 50, explained: 0.8, typical: 40, how: "drawn" };
  assert.equal(verdictOnReconstruction({ ...given, input: read, result: read }, RECORDS).sentence,
    "You wrote a record of “probe”, it wrote a record of “probe”.");
});

test("who has learned the normal ones alone says whether one fits", () => {
  const data = { ...RECORDS, normal: 0 };
  const of = (change) => verdictOnReconstruction(
    { input: null, result: null, rank: 50, explained: 0.8, typical: 40, worst: 1, how: "given", ...change }, data);
  assert.deepEqual(said(of({})), ["seen", "This record fits what the model learned as normal."]);
  assert.deepEqual(said(of({ rank: 100 })), ["guessing", "This record does not fit: hardly one of a hundred normal records is so far off."]);
  assert.deepEqual(said(of({ worst: 20 })), ["unusual", "This record has something in it that does not fit."]);
  assert.equal(of({ rank: 97, how: "hidden" }).sentence, "What is visible of this record is unusual among the normal records.");
  assert.ok(of({}).numbers.every((text) => !text.includes("the held-out")), "it is compared with normal ones");
});

test("percentiles are never nothing and never all", () => {
  assert.equal(typicalText(0.3, heldOut(DIGITS)), "Its place is among the least typical hundredth of the held-out images.");
  assert.match(typicalText(100, heldOut(DIGITS)), /more typical than that of 99% of/);
  assert.ok(drawn({ 3: 1 }).numbers[0].includes("3 99%"));
});

test("class names get the article that they can take", () => {
  assert.deepEqual(["4", "8", "heart", "Ankle boot", "Bags", "T-shirt/top"].map((name) => named(name)),
    ["a 4", "an 8", "a heart", "an ankle boot", "“Bags”", "“T-shirt/top”"]);
  assert.ok(seenIn({ shares: [1], none: 0 }, { ...DIGITS, classes: ["cat"] }).sure); // a data set of one class
});

test("neighbours read a picture where they tell classes apart, and nothing does where they do not", () => {
  const tensors = new Map([
    ["mu", { data: Float32Array.from([0, 0.1, 0.2, 5, 5.1, 5.2]), shape: [6, 1] }],
    ["y", { data: Float32Array.from([0, 0, 0, 1, 1, 1]), shape: [6] }],
  ]);
  const engine = { encode: (values) => ({ mu: [values[0]] }) };
  assert.equal(new Reader({ tensors, metadata: {} }, engine, ["a", "b"]).read([5]), null);
  const reader = new Reader({ tensors, metadata: { neighbours_tell: "true" } }, engine, ["a", "b"]);
  assert.ok(reader.readDrawn([5]).shares.every((share) => Math.abs(share - 0.5) < 1e-9)); // ten neighbours: all of them
  const many = new Map([["mu", { data: Float32Array.from({ length: 40 }, (_, i) => i), shape: [40, 1] }],
    ["y", { data: Float32Array.from({ length: 40 }, (_, i) => Number(i >= 20)), shape: [40] }]]);
  const { shares, none } = new Reader({ tensors: many, metadata: { neighbours_tell: "true" } }, engine, ["a", "b"]).read([35]);
  assert.ok(shares[0] === 0 && Math.abs(shares[1] - 1) < 1e-9 && none === 0);
});
