// Completions of a picture of which a part is hidden: vae_core/latent/inpainting.py in the page, by pseudo-Gibbs (Rezende,
// Mohamed & Wierstra 2014). Several chains are run, and the most plausible completions that differ are kept.

import { normals, uniform } from "./random.js";

const CHAINS = 20;
const PER_CLASS = 3; // chains for each class, where several may be meant
const STEPS = 24;
const STEPS_OF_WORDS = 8; // what is visible is seen on the way, and the chains begin near it
const ALIKE = 0.12; // root mean square over the hidden values: what differs by less is one completion

/**
 * Yields after each chain, so that a caller can stop it.
 *
 * @param {import("./engine.js").Engine} engine  one that knows its likelihood
 * @param {object} example
 * @param {Float32Array} example.x  [C·H·W] in [0, 1] for images, symbol ids [H·W] for tiles
 * @param {Float32Array} example.visible  [H·W], 1 where x is seen, else 0
 * @param {?Float32Array} example.seen  of what is read: x with its hidden words said to be so. The chains begin at its code
 *   instead of at the prior, and words are drawn, since the likeliest one is one only
 * @param {?number[][]} example.classes  class weights [K] that the chains take in turn; null for an unconditional model
 * @param {{n: number, seed: number}} options
 * @returns {{z: number[], y: ?number[], values: Float32Array, nll: number, joint: number}[]}  n of them, the most
 *   plausible first: y is the class weights that were taken, `values` has x's visible ones; nll is
 *   −log p(x_visible | z), joint log p(x_visible, z), in nats; with `seen`, both are of the
 *   whole example, since what is hidden decides what may follow
 */
export function* completions(engine, { x, visible, seen = null, classes }, { n, seed }) {
  const { likelihood } = engine;
  const plane = visible.length;
  const draw = normals(seed);
  const noise = uniform(seed);
  const filling = (hidden) => x.map((value, i) => (visible[i % plane] ? value : hidden(i)));
  const candidates = [];
  const chains = classes?.length > 1 ? PER_CLASS * classes.length : CHAINS;
  for (let chain = 0; chain < chains; chain++) {
    const y = classes?.[chain % classes.length] ?? null;
    const sampled = ({ mu, logvar }) => Array.from(mu, (mean, d) => mean + (logvar ? Math.exp(0.5 * logvar[d]) * draw() : 0));
    const start = () => {
      if (seen) return sampled(engine.encode(seen, y));
      if (engine.variational) return Array.from({ length: engine.latentDim }, draw);
      return [...engine.encode(filling(() => likelihood.anyValue(noise)), y).mu]; // without a prior: from pure noise
    };
    let z = start();
    let best = null;
    for (let step = 0; step < (seen ? STEPS_OF_WORDS : STEPS); step++) {
      const values = engine.fill(z, y, x, visible, seen && noise);
      const nll = likelihood.nll(engine.logits, values, seen ? null : visible);
      const joint = (engine.variational ? logPrior(z) : 0) - nll;
      if (!best || joint > best.joint) best = { z, y, values, nll, joint };
      z = sampled(engine.encode(values, y));
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
