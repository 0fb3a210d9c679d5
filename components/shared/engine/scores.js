// How well a model explains an example: vae_core/latent/reconstruction.py in the page. Nats per example.

/**
 * @param {import("./engine.js").Engine} engine  one that knows its likelihood
 * @param {(mu: Float32Array) => number[]} point  the latent point that stands for a posterior mean
 * @returns {{z: number[], mu: number[], logvar: ?number[], shown: Float32Array, nll: number, kl: number, neg_elbo: number}}
 *   `neg_elbo` is −ELBO, its expectation taken at the posterior mean; a code without a posterior has no `kl` (NaN) and
 *   `neg_elbo` is its NLL; `shown`, what z decodes to, is the engine's own
 */
export function scored(engine, x, y, point) {
  const { likelihood } = engine;
  const posterior = engine.encode(x, y);
  const mu = [...posterior.mu];
  const logvar = posterior.logvar && [...posterior.logvar];
  const z = point(mu);
  const shown = engine.decode(z, y);
  const nll = likelihood.nll(engine.given(x), x);
  const kl = logvar ? mu.reduce((sum, m, d) => sum + 0.5 * (m * m + Math.exp(logvar[d]) - 1 - logvar[d]), 0) : NaN;
  return { z, mu, logvar, shown, nll, kl, neg_elbo: logvar ? nll + kl : nll };
}

/**
 * How well what was decoded last accounts for an example that it should be: the NLL in nats, and the share of the
 * example's variation that it explains, NaN for an even one.
 *
 * @param {?Float32Array} visible  1 for each place that counts, else 0; null for all
 */
export function fitOf(engine, shown, x, visible = null) {
  const { likelihood } = engine;
  return { nll: likelihood.nll(engine.given(x), x, visible), explained: likelihood.explained(x, shown, visible) };
}

/** The share in percent of what `quantiles` (the 0th to 100th percentile) describe that is below `value`. */
export function percentileOf(value, quantiles) {
  let upper = 1;
  while (upper < quantiles.length - 1 && quantiles[upper] < value) upper++;
  const [low, high] = [quantiles[upper - 1], quantiles[upper]];
  const part = Math.min(1, Math.max(0, (value - low) / Math.max(high - low, 1e-12)));
  return (100 * (upper - 1 + part)) / (quantiles.length - 1);
}

/** A percentile among held-out examples in words: nobody is above all of them, or below. */
export function rankText(percentile) {
  return percentile < 1 ? "fewer than 1%" : `${Math.min(99, Math.floor(percentile))}%`;
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
