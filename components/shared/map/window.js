// The part of a plane that the map shows: from coordinates on its axes to places on the map, and zoom and pan.
//
// A *value* is a coordinate on an axis, a *unit* is the value as the map spaces it, and a *part* is a place in the
// window: 0 at the left and the bottom, 1 at the right and the top.

import { cdf, quantile } from "../engine/normal.js";
import { typeset } from "../kit/numerals.js";

const DECIMALS = 4; // of the window's ends, so that a link shows exactly what is seen
const PRIOR_REACH = 2.5; // σ of the prior that the map shows at least, however narrow the data
const NORMAL_HOME = 3; // σ at the ends of a map spaced by the prior's quantiles
const NORMAL_END = 4; // σ beyond which such a map has no room
const FARTHEST = 4; // times the home window
const CLOSEST = 1 / 40;
const CROWDED = 0.06; // of the window, between labels of an axis

/** One axis of the map. */
export class Scale {
  /**
   * @param {import("../latent/axes.js").Axis} axis
   * @param {"normal"|"linear"} spacing  by the quantiles of the prior, N(axis.home, 1) along any axis, or evenly
   */
  constructor(axis, spacing) {
    const normal = spacing === "normal";
    this.toUnit = normal ? (value) => cdf(value - axis.home) : (value) => value;
    this.toValue = normal ? (unit) => axis.home + quantile(unit) : (unit) => unit;
    this.home = (normal ? [axis.home - NORMAL_HOME, axis.home + NORMAL_HOME] : linearHome(axis)).map(shortened);
    const [low, high] = this.home;
    const reach = (FARTHEST * (high - low)) / 2;
    this.limits = normal
      ? [axis.home - NORMAL_END, axis.home + NORMAL_END]
      : [(low + high) / 2 - reach, (low + high) / 2 + reach];
  }
}

function linearHome({ home, quantiles: [low, high], hasPrior }) {
  if (hasPrior) return [Math.min(low, home - PRIOR_REACH), Math.max(high, home + PRIOR_REACH)];
  const margin = 0.05 * (high - low) || 1;
  return [low - margin, high + margin];
}

function shortened(value) {
  return Math.round(value * 10 ** DECIMALS) / 10 ** DECIMALS;
}

/** Fires "change" at every zoom and pan. */
export class MapWindow extends EventTarget {
  #ranges; // in units, horizontal and vertical

  /**
   * @param {Scale[]} scales  horizontal and vertical
   * @param {?number[]} values  left, right, bottom and top; null for all that is worth seeing
   */
  constructor(scales, values) {
    super();
    this.scales = scales;
    this.#set(values ? [values.slice(0, 2), values.slice(2)] : this.#home);
  }

  /** Left, right, bottom and top, as values. */
  values = [];

  /** The same as units: what places things on the map. */
  get units() {
    return this.#ranges.flat();
  }

  get isHome() {
    return this.#home.flat().every((value, i) => value === this.values[i]);
  }

  partOf(point) {
    return this.partOfUnits(point.map((value, i) => this.scales[i].toUnit(value)));
  }

  partOfUnits(units) {
    return units.map((unit, i) => (unit - this.#ranges[i][0]) / (this.#ranges[i][1] - this.#ranges[i][0]));
  }

  valueAt(part) {
    return part.map((p, i) => {
      const [low, high] = this.#ranges[i];
      return this.scales[i].toValue(low + p * (high - low));
    });
  }

  /** Show 1 / factor of what is seen, the place `part` staying where it is. */
  zoom(factor, part = [0.5, 0.5]) {
    this.#reframe((low, high, i) => {
      const at = low + part[i] * (high - low);
      const [home, limits] = [this.#unitsOf(this.#home[i], i), this.#unitsOf(this.scales[i].limits, i)];
      const width = Math.min(limits[1] - limits[0], Math.max(CLOSEST * (home[1] - home[0]), (high - low) / factor));
      return [at - part[i] * width, at + (1 - part[i]) * width];
    });
  }

  /** Move what is seen, by parts of the window. */
  pan(dx, dy) {
    this.#reframe((low, high, i) => {
      const shift = [dx, dy][i] * (high - low);
      return [low - shift, high - shift];
    });
  }

  /** Pan just as far as it takes to see a point. */
  include(point) {
    const shift = this.partOf(point).map((part) => (part < 0 ? -part : part > 1 ? 1 - part : 0));
    if (shift.some((by) => Math.abs(by) > 1e-9)) this.pan(...shift);
  }

  /** Show the surroundings of a point, as far as `reach` on all sides. */
  focus(point, reach) {
    this.#set(point.map((value, i) => {
      const [low, high] = this.#home[i];
      const half = Math.max(reach, (CLOSEST * (high - low)) / 2);
      return [value - half, value + half];
    }));
    this.dispatchEvent(new Event("change"));
  }

  reset() {
    this.#set(this.#home);
    this.dispatchEvent(new Event("change"));
  }

  /** Round values for the labels of an axis, at most `count`, and where they stand: [{text, part}]. */
  ticks(i, count = 7) {
    const [low, high] = this.values.slice(2 * i, 2 * i + 2);
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((times) => times * power).find((candidate) => candidate >= rough);
    const candidates = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++) {
      const unit = this.scales[i].toUnit(k * step);
      const part = (unit - this.#ranges[i][0]) / (this.#ranges[i][1] - this.#ranges[i][0]);
      candidates.push({ part, text: typeset(Number((k * step).toPrecision(4))) });
    }
    // Quantiles crowd values together at the ends: there, every other label goes.
    const kept = [];
    for (const tick of candidates.sort((a, b) => Math.abs(a.part - 0.5) - Math.abs(b.part - 0.5))) {
      if (kept.every(({ part }) => Math.abs(part - tick.part) >= CROWDED)) kept.push(tick);
    }
    return kept;
  }

  get #home() {
    return this.scales.map((scale) => scale.home);
  }

  #unitsOf(values, i) {
    return values.map((value) => this.scales[i].toUnit(value));
  }

  #reframe(change) {
    const before = this.values;
    this.#set(this.#ranges.map(([low, high], i) => {
      const limits = this.#unitsOf(this.scales[i].limits, i);
      const [from, to] = change(low, high, i);
      // What reaches over the limits is moved back rather than cut, so that panning does not zoom.
      const back = Math.max(0, limits[0] - from) - Math.max(0, to - limits[1]);
      return [from + back, to + back].map((unit) => this.scales[i].toValue(unit));
    }));
    if (before.some((value, k) => value !== this.values[k])) this.dispatchEvent(new Event("change"));
  }

  #set(ranges) {
    const kept = ranges.map(([low, high], i) => {
      const [least, most] = this.scales[i].limits;
      const inside = [Math.max(low, least), Math.min(high, most)].map(shortened);
      return inside[0] < inside[1] ? inside : this.scales[i].home;
    });
    this.values = kept.flat();
    this.#ranges = kept.map((range, i) => this.#unitsOf(range, i));
  }
}
