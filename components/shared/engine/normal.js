// The standard normal distribution.

const LOG_ROOT_2PI = 0.5 * Math.log(2 * Math.PI);
const BEYOND = 8; // σ from which on the distribution function is 0 or 1 in double precision

/** P(N(0, 1) ≤ x), by Marsaglia's series (Evaluating the Normal Distribution, J. Stat. Software 2004). */
export function cdf(x) {
  if (Math.abs(x) > BEYOND) return x > 0 ? 1 : 0;
  let [sum, previous, term] = [x, 0, x];
  for (let i = 3; sum !== previous; i += 2) {
    previous = sum;
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - LOG_ROOT_2PI);
}

/** The inverse of `cdf`: the x that a share p of the distribution lies below. */
export function quantile(p) {
  if (p < 0.5) return -quantile(1 - p);
  // The distribution function is concave above 0, so that Newton's steps approach from below and never overshoot.
  let x = 0;
  for (let step = 1; Math.abs(step) > 1e-13 && x < BEYOND; x += step) {
    step = (p - cdf(x)) * Math.exp(0.5 * x * x + LOG_ROOT_2PI);
  }
  return Math.min(x, BEYOND);
}
