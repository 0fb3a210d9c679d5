// Walks through latent space: the codes of a level's windows, from left to right.

import { rounded } from "../shared/latent/latent_state.js";
import { slerp } from "../shared/latent/path.js";

/** n codes along the great circle from a to b, ends included. */
export function walkBetween(a, b, n, origin) {
  return Array.from({ length: n }, (_, i) => slerp(a, b, i / (n - 1), origin));
}

/** All codes moved along directions [D] by as many of their lengths as `shifts` says, rounded as links are. */
export function shifted(codes, vectors, shifts) {
  return codes.map((code) =>
    code.map((value, i) => rounded(vectors.reduce((sum, vector, k) => sum + shifts[k] * vector[i], value))));
}

/**
 * The codes with some windows moved, by `part` (0 to 1) of the way.
 *
 * @param {{window: number, by: number[]}[]} moved
 */
export function withMoves(codes, moved, part = 1) {
  const result = [...codes];
  for (const { window, by } of moved) {
    if (window < codes.length) result[window] = codes[window].map((value, i) => rounded(value + part * by[i]));
  }
  return result;
}

/** Which windows differ, and by how much: the inverse of `withMoves`. */
export function movesBetween(codes, others) {
  return codes.flatMap((code, window) => {
    const by = code.map((value, i) => rounded(others[window][i] - value));
    return by.some((value) => value !== 0) ? [{ window, by }] : [];
  });
}

/** The mean distance between neighbours. */
export function meanStep(codes) {
  const steps = codes.slice(1).map((code, i) => Math.hypot(...code.map((value, k) => value - codes[i][k])));
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}
