// How far a picture can be trusted, in the words of somebody who looks at it: one sentence, a colour, and the numbers
// behind it. Colours: "seen" (green), "unusual" (amber), "guessing" (red).

import { rankText } from "../engine/scores.js";

const SURE = 0.6; // of what a reader sees, or of the neighbours
const UNLIKE = 0.5; // from here on that a picture is none of the classes outweighs all of them
const BLEND = 0.2; // of what speaks for classes: a second one that has this much is named
const GUESSING = 1; // percent of the held-out examples that are less typical
const SEEN = 5; // and from here on, without classes to tell, the model has seen the like
const COMES_BACK = 2; // posterior σ that decode → encode may be away from where it started
const LITTLE = 0.15; // of an example's variation: hardly one of a hundred held-out ones is explained less well
const POOR = 99; // percent of the held-out examples have a lower loss
const BLURRED = 95; // percent of them are less blurred

/** @typedef {{level: "seen"|"unusual"|"guessing", sentence: string, numbers: string[]}} Verdict */

/**
 * What a reading says.
 *
 * @param {import("./reader.js").Reading} reading
 * @param {string[]} classes
 * @returns {{sure: boolean, none: boolean, top: number, words: string, among: string}}  `words`: "a 4", "a blend of 4
 *   and 9"; `among` the same of what is only looked at: "something between 4 and 9"
 */
export function seenIn({ shares, none }, classes) {
  const order = shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a]);
  const [top, second] = order;
  const total = shares.reduce((sum, share) => sum + share, 0) || 1;
  const sure = shares[top] >= SURE;
  const [first, other] = [shares[top] / total, (shares[second] ?? 0) / total];
  const two = `${classes[top]} and ${classes[second]}`;
  const mixed = !sure && other >= BLEND;
  const several = mixed && first < 1 / 2;
  return {
    sure, top, none: none >= UNLIKE,
    words: sure ? named(classes[top]) : several ? "a blend of several classes" : mixed ? `a blend of ${two}` : `something like ${named(classes[top])}`,
    among: sure ? named(classes[top]) : mixed ? `something between ${two}` : `something like ${named(classes[top])}`,
  };
}

/** A class with its article where its name is a noun as far as one can tell: a 4, an 8, a heart, “T-shirt/top”. */
export function named(name) {
  const plain = name.length === 1 || (/^[A-Za-z][a-z ]+$/.test(name) && !name.endsWith("s"));
  if (!plain) return `“${name}”`;
  const word = name.length === 1 ? name : name[0].toLowerCase() + name.slice(1);
  return `${/^(8|[aeiou]|[AEFHILMNORSX]$)/.test(word) ? "an" : "a"} ${word}`;
}

/**
 * Of what a latent point decodes to.
 *
 * @param {object} found
 * @param {?import("./reader.js").Reading} found.reading  what the picture shows; null where nothing can tell
 * @param {number} found.typical  percent of the held-out examples whose place is less typical
 * @param {number} found.distance  from decode → encode to where it started, in σ; NaN where there is none
 * @param {?number} found.blur  percent of the held-out examples that are less blurred; null where that means nothing
 * @param {?number[]} found.condition  class weights that were asked for
 * @param {{kind: {unit: string, makes: string, made: string}, classes: string[]}} data
 * @returns {Verdict}
 */
export function verdictOnDrawn({ reading, typical, distance, blur, condition }, { kind: { unit, made }, classes }) {
  const asked = condition?.indexOf(1) ?? null; // −1: a mixture, which no training example was
  const back = Number.isNaN(distance) || distance <= COMES_BACK;
  const blurred = blur !== null && blur > BLURRED;
  const numbers = [...readingNumbers(reading, classes, "It"), typicalText(typical, unit), ...backNumbers(distance, back, unit), ...blurNumbers(blur, unit)];
  if (!reading) {
    const level = typical < GUESSING ? "guessing" : typical < SEEN || !back || blurred || asked === -1 ? "unusual" : "seen";
    const article = /^[aeiou]/.test(unit) ? "an" : "a";
    return { level, numbers, sentence: {
      seen: `It ${made} ${article} ${unit} like those it learned from.`,
      unusual: blurred ? `It ${made} a blurred ${unit}.` : `It ${made} an unusual ${unit}.`,
      guessing: `It is guessing: it learned from no ${unit} like this.`,
    }[level] };
  }
  const shows = seenIn(reading, classes);
  const clear = shows.sure && !shows.none;
  const strange = typical < GUESSING || !back;
  const level = !clear ? (strange ? "guessing" : "unusual") : strange || asked === -1 || (asked !== null && asked !== shows.top) ? "unusual" : "seen";
  const seen = { ...shows, words: !clear && blurred ? "a blur" : shows.words };
  return { level, numbers, sentence: drawnSentence(seen, asked, condition, clear && strange, classes) };
}

function drawnSentence({ words, top }, asked, condition, far, classes) {
  if (asked === -1) {
    const parts = condition.map((_, i) => i).filter((i) => condition[i] > 0).map((i) => classes[i]);
    return `Asked for ${parts.slice(0, 3).join(" and ")} at once, it drew ${words}.`;
  }
  if (asked !== null) return asked === top ? `It drew ${words}, as asked.` : `Asked for ${named(classes[asked])}, it drew ${words}.`;
  return far ? `It drew ${words}, far from where it learned.` : `It drew ${words}.`;
}

