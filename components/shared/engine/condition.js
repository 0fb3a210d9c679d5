// The condition of a conditional model: class weights.

/** Class weights for one class of `n`. */
export function oneHot(label, n) {
  return Array.from({ length: n }, (_, i) => (i === label ? 1 : 0));
}
