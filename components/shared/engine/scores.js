// How well a model explains an image: vae_core/latent/reconstruction.py in the page. Nats per image.

/**
 * @param {import("./engine.js").Engine} engine
 * @param {{name: string, log_sigma: ?number}} likelihood
 * @param {(mu: Float32Array) => number[]} point  the latent point that stands for a posterior mean
 * @returns {{z: number[], mu: number[], logvar: ?number[], pixels: Float32Array, nll: number, kl: number, neg_elbo: number,
 *   explained: number}}  `neg_elbo` is −ELBO, its expectation taken at the posterior mean; `pixels`, what z decodes to, are
 *   the engine's own; `explained` is the share of x's variance that they explain, NaN for an even picture
 */
export function scored(engine, likelihood, x, y, point) {
  const posterior = engine.encode(x, y);
  const mu = [...posterior.mu];
  const logvar = posterior.logvar && [...posterior.logvar];
  const z = point(mu);
  const pixels = engine.decode(z, y);
  const nll = negativeLogLikelihood(engine.logits, x, likelihood);
  const kl = logvar ? mu.reduce((sum, m, d) => sum + 0.5 * (m * m + Math.exp(logvar[d]) - 1 - logvar[d]), 0) : 0;
  return { z, mu, logvar, pixels, nll, kl, neg_elbo: nll + kl, explained: explained(x, pixels) };
}

function explained(x, pixels) {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  let [error, variance] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    error += (x[i] - pixels[i]) ** 2;
    variance += (x[i] - mean) ** 2;
  }
  return variance > 1e-6 * x.length ? 1 - error / variance : NaN;
}

/**
 * −log p(x | z) in nats of x [C·H·W] under the decoder's `logits`; with `visible` [H·W], of the pixels where it is 1.
 */
export function negativeLogLikelihood(logits, x, { name, log_sigma }, visible = null) {
  let sum = 0;
  const counts = (i) => !visible || visible[i % visible.length];
  if (name === "bernoulli") {
    // log(1 + e^l) − x·l, written so that it cannot overflow
    for (let i = 0; i < x.length; i++) {
      if (!counts(i)) continue;
      const l = logits[i];
      sum += Math.max(l, 0) - l * x[i] + Math.log1p(Math.exp(-Math.abs(l)));
    }
    return sum;
  }
  const precision = Math.exp(-2 * log_sigma);
  const constant = log_sigma + 0.5 * Math.log(2 * Math.PI);
  for (let i = 0; i < x.length; i++) {
    if (counts(i)) sum += 0.5 * precision * (x[i] - 1 / (1 + Math.exp(-logits[i]))) ** 2 + constant;
  }
  return sum;
}

/** The share in percent of what `quantiles` (the 0th to 100th percentile) describe that is below `value`. */
export function percentileOf(value, quantiles) {
  let upper = 1;
  while (upper < quantiles.length - 1 && quantiles[upper] < value) upper++;
  const [low, high] = [quantiles[upper - 1], quantiles[upper]];
  const part = Math.min(1, Math.max(0, (value - low) / Math.max(high - low, 1e-12)));
  return (100 * (upper - 1 + part)) / (quantiles.length - 1);
}

/** The indices of the k rows of a tensor [N, D] that are nearest to z, of those that `counts`. */
export function nearestRows(z, { data, shape: [n, dim] }, k, counts = () => true) {
  const nearest = []; // sorted; nearly all rows are too far to enter, so this costs one look at each
  for (let index = 0, at = 0; index < n; index++) {
    let distance = 0;
    for (let d = 0; d < dim; d++, at++) distance += (z[d] - data[at]) ** 2;
    if ((nearest.length === k && distance >= nearest[k - 1].distance) || !counts(index)) continue;
    const place = nearest.findIndex((other) => distance < other.distance);
    nearest.splice(place < 0 ? nearest.length : place, 0, { index, distance });
    if (nearest.length > k) nearest.pop();
  }
  return nearest.map(({ index }) => index);
}

const UNUSUAL = 1.6;
const STRANGE = 2.6;
const LITTLE = 0.15; // of the variance: fewer than one of twenty held-out digits is explained less well, even on a plane

/**
 * Whether an image looks like the training data, in plain words: by how its −ELBO compares with the held-out images'
 * mean, by how typical its latent point is (percent of held-out images that are less typical), and by whether the
 * reconstruction has anything of it: a few specks on black are likely under any model of ink on black, and yet lost.
 */
export function judged({ loss, explained }, mean, typical, variational) {
  if (Number.isNaN(explained)) {
    return { level: "unusual", verdict: "There is nothing in the picture.", reason: "The model draws what it expects." };
  }
  const times = mean > 0 ? loss / mean : NaN; // a density's −log may be negative, and has no ratio then
  const level = times > STRANGE || explained < 0 ? "guessing"
    : times > UNUSUAL || typical < 1 || explained < LITTLE ? "unusual" : "seen";
  const verdict = {
    seen: "This looks like the training data.",
    unusual: "This is unusual: the model loses something of it.",
    guessing: "This is nothing like the training data: the model draws what it knows instead.",
  }[level];
  const ratio = Number.isNaN(times) ? [] : [`${variational ? "−ELBO" : "NLL"} ${times.toFixed(1)}× the held-out mean`];
  const share = typical < 1 ? "fewer than 1" : typical.toFixed(0);
  const parts = [
    ...ratio, `code more typical than ${share}% of the held-out images`,
    `explains ${explained < 0 ? "none" : `${(100 * explained).toFixed(0)}%`} of the picture's variance`,
  ];
  return { level, verdict, reason: `${parts.join("; ")}.` };
}
