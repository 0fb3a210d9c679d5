// How typical a latent point is of the encoded data: vae_core/latent/typicality.py in the page.

import { percentileOf } from "../engine/scores.js";

const SEEN = 5; // percent of held-out images that are less typical: from here on the model has seen the like

export class Typicality {
  #constants;
  #precisions;

  /** @param {Map} tensors  "components.mu" and "components.logvar" [M, D], "components.quantiles" [Q] */
  constructor(tensors) {
    const { data, shape } = tensors.get("components.mu");
    [this.count, this.dim] = shape;
    this.mu = data;
    const logvar = tensors.get("components.logvar").data;
    this.quantiles = tensors.get("components.quantiles").data;
    this.#precisions = logvar.map((value) => Math.exp(-value));
    this.#constants = new Float64Array(this.count);
    for (let m = 0; m < this.count; m++) {
      let sum = this.dim * Math.log(2 * Math.PI);
      for (let d = 0; d < this.dim; d++) sum += logvar[m * this.dim + d];
      this.#constants[m] = -0.5 * sum - Math.log(this.count);
    }
    this.levels = new Float64Array(this.count);
  }

  /** log q(z) in nats under the aggregated posterior. */
  logDensity(z) {
    const { count, dim, mu, levels } = this;
    let highest = -Infinity;
    for (let m = 0, at = 0; m < count; m++) {
      let squares = 0;
      for (let d = 0; d < dim; d++, at++) {
        const difference = z[d] - mu[at];
        squares += difference * difference * this.#precisions[at];
      }
      levels[m] = this.#constants[m] - 0.5 * squares;
      if (levels[m] > highest) highest = levels[m];
    }
    let sum = 0;
    for (let m = 0; m < count; m++) sum += Math.exp(levels[m] - highest);
    return highest + Math.log(sum);
  }

  /** The share of held-out examples, in percent, that are less typical than z. */
  percentile(z) {
    return percentileOf(this.logDensity(z), this.quantiles);
  }
}

/** How far decode → encode lands from z, in posterior standard deviations (root mean square); NaN without a posterior. */
export function reencodingDistance(z, { mu, logvar }) {
  if (!logvar) return NaN;
  let sum = 0;
  for (let d = 0; d < z.length; d++) sum += (z[d] - mu[d]) ** 2 / Math.exp(logvar[d]);
  return Math.sqrt(sum / z.length);
}

/** How strongly a picture at this percentile should fade: 1 where the model has seen the like, less where it guesses. */
export function opacityAt(percentile) {
  return 0.12 + 0.88 * Math.min(1, percentile / SEEN);
}
