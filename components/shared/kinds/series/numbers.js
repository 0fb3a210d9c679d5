// Measured values: from scaled ones to those of a column's unit, and how people write them.

import { typeset } from "../../kit/numerals.js";

/** A scaled value in its column's unit. */
export function rawOf({ center, spread, log }, value) {
  const found = value * spread + center;
  return log ? Math.sign(found) * Math.expm1(Math.abs(found)) : found;
}

/** A value in its column's unit as a network takes it. */
export function scaledOf({ center, spread, log }, value) {
  return ((log ? Math.sign(value) * Math.log1p(Math.abs(value)) : value) - center) / spread;
}

const GRAIN = 1e-3; // of a column's spread, where a value lies: a step that is told

/** A scaled value in its column's unit, for people: four significant digits, and the unit. */
export function toldOf(column, value) {
  return `${written(rounded(column, value))}${column.unit && ` ${column.unit}`}`;
}

/** A scaled value in its column's unit, in steps that are small beside the column's spread: −0.0000021 of 12 is 0. */
export function rounded(column, value) {
  const raw = rawOf(column, value);
  const spread = Math.abs(rawOf(column, value + 1) - rawOf(column, value - 1)) / 2;
  if (!Number.isFinite(spread) || !Number.isFinite(raw)) return raw;
  const digits = -Math.floor(Math.log10(GRAIN * spread));
  return digits > 15 ? raw : digits >= 0 ? Number(raw.toFixed(Math.min(digits, 100))) + 0 : raw;
}

/** Four significant digits, as people write them. */
export function written(value) {
  if (!value || !Number.isFinite(value)) return String(value || 0);
  if (Math.abs(value) >= 1e9 || Math.abs(value) < 1e-6) return typeset(value.toExponential(2).replace("e+", "e"));
  const digits = Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value)))));
  return typeset(Number(value.toFixed(digits)).toLocaleString("en", { maximumFractionDigits: digits }));
}

/** The same, short enough for an axis: 25M, 1e-7. */
export function brief(value) {
  const size = Math.abs(value);
  if (size >= 1e15 || (size && size < 1e-4)) return typeset(value.toExponential(0).replace("e+", "e"));
  return size < 1e5 ? written(value) : typeset(value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 }));
}

/** Round numbers between two bounds, about `n`; `steps`: how far they may lie apart, beside 1, 2 and 5 of each power of ten. */
export function ticks(low, high, n, steps = []) {
  const rough = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = steps.find((each) => each >= rough) ?? power * [1, 2, 5, 10].find((factor) => power * factor >= rough * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

/** Ticks of a column: powers of ten where its logarithm is what is drawn. */
export function ticksOf(column, highest, n) {
  const [low, high] = [rawOf(column, -highest), rawOf(column, highest)];
  if (!column.log) return ticks(low, high, n);
  const all = Array.from({ length: 31 }, (_, i) => 10 ** (i - 1)).flatMap((power) => [power, -power]);
  const inside = [0, ...all].filter((value) => value >= low && value <= high).sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil(inside.length / n));
  return inside.filter((_, i) => i % every === 0);
}

/** In what a window's time is counted, how much of it a step is, and how far ticks may lie apart. */
export function unitOf(step, steps) {
  if (!step) return { unit: "steps", each: 1, apart: [] };
  const whole = step * steps;
  const units = [["days", 86_400, []], ["hours", 3600, [1, 2, 3, 6, 12, 24]], ["minutes", 60, [1, 2, 5, 10, 15, 30]]];
  const [unit, seconds, apart] = units.find(([, seconds]) => whole >= 2 * seconds) ?? ["seconds", 1, []];
  return { unit, each: step / seconds, apart };
}
