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
const STRANGE = 12.5; // nats that a single value costs: 5 standard deviations
const UNLIKELY = 95; // percent of the normal ones have a lower loss
const POOR = 99; // percent of the held-out examples have a lower loss
const BLURRED = 95; // percent of them are less blurred

/**
 * @typedef {{level: "seen"|"unusual"|"guessing", sentence: string, numbers: string[]}} Verdict
 * @typedef {{kind: {unit: string, makes: string, made: string, classed: string}, classes: string[], normal: ?number}} Data
 *   what a model draws; `normal` is the class that it learned from, where the others are anomalies
 */

/**
 * What a reading says.
 *
 * @param {import("./reader.js").Reading} reading
 * @param {Data} data
 * @returns {{sure: boolean, none: boolean, top: number, words: string, among: string}}  `words`: "a 4", "a blend of 4
 *   and 9"; `among` the same of what is only looked at: "something between 4 and 9"
 */
export function seenIn({ shares, none }, { kind: { classed }, classes }) {
  const order = shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a]);
  const [top, second] = order;
  const total = shares.reduce((sum, share) => sum + share, 0) || 1;
  const sure = shares[top] >= SURE;
  const [first, other] = [shares[top] / total, (shares[second] ?? 0) / total];
  const one = named(classes[top], classed);
  const two = `${classes[top]} and ${classes[second]}`;
  const mixed = !sure && other >= BLEND;
  const several = mixed && first < 1 / 2;
  return {
    sure, top, none: none >= UNLIKE,
    words: sure ? one : several ? "a blend of several classes" : mixed ? `a blend of ${two}` : `something like ${one}`,
    among: sure ? one : mixed ? `something between ${two}` : `something like ${one}`,
  };
}

/**
 * One of a class: as its kind says, "a record of “probe”", else its name with an article where that is a noun as far as one
 * can tell: a 4, an 8, a heart, “T-shirt/top”.
 */
