// How well a model explains an example: vae_core/latent/reconstruction.py in the page. Nats per example.

/**
 * @param {import("./engine.js").Engine} engine  one that knows its likelihood
 * @param {(mu: Float32Array) => number[]} point  the latent point that stands for a posterior mean
 * @returns {{z: number[], mu: number[], logvar: ?number[], shown: Float32Array, nll: number, kl: number, neg_elbo: number,
 *   explained: number}}  `neg_elbo` is −ELBO, its expectation taken at the posterior mean; `shown`, what z decodes to, is
 *   the engine's own; `explained` is the share of x's variation that it explains, NaN for an even example
 */
export function scored(engine, x, y, point) {
  const { likelihood } = engine;
  const posterior = engine.encode(x, y);
  const mu = [...posterior.mu];
  const logvar = posterior.logvar && [...posterior.logvar];
  const z = point(mu);
  const shown = engine.decode(z, y);
  const nll = likelihood.nll(engine.logits, x);
  const kl = logvar ? mu.reduce((sum, m, d) => sum + 0.5 * (m * m + Math.exp(logvar[d]) - 1 - logvar[d]), 0) : 0;
  return { z, mu, logvar, shown, nll, kl, neg_elbo: nll + kl, explained: likelihood.explained(x, shown) };
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
 * Whether an example looks like the training data, in plain words: by how its −ELBO compares with the held-out ones'
 * mean, by how typical its latent point is (percent of held-out ones that are less typical), and by whether the
 * reconstruction has anything of it: a few specks on black are likely under any model of ink on black, and yet lost.
 * `unit` is what an example is called.
 */
export function judged({ loss, explained }, mean, typical, variational, unit) {
  if (Number.isNaN(explained)) {
    return { level: "unusual", verdict: `There is nothing in the ${unit}.`, reason: "The model draws what it expects." };
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
    ...ratio, `code more typical than ${share}% of the held-out ${unit}s`,
    `explains ${explained < 0 ? "none" : `${(100 * explained).toFixed(0)}%`} of the ${unit}'s variation`,
  ];
  return { level, verdict, reason: `${parts.join("; ")}.` };
}
