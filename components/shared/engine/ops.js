// The operations of a program, one function each, in a table by name. docs/engine.md says what each computes.
//
// Add one: a function here (and one in vae_core/page_program.py that writes it). It gets the operation's JSON, its input
// {data, shape}, its weights by their short names and the condition's buffer, allocates what it needs once, and returns
// its output {data, shape} with a `run` that fills it, or without where only the shape changes. It may work in place.

import { convolution, convolved, transposed } from "./convolution.js";
import { linear8 } from "./kernels.js";
import { GELU, sigmoid, standardize } from "./pointwise.js";
import { sizeOf } from "./safetensors.js";
import { cellOf } from "./sequences/index.js";
import { seriesReader, seriesWriter } from "./sequences/series.js";

/**
 * @typedef {import("./safetensors.js").Tensor} Tensor
 * @typedef {Tensor & {run?: () => void}} Step
 */

const ones = (length) => new Float32Array(length).fill(1);
const zeros = (length) => new Float32Array(length);

/** The program asks for what this engine cannot do; such a model must be decoded elsewhere. */
export class UnsupportedOperation extends Error {
  /**
   * @param {string} operation  its name in the program
   * @param {string} reason
   */
  constructor(operation, reason) {
    super(`The engine cannot run ${operation}: ${reason}`);
    this.name = "UnsupportedOperation";
    this.operation = operation;
  }
}

function expect(holds, { op }, reason) {
  if (!holds) throw new UnsupportedOperation(op, reason);
}

/** f of every number, in place. */
function pointwise({ data, shape }, f) {
  const run = () => {
    for (let i = 0; i < data.length; i++) data[i] = f(data[i]);
  };
  return { data, shape, run };
}

/** channel · scale + shift, in place; a channel is an element of the first axis. */
function scaleChannels({ data, shape }, scale, shift) {
  const plane = sizeOf(shape.slice(1));
  const run = () => {
    for (let channel = 0; channel < shape[0]; channel++) {
      const factor = scale[channel];
      const summand = shift[channel];
      const end = (channel + 1) * plane;
      for (let i = channel * plane; i < end; i++) data[i] = data[i] * factor + summand;
    }
  };
  return { data, shape, run };
}

/** Runs of `size` numbers, each to mean 0 and variance 1, in place. */
function standardizeRuns({ data, shape }, size, eps) {
  const run = () => {
    for (let start = 0; start < data.length; start += size) standardize(data, start, size, eps);
  };
  return { data, shape, run };
}

/** One step after the other, as one. */
const chain = (first, second) => ({ ...second, run: () => { first.run(); second.run(); } });

/** Both convolutions: `axis` lays out one axis, `element` finds the weight for an output and an input channel. */
function windows(op, input, { weight, bias }, axis, [inputs, channels], element) {
  const { stride, padding, output_padding: extra = [0, 0] } = op;
  const [found, height, width] = input.shape;
  expect(input.shape.length === 3 && found === inputs, op, `it takes [${inputs}, H, W], not [${input.shape}].`);
  const [, , kernelHeight, kernelWidth] = weight.shape;
  const rows = axis(height, kernelHeight, stride[0], padding[0], extra[0]);
  const columns = axis(width, kernelWidth, stride[1], padding[1], extra[1]);
  expect(rows.length > 0 && columns.length > 0, op, `its kernel is too large for [${input.shape}].`);
  const at = (first, second, y, x) =>
    weight.data[((first * weight.shape[1] + second) * kernelHeight + y) * kernelWidth + x];
  return convolution(input, channels, rows, columns, element(at), bias?.data ?? zeros(channels));
}

/** A convolution over time as one over pictures of one row. */
function flat(operation, op, { data, shape: [channels, steps] }, { weight, bias }) {
  const one = ([value], first) => [first, value];
  const over = {
    ...op,
    stride: one(op.stride, 1),
    padding: one(op.padding, 0),
    ...(op.output_padding && { output_padding: one(op.output_padding, 0) }),
  };
  const [a, b, kernel] = weight.shape;
  const step = operation(over, { data, shape: [channels, 1, steps] }, { weight: { data: weight.data, shape: [a, b, 1, kernel] }, bias });
  return { ...step, shape: [step.shape[0], step.shape[2]] };
}

