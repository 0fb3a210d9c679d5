// What disturbs an input on purpose: noise as in vae_core/objectives/denoising.py, and blur. The same seed gives the same
// noise, so that a picture does not flicker while a slider moves or a stroke grows.

import { standardNormals, uniform } from "../engine/random.js";

/** Each takes x [N] in [0, 1], a strength in [0, 1] and a seed, and gives as many values in [0, 1]. */
export const NOISES = {
  gaussian: (x, strength, seed) => {
    const normals = standardNormals(x.length, seed);
    return x.map((value, i) => Math.min(1, Math.max(0, value + strength * normals[i])));
  },
  salt_and_pepper: (x, strength, seed) => {
    const next = uniform(seed);
    return x.map((value) => {
      const drawn = next();
      return drawn < 0.5 * strength ? 1 : drawn < strength ? 0 : value;
    });
  },
  masking: (x, strength, seed) => {
    const next = uniform(seed);
    return x.map((value) => (next() < strength ? 0 : value));
  },
};

/** x [C·H·W] blurred with a Gaussian of `blur` pixels, then with noise of a kind and a strength. */
export function disturbed(x, shape, { kind, strength, blur, seed }) {
  const soft = blur > 0 ? blurred(x, shape, blur) : x;
  return strength > 0 ? NOISES[kind](soft, strength, seed) : soft;
}

/** Peak signal-to-noise ratio in decibels of a picture against the true one, both in [0, 1]; Infinity if they are equal. */
export function psnr(x, truth) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - truth[i]) ** 2;
  return 10 * Math.log10(x.length / sum);
}

function blurred(x, [channels, height, width], sigma) {
  const radius = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = kernel.reduce((a, b) => a + b);
  const pass = (source, length, stride, starts) => {
    const result = new Float32Array(source.length);
    for (const start of starts) {
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          const at = Math.min(length - 1, Math.max(0, i + k)); // the edge goes on
          sum += kernel[k + radius] * source[start + at * stride];
        }
        result[start + i * stride] = sum / total;
      }
    }
    return result;
  };
  const rows = Array.from({ length: channels * height }, (_, i) => i * width);
  const columns = Array.from({ length: channels * width }, (_, i) => Math.floor(i / width) * height * width + (i % width));
  return pass(pass(x, width, 1, rows), height, width, columns);
}
