// Runs an encoder and a decoder in the page: the interpreter of the files that vae_core/page_program.py writes
// (docs/engine.md). Loading compiles a program to a list of steps with buffers of their own; running allocates nothing.

import { OPERATIONS, sigmoid, UnsupportedOperation } from "./ops.js";
import { parseSafetensors, sizeOf } from "./safetensors.js";

export { UnsupportedOperation };

const FORMAT = 1;

const NONLINEARITIES = {
  sigmoid,
  identity: (x) => Math.min(1, Math.max(0, x)),
};

/**
 * A model. All arrays are in PyTorch's order; those returned are the engine's own buffers, which the next call of the
 * same method overwrites: copy (`slice()`) what must outlive it.
 *
 * @property {object} program  The file's program, as in docs/engine.md.
 * @property {number} latentDim  D
 * @property {number[]} inputShape  [C, H, W]
 * @property {number[]} outputShape  The decoder's, for an image model [C, H, W].
 * @property {number} classes  K, the length of the condition; 0 for an unconditional model.
 * @property {boolean} variational  Whether the encoder gives a log variance.
 */
export class Engine {
  /** Download and compile a model. Throws UnsupportedOperation as `parse` does, and Error if the download fails. */
  static async load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} could not be loaded: ${response.status} ${response.statusText}`);
    return Engine.parse(await response.arrayBuffer());
  }

  /** Compile the model in a file's bytes. Throws UnsupportedOperation, or Error if the bytes are no such file. */
  static parse(arrayBuffer) {
    const { tensors, metadata } = parseSafetensors(arrayBuffer);
    if (!metadata.program) throw new Error("This safetensors file holds weights only, and no program for the page.");
    return new Engine(JSON.parse(metadata.program), tensors);
  }

  #condition;
  #encoder;
  #decoder;
  #posterior;
  #pixels;
  #nonlinearity;

  /** Use `Engine.load` or `Engine.parse`. */
  constructor(program, tensors) {
    const { format } = program;
    if (format !== FORMAT) throw new UnsupportedOperation(`format ${format}`, `it knows format ${FORMAT}.`);
    this.program = program;
    this.latentDim = program.latent_dim;
    this.inputShape = program.input_shape;
    this.classes = program.classes;
    this.variational = program.variational;
    this.#nonlinearity = find(NONLINEARITIES, program.nonlinearity);
    this.#condition = new Float32Array(this.classes);
    this.#encoder = compile(program.encoder, this.inputShape, tensors, this.#condition);
    this.#decoder = compile(program.decoder, [this.latentDim], tensors, this.#condition);
    this.outputShape = this.#decoder.output.shape;
    this.#pixels = new Float32Array(this.#decoder.output.data.length);
    const code = this.#encoder.output.data;
    const expected = this.latentDim * (this.variational ? 2 : 1);
    if (code.length !== expected) throw new Error(`The encoder gives ${code.length} numbers instead of ${expected}.`);
    this.#posterior = {
      mu: code.subarray(0, this.latentDim),
      logvar: this.variational ? code.subarray(this.latentDim) : null,
    };
  }

  /**
   * The posterior of one example.
   *
   * @param {ArrayLike<number>} x  [C·H·W] in [0, 1]
   * @param {?ArrayLike<number>} condition  [K] class weights; ignored by an unconditional model
   * @returns {{mu: Float32Array, logvar: ?Float32Array}}  [D] each; `logvar` null for a deterministic code
   */
  encode(x, condition = null) {
    this.#run(this.#encoder, x, condition);
    return this.#posterior;
  }

  /**
   * The decoder's output before its non-linearity.
   *
   * @param {ArrayLike<number>} z  [D]
   * @param {?ArrayLike<number>} condition  [K] class weights; ignored by an unconditional model
   * @returns {Float32Array}  [C·H·W]
   */
  decodeLogits(z, condition = null) {
    this.#run(this.#decoder, z, condition);
    return this.#decoder.output.data;
  }

  /** As `decodeLogits`, but the picture: [C·H·W] in [0, 1]. */
  decode(z, condition = null) {
    const logits = this.decodeLogits(z, condition);
    const pixels = this.#pixels;
    const nonlinearity = this.#nonlinearity;
    for (let i = 0; i < logits.length; i++) pixels[i] = nonlinearity(logits[i]);
    return pixels;
  }

  /** The numbers that the last decoded picture was made from, before the non-linearity: [C·H·W]. */
  get logits() {
    return this.#decoder.output.data;
  }

  #run({ input, steps }, values, condition) {
    if (values.length !== input.length) throw new RangeError(`Expected ${input.length} numbers, got ${values.length}.`);
    if (this.classes) {
      if (condition?.length !== this.classes) throw new RangeError(`The condition must be ${this.classes} numbers.`);
      this.#condition.set(condition);
    }
    input.set(values);
    for (let i = 0; i < steps.length; i++) steps[i]();
  }
}

function find(table, name) {
  if (!Object.hasOwn(table, name)) throw new UnsupportedOperation(name, "it does not know it.");
  return table[name];
}

/** @returns {{input: Float32Array, steps: (() => void)[], output: import("./safetensors.js").Tensor}} */
function compile(operations, shape, tensors, condition) {
  const input = new Float32Array(sizeOf(shape));
  const steps = [];
  let output = { data: input, shape };
  for (const operation of operations) {
    const build = find(OPERATIONS, operation.op);
    const weights = {};
    for (const [name, key] of Object.entries(operation.weights ?? {})) {
      if (!tensors.has(key)) throw new Error(`The file lacks the tensor ${key}.`);
      weights[name] = tensors.get(key);
    }
    const { data, shape, run } = build(operation, output, weights, condition);
    output = { data, shape };
    if (run) steps.push(run);
  }
  return { input, steps, output };
}

/**
 * Paint an image: values in [0, 1] to the nearest of 256 levels, opaque.
 *
 * @param {Float32Array} pixels  [C·H·W], C = 1 (grey) or 3 (RGB)
 * @param {number[]} shape  [C, H, W]
 * @param {Uint8ClampedArray} rgba  [H·W·4], for example an ImageData's `data`
 */
export function toRGBA(pixels, [channels, height, width], rgba) {
  if (channels !== 1 && channels !== 3) throw new RangeError(`An image has 1 or 3 channels, not ${channels}.`);
  const plane = height * width;
  const green = channels === 3 ? plane : 0;
  for (let i = 0, j = 0; i < plane; i++, j += 4) {
    // A Uint8ClampedArray rounds to the nearest integer and clamps by itself.
    rgba[j] = 255 * pixels[i];
    rgba[j + 1] = 255 * pixels[i + green];
    rgba[j + 2] = 255 * pixels[i + 2 * green];
    rgba[j + 3] = 255;
  }
}
