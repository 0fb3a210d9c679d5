// The inner loops that nearly all of the time goes into, and the erf that GELU needs.
//
// Sums run in double precision, which JavaScript computes in anyway; storage is single precision, whose loads take half
// the memory traffic (measured: 1.6 times faster than Float64Array for a 512-784 layer). Nothing here allocates.

/**
 * out = W x + b for one vector, eight outputs at a time.
 *
 * Zero inputs are set aside first and cost nothing afterwards: half or more of what follows a ReLU is zero, and then
 * this takes half of the time or less (measured; without zeros it costs nothing that can be measured).
 *
 * @param {Float32Array} x  [inputs]
 * @param {Float32Array} weights  [outputs / 8, inputs, 8]: W's rows interleaved in eights, to be read in order.
 * @param {Float32Array} bias  [outputs], `outputs` a multiple of 8
 * @param {Float32Array} out  [outputs]
 * @param {Int32Array} indices  [inputs], scratch
 * @param {Float32Array} values  [inputs], scratch
 */
export function linear8(x, weights, bias, out, indices, values) {
  const inputs = x.length;
  let live = 0;
  for (let i = 0; i < inputs; i++) {
    const value = x[i];
    indices[live] = 8 * i;
    values[live] = value;
    if (value !== 0) live++;
  }
  for (let o = 0; o < out.length; o += 8) {
    const row = o * inputs;
    let a = bias[o], b = bias[o + 1], c = bias[o + 2], d = bias[o + 3];
    let e = bias[o + 4], f = bias[o + 5], g = bias[o + 6], h = bias[o + 7];
    for (let i = 0; i < live; i++) {
      const v = values[i];
      const k = row + indices[i];
      a += v * weights[k];
      b += v * weights[k + 1];
      c += v * weights[k + 2];
      d += v * weights[k + 3];
      e += v * weights[k + 4];
      f += v * weights[k + 5];
      g += v * weights[k + 6];
      h += v * weights[k + 7];
    }
    out[o] = a;
    out[o + 1] = b;
    out[o + 2] = c;
    out[o + 3] = d;
    out[o + 4] = e;
    out[o + 5] = f;
    out[o + 6] = g;
    out[o + 7] = h;
  }
}

/**
 * One gather: out[channel][to[p]] = bias[channel] + Σ_t weights[channel][t] · x[from[p] + taps[t]].
 * Any convolution is a few of these (see convolution.js).
 *
 * @typedef {object} Gather
 * @property {Int32Array} taps  [T] where the summands lie, relative to a position
 * @property {Int32Array} from  [P] positions in x, P a multiple of 4
 * @property {Int32Array} to  [P] positions in a plane of `out`
 * @property {Float32Array} weights  [blocks, T, 4] for the channels in fours, then [rest, T] for those left over
 */

/** Four channels from `channel` on, two positions at a time: six loads of x and weights for eight products. */
export function gather4(x, { taps, from, to, weights }, bias, channel, plane, out) {
  const first = channel * taps.length;
  const out0 = channel * plane, out1 = out0 + plane, out2 = out1 + plane, out3 = out2 + plane;
  const bias0 = bias[channel], bias1 = bias[channel + 1], bias2 = bias[channel + 2], bias3 = bias[channel + 3];
  for (let p = 0; p < from.length; p += 2) {
    const left = from[p], right = from[p + 1];
    let l0 = bias0, l1 = bias1, l2 = bias2, l3 = bias3;
    let r0 = bias0, r1 = bias1, r2 = bias2, r3 = bias3;
    for (let t = 0, k = first; t < taps.length; t++, k += 4) {
      const tap = taps[t];
      const l = x[left + tap], r = x[right + tap];
      const w0 = weights[k], w1 = weights[k + 1], w2 = weights[k + 2], w3 = weights[k + 3];
      l0 += l * w0;
      l1 += l * w1;
      l2 += l * w2;
      l3 += l * w3;
      r0 += r * w0;
      r1 += r * w1;
      r2 += r * w2;
      r3 += r * w3;
    }
    const i = to[p], j = to[p + 1];
    out[out0 + i] = l0;
    out[out1 + i] = l1;
    out[out2 + i] = l2;
    out[out3 + i] = l3;
    out[out0 + j] = r0;
    out[out1 + j] = r1;
    out[out2 + j] = r2;
    out[out3 + j] = r3;
  }
}

/** One channel, four positions at a time: for the channels that no block of four holds, such as those of a picture. */
export function gather1(x, { taps, from, to, weights }, bias, channel, plane, out) {
  const first = channel * taps.length;
  const start = channel * plane;
  for (let p = 0; p < from.length; p += 4) {
    const p0 = from[p], p1 = from[p + 1], p2 = from[p + 2], p3 = from[p + 3];
    let a = bias[channel], b = a, c = a, d = a;
    for (let t = 0; t < taps.length; t++) {
      const tap = taps[t];
      const w = weights[first + t];
      a += w * x[p0 + tap];
      b += w * x[p1 + tap];
      c += w * x[p2 + tap];
      d += w * x[p3 + tap];
    }
    out[start + to[p]] = a;
    out[start + to[p + 1]] = b;
    out[start + to[p + 2]] = c;
    out[start + to[p + 3]] = d;
  }
}

const ERF_STEP = 1 / 64;
const ERF_END = 6; // erf(6) is 1 in double precision
const ERF_NODES = Float64Array.from({ length: ERF_END / ERF_STEP + 1 }, (_, i) => erfSeries(i * ERF_STEP));
const ERF_SLOPES = ERF_NODES.map((_, i) => (2 / Math.sqrt(Math.PI)) * Math.exp(-((i * ERF_STEP) ** 2)));

/** erf(x) for x >= 0 by the series of positive terms 2/√π · exp(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)). */
function erfSeries(x) {
  let term = x;
  let sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** The error function, to 2e-9: a Taylor polynomial of third order around the nearest of a table's nodes. */
export function erf(x) {
  const size = Math.abs(x);
  if (size >= ERF_END) return Math.sign(x);
  const node = Math.round(size / ERF_STEP);
  const z = node * ERF_STEP;
  const d = size - z;
  const value = ERF_NODES[node] + ERF_SLOPES[node] * d * (1 - z * d + ((2 * z * z - 1) / 3) * d * d);
  return x < 0 ? -value : value;
}