/** @typedef {(op: object, input: Tensor, weights: Object<string, Tensor>, condition: Float32Array) => Step} Operation */

/** @type {Object<string, Operation>} */
export const OPERATIONS = {
  linear(op, input, { weight, bias }) {
    const [outputs, inputs] = weight.shape;
    expect(String(input.shape) === String(inputs), op, `it takes [${inputs}], not [${input.shape}].`);
    const padded = 8 * Math.ceil(outputs / 8);
    const packed = new Float32Array(padded * inputs);
    for (let o = 0; o < outputs; o++) {
      const start = (o - (o % 8)) * inputs + (o % 8);
      for (let i = 0; i < inputs; i++) packed[start + 8 * i] = weight.data[o * inputs + i];
    }
    const shift = zeros(padded);
    if (bias) shift.set(bias.data);
    const out = zeros(padded);
    const indices = new Int32Array(inputs);
    const values = zeros(inputs);
    const run = () => linear8(input.data, packed, shift, out, indices, values);
    return { data: out.subarray(0, outputs), shape: [outputs], run };
  },

  conv2d(op, input, weights) {
    const [channels, inputs] = weights.weight.shape;
    return windows(op, input, weights, convolved, [inputs, channels], (at) => at);
  },

  conv_transpose2d(op, input, weights) {
    const [inputs, channels] = weights.weight.shape;
    const swapped = (at) => (out, channel, y, x) => at(channel, out, y, x);
    return windows(op, input, weights, transposed, [inputs, channels], swapped);
  },

  conv1d: (op, input, weights) => flat(OPERATIONS.conv2d, op, input, weights),
  conv_transpose1d: (op, input, weights) => flat(OPERATIONS.conv_transpose2d, op, input, weights),

  batch_norm(op, input, { running_mean: mean, running_var: variance, weight, bias }) {
    const gain = weight?.data ?? ones(mean.data.length);
    const scale = gain.map((value, i) => value / Math.sqrt(variance.data[i] + op.eps));
    const shift = scale.map((value, i) => (bias?.data[i] ?? 0) - mean.data[i] * value);
    expect(input.shape[0] === scale.length, op, `it takes ${scale.length} channels, not [${input.shape}].`);
    return scaleChannels(input, scale, shift);
  },

  layer_norm(op, input, { weight, bias }) {
    const length = sizeOf(op.size);
    const found = input.shape.slice(-op.size.length);
    expect(String(found) === String(op.size), op, `it takes [${op.size}], not [${found}].`);
    const step = standardizeRuns(input, length, op.eps);
    if (!weight) return step;
    const { data } = step;
    const run = () => {
      for (let i = 0, j = 0; i < data.length; i++, j = (j + 1) % length) {
        data[i] = data[i] * weight.data[j] + (bias ? bias.data[j] : 0);
      }
    };
    return chain(step, { ...step, run });
  },

  group_norm(op, input, { weight, bias }) {
    expect(input.shape[0] % op.groups === 0, op, `it takes a multiple of ${op.groups} channels, not [${input.shape}].`);
    const step = standardizeRuns(input, input.data.length / op.groups, op.eps);
    return weight ? chain(step, scaleChannels(step, weight.data, bias?.data ?? zeros(input.shape[0]))) : step;
  },

  upsample(op, input) {
    expect(input.shape.length === 3, op, `it takes [C, H, W], not [${input.shape}].`);
    const { scale } = op;
    const { data: source, shape: [channels, height, width] } = input;
    const shape = [channels, height * scale, width * scale];
    const data = zeros(sizeOf(shape));
    const run = () => {
      for (let y = 0, i = 0; y < channels * height * scale; y++) {
        const row = Math.floor(y / scale) * width;
        for (let x = 0; x < width * scale; x++) data[i++] = source[row + Math.floor(x / scale)];
      }
    };
    return { data, shape, run };
  },

  flatten: (_op, { data }) => ({ data, shape: [data.length] }),

  reshape(op, { data }) {
    expect(sizeOf(op.shape) === data.length, op, `${data.length} numbers cannot have the shape [${op.shape}].`);
    return { data, shape: op.shape };
  },

  concat_condition(op, { data: features, shape }, _weights, condition) {
    expect(shape.length === 1, op, `it takes a vector, not [${shape}].`);
    const data = zeros(features.length + condition.length);
    const run = () => {
      data.set(features);
      data.set(condition, features.length);
    };
    return { data, shape: [data.length], run };
  },

  /** The vector at every place, then the place's y and x from -1 to 1; a next step may work in place, so all is written anew. */
  broadcast(op, { data: z, shape: found }) {
    const [height, width] = op.size;
    expect(found.length === 1, op, `it takes a vector, not [${found}].`);
    const plane = height * width;
    const shape = [z.length + 2, height, width];
    const data = zeros(sizeOf(shape));
    const side = (i, n) => (n > 1 ? (2 * i) / (n - 1) - 1 : -1);
    const places = zeros(2 * plane);
    for (let i = 0; i < plane; i++) {
      places[i] = side(Math.floor(i / width), height);
      places[plane + i] = side(i % width, width);
    }
    const run = () => {
      z.forEach((value, d) => data.fill(value, d * plane, (d + 1) * plane));
      data.set(places, z.length * plane);
    };
    return { data, shape, run };
  },

  one_hot({ symbols }, { data: ids, shape: places }) {
    const plane = ids.length;
    const data = zeros(symbols * plane);
    const run = () => {
      data.fill(0);
      for (let i = 0; i < plane; i++) {
        if (!(ids[i] >= 0 && ids[i] < symbols)) throw new RangeError(`${ids[i]} is none of ${symbols} symbols.`);
        data[Math.trunc(ids[i]) * plane + i] = 1;
      }
    };
    return { data, shape: [symbols, ...places], run };
  },

  read(op, input, weights) {
    const cell = cellOf(op.cell);
    expect(cell && input.shape.length === 1, op, `it takes symbols in a row, not [${input.shape}].`);
    return cell.reader(op, input, weights);
  },

  /** A one-hot vector for each column of more than two symbols; other numbers stay. */
  one_hot_columns({ columns }, { data: values }) {
    const starts = columns.map((_, i) => columns.slice(0, i).reduce((sum, n) => sum + (n > 2 ? n : 1), 0));
    const last = columns.at(-1);
    const data = new Float32Array(starts.at(-1) + (last > 2 ? last : 1));
    const run = () => {
      data.fill(0);
      columns.forEach((n, i) => {
        if (n > 2) data[starts[i] + Math.min(Math.max(Math.trunc(values[i]), 0), n - 1)] = 1;
        else data[starts[i]] = values[i];
      });
    };
    return { data, shape: [data.length], run };
  },

  read_series(op, input, weights) {
    expect(cellOf(op.cell) && input.shape.length === 2, op, `it takes a series, not [${input.shape}].`);
    return seriesReader(op, input, weights);
  },
  write_series(op, input, weights) {
    expect(cellOf(op.cell) && input.shape.length === 1, op, `it takes a point, not [${input.shape}].`);
    return seriesWriter(op, input, weights);
  },
  relu: (_op, input) => pointwise(input, (x) => (x > 0 ? x : 0)),
  leaky_relu: ({ slope }, input) => pointwise(input, (x) => (x > 0 ? x : slope * x)),
  elu: ({ alpha }, input) => pointwise(input, (x) => (x > 0 ? x : alpha * Math.expm1(x))),
  silu: (_op, input) => pointwise(input, (x) => x / (1 + Math.exp(-x))),
  sigmoid: (_op, input) => pointwise(input, sigmoid),
  tanh: (_op, input) => pointwise(input, Math.tanh),
  gelu: ({ approximate }, input) => pointwise(input, GELU[approximate]),
};
