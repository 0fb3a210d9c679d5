// The condition of a conditional model: class weights.

/** The class that weights stand for; null for an unconditional model, -1 for a mixture of classes. */
export function labelOf(y) {
  return y ? y.indexOf(1) : null;
}

/** Class weights for one class of `n`. */
export function oneHot(label, n) {
  return Array.from({ length: n }, (_, i) => (i === label ? 1 : 0));
}
