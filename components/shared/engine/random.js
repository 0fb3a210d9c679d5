// Reproducible randomness: the same seed draws the same point in every browser.

/** A generator of uniform numbers in [0, 1): mulberry32, 32 bits of state. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A generator of draws from N(0, 1), by Box and Muller. */
export function normals(seed) {
  return normalsFrom(uniform(seed));
}

/** The same, from a generator of uniform numbers. */
export function normalsFrom(next) {
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A draw from the standard Gumbel distribution, from uniform numbers in [0, 1). */
export function gumbel(next) {
  return -Math.log(-Math.log(next() || Number.MIN_VALUE));
}

/** `n` draws from N(0, 1). */
export function standardNormals(n, seed) {
  return Array.from({ length: n }, normals(seed));
}
