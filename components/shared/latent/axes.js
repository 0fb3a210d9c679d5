// Axes: what a slider or a pad moves along. A latent dimension, or a principal direction of the encoded data (Härkönen
// et al. 2020, GANSpace). All have the same shape, so that no view needs to know which it shows.

import { zName } from "../kit/dom.js";

/**
 * @typedef {object} Axis
 * @property {string} id  in a link: "3", or "pc1"
 * @property {string} name  short, as "z₃" or "PC 1"
 * @property {string} description  for a hover and a screen reader
 * @property {?number} dim  the latent dimension, null for a direction
 * @property {number[]} vector  [D], of length 1: what the axis runs along
 * @property {boolean} hasPrior  whether the model expects N(home, 1) along the axis; a deterministic code expects nothing
 * @property {boolean} active  whether it carries anything
 * @property {number} home  where reset goes: the coordinate of the prior's mean
 * @property {[number, number]} quantiles  the range of the encoded data
 * @property {[number, number]} sigmas  mean ± 3 standard deviations of the prior or, without one, of the data
 * @property {(z: number[]) => number} read  the coordinate of a point
 * @property {(z: number[], value: number) => number[]} write  the point with that coordinate
 */

/** A range to move in: that of codes which are all the same, as a language model's, is one to each side. */
function wide(low, high) {
  return high > low ? [low, high] : [low - 1, high + 1];
}

/** @returns {Axis[]} one per latent dimension, in the order given: the most informative first; `unit`: nats per what */
export function dimensionAxes(dimensions, origin, unit = "image") {
  return dimensions.map(({ index, kl, mean, std, low, high, active }) => ({
    id: String(index),
    name: zName(index),
    description: `Latent dimension ${index}${kl === null ? "" : `, carries ${kl.toFixed(2)} nats per ${unit}`}`,
    dim: index,
    // Made when asked for: of 512 dimensions, hardly two are looked at so closely.
    get vector() {
      return origin.map((_, i) => (i === index ? 1 : 0));
    },
    hasPrior: kl !== null,
    active,
    home: origin[index],
    quantiles: wide(low, high),
    sigmas: kl === null ? wide(mean - 3 * std, mean + 3 * std) : [-3, 3],
    read: (z) => z[index],
    write: (z, value) => z.map((old, i) => (i === index ? value : old)),
  }));
}

/** @returns {Axis[]} principal directions through the mean of the data, those of largest variance first */
export function directionAxes(directions, center, origin, hasPrior = true) {
  return directions.map(({ vector, std, share, low, high }, i) => {
    const read = (z) => z.reduce((sum, value, k) => sum + (value - center[k]) * vector[k], 0);
    return {
      id: `pc${i + 1}`,
      name: `PC ${i + 1}`,
      description: `Principal direction ${i + 1}, ${(100 * share).toFixed(0)}% of the variance`,
      dim: null,
      vector,
      hasPrior,
      active: share >= 0.005,
      home: read(origin),
      quantiles: wide(low, high),
      sigmas: wide(-3 * std, 3 * std),
      read,
      write: (z, value) => {
        const step = value - read(z);
        return z.map((old, k) => old + step * vector[k]);
      },
    };
  });
}

/**
 * An axis along a difference: its coordinate is how many times the difference is added to a base. Both may change.
 *
 * @returns {Axis}  reads null while there is no difference
 */
export function differenceAxis(name, description, range, home, base, vector) {
  return {
    id: "difference", name, description, dim: null, hasPrior: true, active: true, home,
    get vector() {
      const length = Math.hypot(...vector()) || 1;
      return vector().map((value) => value / length);
    },
    quantiles: range,
    sigmas: range,
    read: (z) => {
      const square = vector().reduce((sum, value) => sum + value * value, 0);
      return square ? z.reduce((sum, value, i) => sum + (value - base()[i]) * vector()[i], 0) / square : null;
    },
    write: (_z, value) => base().map((start, i) => start + value * vector()[i]),
  };
}

/** The axis's range, stretched to reach a point beyond it: a link may hold one that the data do not cover. */
export function rangeOf(axis, kind, z) {
  const [low, high] = axis[kind];
  const at = axis.read(z);
  return [Math.min(low, at), Math.max(high, at)];
}
