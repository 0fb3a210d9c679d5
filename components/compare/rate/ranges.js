// What part of the rate–distortion plane is shown, and the diagonals in it.

import { ticks } from "../../shared/kinds/series/numbers.js";

const FAR = 4; // times as far above the median −ELBO as that is above the best: there, a model would squeeze all others
const ROOM = 0.08; // around the points, of what they take
const LEAST = 1; // nats that the axes show at least
const [SHARE, LINES] = [0.6, 7]; // of the KL's axis that the NLL's covers at least: diagonals are seen as such

/**
 * The bounds of both axes and of −ELBO, from points {kl, nll, beta}; those of a series over β are always seen.
 *
 * @returns {{kl: number[], nll: number[], bounds: number[]}}
 */
export function rangesOf(points) {
  if (!points.length) return { kl: [0, LEAST], nll: [0, LEAST], bounds: [0, LEAST] };
  const bounds = points.map(({ kl, nll }) => kl + nll).sort((a, b) => a - b);
  const middle = bounds[bounds.length >> 1];
  const limit = middle + FAR * Math.max(middle - bounds[0], 0.05 * Math.abs(middle));
  const near = points.filter(({ kl, nll, beta }) => kl + nll <= limit || typeof beta === "number");
  const highest = Math.max(...near.map(({ kl, nll }) => kl + nll));
  const most = Math.max(...near.map(({ kl }) => kl), LEAST);
  const [low, high] = [Math.min, Math.max].map((of) => of(...near.map(({ nll }) => nll)));
  const room = Math.max(ROOM * Math.max(high - low, most), (SHARE * most - (high - low)) / 2);
  const about = Math.max(LEAST, most / 5, (highest - bounds[0]) / 4);
  return {
    kl: [-ROOM * most, most * (1 + 2 * ROOM)], nll: [low - room, high + room],
    bounds: [bounds[0] - about, highest + about],
  };
}

/** Whether a point lies in a part of the plane. */
export function within({ kl, nll }, ranges) {
  return kl >= ranges.kl[0] && kl <= ranges.kl[1] && nll >= ranges.nll[0] && nll <= ranges.nll[1];
}

/**
 * The diagonals KL + NLL = `bound`, as far as they are seen: of a few round bounds about those of the points, or of
 * those that are given.
 *
 * @returns {{bound: number, from: {kl: number, nll: number}, to: {kl: number, nll: number}}[]}  from above to below
 */
export function diagonals({ kl, nll, bounds }, chosen = ticks(...bounds, LINES)) {
  return chosen.flatMap((bound) => {
    const first = Math.max(kl[0], bound - nll[1]);
    const last = Math.min(kl[1], bound - nll[0]);
    return first < last ? [{ bound, from: { kl: first, nll: bound - first }, to: { kl: last, nll: bound - last } }] : [];
  });
}
