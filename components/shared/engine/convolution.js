// Convolutions and transposed convolutions, both as gathers: each output position sums taps at fixed distances from a
// start in the input. A transposed convolution of stride s falls into s phases per axis (output positions modulo s),
// each a plain convolution with the kernel's elements of that phase, so no product with an inserted zero is computed.

import { gather1, gather4 } from "./kernels.js";

const range = (length) => Array.from({ length }, (_, i) => i);

/**
 * One axis of a convolution. The output `outputs[i]` of a phase sums, for each j, the kernel's element `elements[j]`
 * times the input at `starts[i] + shifts[j]`.
 *
 * @typedef {{outputs: number[], starts: number[], elements: number[], shifts: number[]}} Phase
 * @typedef {{length: number, phases: Phase[]}} Axis
 */

/** @returns {Axis} */
export function convolved(size, kernel, stride, padding) {
  const outputs = range(Math.floor((size + 2 * padding - kernel) / stride) + 1);
  const starts = outputs.map((o) => o * stride - padding);
  return { length: outputs.length, phases: [{ outputs, starts, elements: range(kernel), shifts: range(kernel) }] };
}

/** @returns {Axis} */
export function transposed(size, kernel, stride, padding, outputPadding) {
  const length = (size - 1) * stride - 2 * padding + kernel + outputPadding;
  const phases = range(Math.min(stride, length)).map((phase) => {
    const outputs = range(length).filter((o) => o % stride === phase);
    const elements = range(kernel).filter((k) => (phase + padding - k) % stride === 0);
    const shifts = elements.map((k) => (phase + padding - k) / stride);
    return { outputs, starts: range(outputs.length), elements, shifts };
  });
  return { length, phases };
}

/**
 * Compile a convolution over `input` [C, H, W].
 *
 * @param {{data: Float32Array, shape: number[]}} input
 * @param {number} channels  of the output
 * @param {Axis} rows
 * @param {Axis} columns
 * @param {(out: number, channel: number, y: number, x: number) => number} weight  the kernel's element
 * @param {Float32Array} bias  [channels]
 * @returns {{data: Float32Array, shape: number[], run: () => void}} `data` [channels, rows.length, columns.length]
 */
export function convolution(input, channels, rows, columns, weight, bias) {
  const [inputs, height, width] = input.shape;
  const [top, bottom] = margins(rows, height);
  const [left, right] = margins(columns, width);
  const [paddedHeight, paddedWidth] = [top + height + bottom, left + width + right];
  const padded = new Float32Array(inputs * paddedHeight * paddedWidth); // the margins stay zero
  const shape = [channels, rows.length, columns.length];
  const plane = rows.length * columns.length;
  const data = new Float32Array(channels * plane);
  const blocked = channels - (channels % 4);

  const gathers = rows.phases.flatMap((y) => columns.phases.map((x) => {
    const from = y.starts.flatMap((start) => x.starts.map((s) => (start + top) * paddedWidth + s + left));
    const to = y.outputs.flatMap((row) => x.outputs.map((column) => row * columns.length + column));
    // The kernels take positions in fours; doing the last one again changes nothing.
    while (from.length % 4) {
      from.push(from.at(-1));
      to.push(to.at(-1));
    }
    const taps = range(inputs).flatMap((channel) =>
      y.shifts.flatMap((dy) => x.shifts.map((dx) => (channel * paddedHeight + dy) * paddedWidth + dx)));
    const weights = new Float32Array(channels * taps.length);
    for (let out = 0; out < channels; out++) {
      const inBlock = out < blocked ? out % 4 : 0;
      const step = out < blocked ? 4 : 1;
      let i = (out - inBlock) * taps.length + inBlock;
      for (let channel = 0; channel < inputs; channel++) {
        for (const ky of y.elements) {
          for (const kx of x.elements) {
            weights[i] = weight(out, channel, ky, kx);
            i += step;
          }
        }
      }
    }
    return { taps: Int32Array.from(taps), from: Int32Array.from(from), to: Int32Array.from(to), weights };
  }));

  function run() {
    for (let channel = 0, i = 0; channel < inputs; channel++) {
      for (let y = 0; y < height; y++) {
        const start = (channel * paddedHeight + y + top) * paddedWidth + left;
        for (let x = 0; x < width; x++) padded[start + x] = input.data[i++];
      }
    }
    for (let g = 0; g < gathers.length; g++) {
      let channel = 0;
      for (; channel < blocked; channel += 4) gather4(padded, gathers[g], bias, channel, plane, data);
      for (; channel < channels; channel++) gather1(padded, gathers[g], bias, channel, plane, data);
    }
  }
  return { data, shape, run };
}

/** How far the gathers of an axis reach before the first and beyond the last of `size` inputs. */
function margins({ phases }, size) {
  const reached = phases.flatMap(({ starts, shifts }) =>
    shifts.flatMap((shift) => [starts[0] + shift, starts.at(-1) + shift]));
  return [Math.max(0, -Math.min(...reached)), Math.max(0, Math.max(...reached) - (size - 1))];
}