export function named(name, classed) {
  if (classed) return classed.replace("{class}", () => name);
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
 * @param {number} [found.usual]  how far 19 of 20 held-out examples land away
 * @param {?number} found.blur  percent of the held-out examples that are less blurred; null where that means nothing
 * @param {?number[]} found.condition  class weights that were asked for
 * @param {Data} data
 * @returns {Verdict}
 */
export function verdictOnDrawn({ reading, typical, distance, usual = 0, blur, condition }, data) {
  const { kind: { unit, made }, classes } = data;
  const asked = condition?.indexOf(1) ?? null; // −1: a mixture, which no training example was
  const back = Number.isNaN(distance) || distance <= Math.max(COMES_BACK, reading ? 0 : usual);
  const blurred = blur !== null && blur > BLURRED;
  const numbers = [...readingNumbers(reading, classes, "It"), typicalText(typical, heldOut(data)), ...backNumbers(distance, back, unit), ...blurNumbers(blur, unit)];
  if (!reading) {
    const level = typical < GUESSING ? "guessing" : typical < SEEN || !back || blurred || asked === -1 ? "unusual" : "seen";
    const article = /^[aeiou]/.test(unit) ? "an" : "a";
    return { level, numbers, sentence: {
      seen: `It ${made} ${article} ${unit} like those it learned from.`,
      unusual: blurred ? `It ${made} a blurred ${unit}.` : `It ${made} an unusual ${unit}.`,
      guessing: `It is guessing: it learned from no ${unit} like this.`,
    }[level] };
  }
  const shows = seenIn(reading, data);
  const clear = shows.sure && !shows.none;
  const strange = typical < GUESSING || !back;
  const level = !clear ? (strange ? "guessing" : "unusual") : strange || asked === -1 || (asked !== null && asked !== shows.top) ? "unusual" : "seen";
  const seen = { ...shows, words: !clear && blurred ? "a blur" : shows.words };
  return { level, numbers, sentence: drawnSentence(seen, asked, condition, clear && strange, data) };
}

function drawnSentence({ words, top }, asked, condition, far, { kind: { made, classed }, classes }) {
  if (asked === -1) {
    const parts = condition.map((_, i) => i).filter((i) => condition[i] > 0).map((i) => classes[i]);
    return `Asked for ${parts.slice(0, 3).join(" and ")} at once, it ${made} ${words}.`;
  }
  if (asked !== null) return asked === top ? `It ${made} ${words}, as asked.` : `Asked for ${named(classes[asked], classed)}, it ${made} ${words}.`;
  return far ? `It ${made} ${words}, far from where it learned.` : `It ${made} ${words}.`;
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
 * @param {number} [found.worst]  nats of the value that fits least, beyond those of one that fits
 * @param {?{kept: number, of: number}} found.kept  of what is read: how many words stand in the result, in their order
 * @param {"drawn"|"given"|"noisy"|"hidden"} found.how  where the example comes from, or what was done to it
 * @param {Data} data
 * @returns {Verdict}
 */
export function verdictOnReconstruction({ input, result, rank, explained, typical, worst = 0, kept: words, how }, data) {
  const { kind: { unit, makes, made }, classes, normal } = data;
  const held = heldOut(data);
  if (words) return verdictOnWords(words, rank, typical, data);
  if (Number.isNaN(explained)) {
    return { level: "unusual", sentence: `There is nothing in the ${unit}.`, numbers: [`The model ${makes} what it expects.`] };
  }
  const numbers = [
    ...readingNumbers(input, classes, "The input"), ...readingNumbers(result, classes, "The result"),
    `Explains ${explained < 0 ? "none" : `${(100 * explained).toFixed(0)}%`} of the ${how === "hidden" ? "visible part's" : `${unit}'s`} variation.`,
    ...(Number.isNaN(rank) ? [] : [`Its NLL is higher than that of ${rankText(rank)} of the ${held}.`]),
    typicalText(typical, held),
  ];
  if (normal !== null) return { ...verdictOnNormal({ rank, explained, typical, worst, how }, data), numbers };
  const poor = rank > POOR || explained < LITTLE;
  if (!input || !result) {
    const level = explained < 0 ? "guessing" : poor || typical < GUESSING ? "unusual" : "seen";
    return { level, numbers, sentence: {
      seen: `It ${makes} this ${unit} well.`,
      unusual: `It loses something of this ${unit}.`,
      guessing: `It cannot make this ${unit}: it ${makes} what it knows instead.`,
    }[level] };
  }
  const [given, drew] = [seenIn(input, data), seenIn(result, data)];
  const clear = drew.sure && !drew.none;
  if (how === "hidden") {
    return { level: clear && !poor ? "seen" : "unusual", numbers, sentence: `From what is visible, it ${made} ${drew.words}.` };
  }
  if (given.none) return { level: "guessing", numbers, sentence: `That is none of its classes: it ${made} ${drew.words}.` };
  const kept = given.sure && clear && given.top === drew.top;
  const level = kept ? (poor ? "unusual" : "seen") : given.sure && clear ? "guessing" : "unusual";
  const start = { drawn: `You ${makes === "writes" ? "wrote" : "drew"}`, given: "Given", noisy: "Under the noise is" }[how];
  const end = kept && poor ? `a different ${classes[drew.top]}` : drew.words;
  return { level, numbers, sentence: `${start} ${given.among}, it ${made} ${end}.` };
}

/** Where a model has learned what is normal: does this example fit? */
function verdictOnNormal({ rank, explained, typical, worst, how }, { kind: { unit } }) {
  const what = how === "hidden" ? `What is visible of this ${unit}` : `This ${unit}`;
  if (rank > POOR) {
    return { level: "guessing", sentence: `${what} does not fit: hardly one of a hundred normal ${unit}s is so far off.` };
  }
  if (worst > STRANGE) return { level: "unusual", sentence: `${what} has something in it that does not fit.` };
  const odd = rank > UNLIKELY || explained < LITTLE || typical < GUESSING;
  return odd ? { level: "unusual", sentence: `${what} is unusual among the normal ${unit}s.` }
    : { level: "seen", sentence: `${what} fits what the model learned as normal.` };
}

/** A sentence comes back as a similar one, at best: the verdict counts what they share. */
function verdictOnWords({ kept, of }, rank, typical, data) {
  const { unit } = data.kind;
  const strange = rank > POOR || typical < GUESSING;
  const level = kept < of / 4 ? "guessing" : strange || kept < of / 2 ? "unusual" : "seen";
  const which = { seen: `a similar ${unit}`, unusual: strange ? `a ${unit} it knows little of` : `a distant ${unit}`, guessing: `another ${unit}` }[level];
  return {
    level, sentence: `It writes ${which}: ${kept} of ${of} words are in it.`,
    numbers: [
      ...(Number.isNaN(rank) ? [] : [`Its NLL is higher than that of ${rankText(rank)} of the ${heldOut(data)}.`]), typicalText(typical, heldOut(data)),
    ],
  };
}

/** How typical a place is: never "less than 1%", never "100%". */
export function typicalText(percentile, held) {
  if (percentile < 1) return `Its place is among the least typical hundredth of the ${held}.`;
  return `Its place is more typical than that of ${Math.min(99, Math.floor(percentile))}% of the ${held}.`;
}

/** What an example is compared with: "held-out images". */
export function heldOut({ kind: { unit }, normal }) {
  return `${normal === null ? "held-out" : "normal held-out"} ${unit}s`;
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
