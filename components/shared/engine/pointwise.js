// Functions of a number or of a run of numbers that several layers share.

import { erf } from "./kernels.js";

export const GELU = {
  none: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  tanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** `size` numbers from `start` on, to mean 0 and variance 1 (biased, as PyTorch's norms), in place. */
export function standardize(data, start, size, eps) {
  let mean = 0;
  let variance = 0;
  for (let i = start; i < start + size; i++) mean += data[i] / size;
  for (let i = start; i < start + size; i++) variance += (data[i] - mean) ** 2 / size;
  const factor = 1 / Math.sqrt(variance + eps);
  for (let i = start; i < start + size; i++) data[i] = (data[i] - mean) * factor;
}
