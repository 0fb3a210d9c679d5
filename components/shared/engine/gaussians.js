// A mixture of Gaussians, which vae_core/samplers makes of every sampler, and draws from it: the same seed draws the same
// points in every browser.

import { normalsFrom, uniform } from "./random.js";

export class Gaussians {
  #parts; // the Gaussians of each class, or all: {label, indices, cumulative}

  /**
   * @param {object} given  K Gaussians in D dimensions, as flat arrays
   * @param {ArrayLike<number>} given.means  [K·D]
   * @param {ArrayLike<number>} given.factors  standard deviations [K·D], or lower Cholesky factors of covariances [K·D·D]
   * @param {ArrayLike<number>} given.weights  [K], of those of a class: they add up to 1
   * @param {?ArrayLike<number>} given.y  [K], the class that each is of; null for a model that is not told a class
   * @param {number} dim
   */
  constructor({ means, factors, weights, y = null }, dim) {
    Object.assign(this, { means, factors, dim, full: factors.length > means.length });
    const parts = new Map();
    for (let k = 0; k < weights.length; k++) {
      const label = y ? y[k] : 0;
      if (!parts.has(label)) parts.set(label, { label, indices: [], cumulative: [] });
      const { indices, cumulative } = parts.get(label);
      indices.push(k);
      cumulative.push((cumulative.at(-1) ?? 0) + weights[k]);
    }
    this.#parts = [...parts.values()];
  }

  /** @param {Map} tensors  as `for_page` in vae_core/samplers names them */
  static of(tensors) {
    const values = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
    return new Gaussians(values, tensors.get("means").shape[1]);
  }

  /** A point [D], for class weights `y` [K] of a conditional model. */
  draw(seed, y = null) {
    return this.draws(1, seed, y)[0];
  }

  /** n points [n][D]; more of the same seed begin alike. */
  draws(n, seed, y = null) {
    const next = uniform(seed);
    const normal = normalsFrom(next);
    return Array.from({ length: n }, () => this.#point(this.#pick(next, y), this.#noise(normal)));
  }

  /**
   * A random walk of n points, each distributed as all draws are: in their Gaussian, neighbours are `step` apart in angle
   * (radians), and as the step grows more of them are of another one. 0 stays at one place, π/2 makes neighbours
   * independent. A longer walk begins like a shorter one of the same seed.
   */
  walk(n, step, seed) {
    const next = uniform(seed);
    const normal = normalsFrom(next);
    let k = this.#pick(next, null);
    let noise = this.#noise(normal);
    const points = [this.#point(k, noise)];
    while (points.length < n) {
      const turn = this.#noise(normal);
      noise = noise.map((value, i) => Math.cos(step) * value + Math.sin(step) * turn[i]);
      const chance = this.size > 1 ? next() : 0;
      const other = this.#pick(next, null); // drawn in any case: what comes after must not depend on the step
      if (chance >= Math.cos(step)) k = other;
      points.push(this.#point(k, noise));
    }
    return points;
  }

  get size() {
    return this.means.length / this.dim;
  }

  /** Which Gaussian: nothing is drawn where there is but one. */
  #pick(next, y) {
    const possible = this.#parts.filter(({ label }) => !y || y[label] > 0);
    const parts = possible.length ? possible : this.#parts; // of a class without codes, any
    const { indices, cumulative } = parts.length === 1 ? parts[0]
      : parts[place(sums(parts.map(({ label }) => y?.[label] || 1)), next)];
    return indices.length === 1 ? indices[0] : indices[place(cumulative, next)];
  }

  #noise(normal) {
    return Array.from({ length: this.dim }, normal);
  }

  #point(k, noise) {
    const { means, factors, dim, full } = this;
    return noise.map((value, i) => {
      if (!full) return means[k * dim + i] + factors[k * dim + i] * value;
      let sum = means[k * dim + i];
      for (let j = 0, at = (k * dim + i) * dim; j <= i; j++) sum += factors[at + j] * noise[j];
      return sum;
    });
  }
}

function sums(weights) {
  let sum = 0;
  return weights.map((weight) => (sum += weight));
}

/** Where a draw falls among cumulative weights. */
function place(cumulative, next) {
  const at = next() * cumulative.at(-1);
  const found = cumulative.findIndex((sum) => at < sum);
  return found < 0 ? cumulative.length - 1 : found;
}
