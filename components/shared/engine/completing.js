// Completions of a picture of which a part is hidden: vae_core/latent/inpainting.py in the page, by pseudo-Gibbs (Rezende,
// Mohamed & Wierstra 2014). Several chains are run, and the most plausible completions that differ are kept.

import { normals, uniform } from "./random.js";

const CHAINS = 20;
const PER_CLASS = 3; // chains for each class, where several may be meant
const STEPS = 24;
const ALIKE = 0.12; // root mean square over the hidden values: what differs by less is one completion

/**
 * Yields after each chain, so that a caller can stop it.
 *
 * @param {import("./engine.js").Engine} engine  one that knows its likelihood
 * @param {object} example
 * @param {Float32Array} example.x  [C·H·W] in [0, 1] for images, symbol ids [H·W] for tiles
 * @param {Float32Array} example.visible  [H·W], 1 where x is seen, else 0
 * @param {?number[][]} example.classes  class weights [K] that the chains take in turn; null for an unconditional model
 * @param {{n: number, seed: number}} options
 * @returns {{z: number[], y: ?number[], values: Float32Array, nll: number, joint: number}[]}  n of them, the most
 *   plausible first: y is the class weights that were taken, `values` has x's visible ones; nll is
 *   −log p(x_visible | z), joint log p(x_visible, z), in nats
 */
export function* completions(engine, { x, visible, classes }, { n, seed }) {
  const { likelihood } = engine;
  const plane = visible.length;
  const draw = normals(seed);
  const noise = uniform(seed);
  const filling = (hidden) => x.map((value, i) => (visible[i % plane] ? value : hidden(i)));
  const candidates = [];
  const chains = classes?.length > 1 ? PER_CLASS * classes.length : CHAINS;
  for (let chain = 0; chain < chains; chain++) {
    const y = classes?.[chain % classes.length] ?? null;
    // Without a prior: from a filling of pure noise.
    const start = () => [...engine.encode(filling(() => likelihood.anyValue(noise)), y).mu];
    let z = engine.variational ? Array.from({ length: engine.latentDim }, draw) : start();
    let best = null;
    for (let step = 0; step < STEPS; step++) {
      const values = engine.fill(z, y, x, visible);
      const nll = likelihood.nll(engine.logits, values, visible);
      const joint = (engine.variational ? logPrior(z) : 0) - nll;
      if (!best || joint > best.joint) best = { z, y, values, nll, joint };
      const { mu, logvar } = engine.encode(values, y);
      z = Array.from(mu, (mean, d) => mean + (logvar ? Math.exp(0.5 * logvar[d]) * draw() : 0));
    }
    candidates.push(best);
    yield;
  }
  return different(candidates, visible, n, likelihood.squaredDifference);
}

/** The n most plausible that are not alike, filled up with those that are. */
function different(candidates, visible, n, squaredDifference) {
  const hidden = visible.reduce((count, value) => count + (value ? 0 : 1), 0) * (candidates[0].values.length / visible.length);
  const distance = (a, b) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += squaredDifference(a[i], b[i]);
    return Math.sqrt(sum / Math.max(1, hidden));
  };
  const order = candidates.sort((a, b) => b.joint - a.joint);
  const kept = [];
  for (const each of order) {
    if (kept.length < n && kept.every((other) => distance(each.values, other.values) >= ALIKE)) kept.push(each);
  }
  const filler = order.filter((each) => !kept.includes(each)).slice(0, n - kept.length);
  return [...kept, ...filler].sort((a, b) => b.joint - a.joint);
}

function logPrior(z) {
  return z.reduce((sum, value) => sum - 0.5 * (value * value + Math.log(2 * Math.PI)), 0);
}