/**
 * Of a reconstruction, beside what it should be.
 *
 * @param {object} found
 * @param {?import("./reader.js").Reading} found.input  what the example shows, before anything was done to it
 * @param {?import("./reader.js").Reading} found.result  what the reconstruction shows
 * @param {number} found.rank  percent of the held-out examples with a lower loss; NaN where that is not known
 * @param {number} found.explained  share of the (visible) example's variation; NaN for an even one
 * @param {number} found.typical  percent of the held-out examples whose place is less typical
 * @param {?{kept: number, of: number}} found.kept  of what is read: how many words stand in the result, in their order
 * @param {"drawn"|"given"|"noisy"|"hidden"} found.how  where the example comes from, or what was done to it
 * @param {{kind: {unit: string, makes: string, made: string}, classes: string[]}} data
 * @returns {Verdict}
 */
export function verdictOnReconstruction({ input, result, rank, explained, typical, kept: words, how }, { kind: { unit, makes }, classes }) {
  if (words) return verdictOnWords(words, rank, typical, unit);
  if (Number.isNaN(explained)) {
    return { level: "unusual", sentence: `There is nothing in the ${unit}.`, numbers: ["The model draws what it expects."] };
  }
  const numbers = [
    ...readingNumbers(input, classes, "The input"), ...readingNumbers(result, classes, "The result"),
    `Explains ${explained < 0 ? "none" : `${(100 * explained).toFixed(0)}%`} of the ${how === "hidden" ? "visible part's" : `${unit}'s`} variation.`,
    ...(Number.isNaN(rank) ? [] : [`Its NLL is higher than that of ${rankText(rank)} of the held-out ${unit}s.`]),
    typicalText(typical, unit),
  ];
  const poor = rank > POOR || explained < LITTLE;
  if (!input || !result) {
    const level = explained < 0 ? "guessing" : poor || typical < GUESSING ? "unusual" : "seen";
    return { level, numbers, sentence: {
      seen: `It ${makes} this ${unit} well.`,
      unusual: `It loses something of this ${unit}.`,
      guessing: `It cannot make this ${unit}: it ${makes} what it knows instead.`,
    }[level] };
  }
  const [given, drew] = [seenIn(input, classes), seenIn(result, classes)];
  const clear = drew.sure && !drew.none;
  if (how === "hidden") {
    return { level: clear && !poor ? "seen" : "unusual", numbers, sentence: `From what is visible, it drew ${drew.words}.` };
  }
  if (given.none) return { level: "guessing", numbers, sentence: `That is none of its classes: it drew ${drew.words}.` };
  const kept = given.sure && clear && given.top === drew.top;
  const level = kept ? (poor ? "unusual" : "seen") : given.sure && clear ? "guessing" : "unusual";
  const start = { drawn: "You drew", given: "Given", noisy: "Under the noise is" }[how];
  const end = kept && poor ? `a different ${classes[drew.top]}` : drew.words;
  return { level, numbers, sentence: `${start} ${given.among}, it drew ${end}.` };
}

/** A sentence comes back as a similar one, at best: the verdict counts what they share. */
function verdictOnWords({ kept, of }, rank, typical, unit) {
  const strange = rank > POOR || typical < GUESSING;
  const level = kept < of / 4 ? "guessing" : strange || kept < of / 2 ? "unusual" : "seen";
  const which = { seen: `a similar ${unit}`, unusual: strange ? `a ${unit} it knows little of` : `a distant ${unit}`, guessing: `another ${unit}` }[level];
  return {
    level, sentence: `It writes ${which}: ${kept} of ${of} words are in it.`,
    numbers: [
      ...(Number.isNaN(rank) ? [] : [`Its NLL is higher than that of ${rankText(rank)} of the held-out ${unit}s.`]), typicalText(typical, unit),
    ],
  };
}

/** How typical a place is: never "less than 1%", never "100%". */
export function typicalText(percentile, unit) {
  if (percentile < 1) return `Its place is among the least typical hundredth of the held-out ${unit}s.`;
  return `Its place is more typical than that of ${Math.min(99, Math.floor(percentile))}% of the held-out ${unit}s.`;
}

function readingNumbers(reading, classes, whose) {
  if (!reading) return [];
  const all = [...reading.shares.map((share, i) => [classes[i], share]), ["none of them", reading.none]];
  const shown = all.filter(([, share]) => share >= 0.01).sort((a, b) => b[1] - a[1]).slice(0, 3);
  return [`${whose} looks like: ${shown.map(([name, share]) => `${name} ${Math.min(99, Math.round(100 * share))}%`).join(", ")}.`];
}

function backNumbers(distance, back, unit) {
  if (Number.isNaN(distance)) return [];
  return [`Encoded again, the ${unit} lands ${distance.toFixed(1)} σ away: it ${back ? "comes" : "does not come"} back.`];
}

function blurNumbers(blur, unit) {
  return blur === null ? [] : [`More blurred than ${rankText(blur)} of the held-out ${unit}s.`];
}
