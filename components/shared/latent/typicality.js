// How typical a latent point is of the encoded data: vae_core/latent/typicality.py in the page.

const SEEN = 5; // percent of held-out images that are less typical: from here on the model has seen the like
const GUESSING = 1; // and below this it is guessing
const COMES_BACK = 2; // posterior σ that decode → encode may be away from where it started

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
    const { quantiles } = this;
    const value = this.logDensity(z);
    let upper = 1;
    while (upper < quantiles.length - 1 && quantiles[upper] < value) upper++;
    const [low, high] = [quantiles[upper - 1], quantiles[upper]];
    const part = Math.min(1, Math.max(0, (value - low) / Math.max(high - low, 1e-12)));
    return (100 * (upper - 1 + part)) / (quantiles.length - 1);
  }
}

/** How far decode → encode lands from z, in posterior standard deviations (root mean square); NaN without a posterior. */
export function reencodingDistance(z, { mu, logvar }) {
  if (!logvar) return NaN;
  let sum = 0;
  for (let d = 0; d < z.length; d++) sum += (z[d] - mu[d]) ** 2 / Math.exp(logvar[d]);
  return Math.sqrt(sum / z.length);
}

/**
 * The verdict in plain words. `unit`: what an example is called; `mixture`: the condition mixes classes, which no
 * training example did.
 * @returns {{level: "seen"|"unusual"|"guessing", verdict: string, reason: string}}
 */
export function judge(percentile, distance, unit, mixture = false) {
  const back = Number.isNaN(distance) || distance <= COMES_BACK;
  const level = percentile < GUESSING ? "guessing" : percentile < SEEN || !back || mixture ? "unusual" : "seen";
  const verdict = {
    seen: "The model has seen things like this.",
    unusual: "This is unusual for the model.",
    guessing: "The model is guessing.",
  }[level];
  const share = percentile < 1 ? "less than 1" : percentile.toFixed(0);
  const unseen = mixture ? "It never saw classes mixed. " : "";
  const typical = `More typical than ${share}% of the held-out ${unit}s.`;
  const returns = Number.isNaN(distance)
    ? ""
    : ` Encoded again, the ${unit} lands ${distance.toFixed(1)} σ away${back ? ": it comes back." : ": it does not come back."}`;
  return { level, verdict, reason: unseen + typical + returns };
}

/** How strongly a picture at this percentile should fade: 1 where the model has seen the like, less where it guesses. */
export function opacityAt(percentile) {
  return 0.12 + 0.88 * Math.min(1, percentile / SEEN);
}
