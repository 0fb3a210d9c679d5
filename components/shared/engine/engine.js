// Runs an encoder and a decoder in the page: the interpreter of the files that vae_core/page_program.py writes
// (docs/engine.md). Loading compiles a program to a list of steps with buffers of their own; running allocates nothing.

import { CHOICES } from "./choices.js";
import { checkOutputs, likelihoodOf } from "./likelihoods.js";
import { OPERATIONS, UnsupportedOperation } from "./ops.js";
import { sigmoid } from "./pointwise.js";
import { gumbel } from "./random.js";
import { parseSafetensors, sizeOf } from "./safetensors.js";
import { cellOf } from "./sequences/index.js";

export { UnsupportedOperation };

const FORMATS = [1, 2];

/** Format 1 names no likelihood, only what turns the decoder's output into a picture. */
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
 * @property {number[]} inputShape  one example's: [C, H, W] for images, [H, W] for tiles
 * @property {number[]} outputShape  of what `decode` gives: the same
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
  #shown;
  #show;
  #likelihood = null;
  #choose = null;

  /** Use `Engine.load` or `Engine.parse`. */
  constructor(program, tensors) {
    const { format } = program;
    if (!FORMATS.includes(format)) {
      throw new UnsupportedOperation(`format ${format}`, `it knows the formats ${FORMATS.join(" and ")}.`);
    }
    this.program = program;
    this.latentDim = program.latent_dim;
    this.inputShape = program.input_shape;
    this.classes = program.classes;
    this.variational = program.variational;
    this.#condition = new Float32Array(this.classes);
    if (holdsWeights(program.encoder, tensors)) this.#compileEncoder(tensors);
    this.#decoder = program.decoder?.generate
      ? compileWriter(program, tensors)
      : compile(program.decoder, [this.latentDim], tensors, this.#condition);
    const { output } = this.#decoder;
    if (format === 1) {
      const nonlinearity = find(NONLINEARITIES, program.nonlinearity);
      this.outputShape = output.shape;
      this.#show = (logits, out) => logits.forEach((value, i) => (out[i] = nonlinearity(value)));
    } else {
      this.outputShape = program.output_shape;
      this.#likelihood = likelihoodOf(program.likelihood);
      this.#show = this.#likelihood.shown;
      if (program.choice?.name) {
        this.#choose = find(CHOICES, program.choice.name)(program.choice, program.likelihood.symbols);
        this.#show = (logits, out) => this.#choose(logits, out, this.outputShape);
      }
      checkOutputs(this.#likelihood, this.outputShape, output.shape);
    }
    this.#shown = new Float32Array(sizeOf(this.outputShape));
  }

  /** Whether it can encode, which takes the weights of the encoder: they may come in a file of their own. */
  get encodes() {
    return Boolean(this.#encoder);
  }

  /** Take the encoder's weights from their file's bytes. */
  addEncoder(arrayBuffer) {
    this.#compileEncoder(parseSafetensors(arrayBuffer).tensors);
  }

  #compileEncoder(tensors) {
    const encoder = compile(this.program.encoder, this.inputShape, tensors, this.#condition);
    const code = encoder.output.data;
    const expected = this.latentDim * (this.variational ? 2 : 1);
    if (code.length !== expected) throw new Error(`The encoder gives ${code.length} numbers instead of ${expected}.`);
    this.#encoder = encoder;
    this.#posterior = {
      mu: code.subarray(0, this.latentDim),
      logvar: this.variational ? code.subarray(this.latentDim) : null,
    };
  }

  /** What the decoder's numbers mean, as in likelihoods.js; format 1 leaves it to `assumeLikelihood`. */
  get likelihood() {
    if (!this.#likelihood) throw new Error("This file names no likelihood, so nothing can be scored under it.");
    return this.#likelihood;
  }

  /** Name the likelihood of a format-1 file; later formats name their own, which stays. */
  assumeLikelihood(described) {
    if (described) this.#likelihood ??= likelihoodOf(described);
  }

  /**
   * The posterior of one example.
   *
   * @param {ArrayLike<number>} x  [C·H·W] in [0, 1] for images, symbol ids [H·W] for tiles
   * @param {?ArrayLike<number>} condition  [K] class weights; ignored by an unconditional model
   * @returns {{mu: Float32Array, logvar: ?Float32Array}}  [D] each; `logvar` null for a deterministic code
   */
  encode(x, condition = null) {
    if (!this.#encoder) throw new Error("The encoder has not been loaded.");
    this.#run(this.#encoder, x, condition);
    return this.#posterior;
  }

  /**
   * The likelihood's parameters.
   *
   * @param {ArrayLike<number>} z  [D]
   * @param {?ArrayLike<number>} condition  [K] class weights; ignored by an unconditional model
   * @returns {Float32Array}  as many numbers as the likelihood needs for an example
   */
  decodeLogits(z, condition = null) {
    this.#run(this.#decoder, z, condition);
    return this.#decoder.output.data;
  }

  /** As `decodeLogits`, but what is shown: means in [0, 1], or the most likely symbol's id at each place. */
  decode(z, condition = null) {
    this.#run(this.#decoder, z, condition);
    if (this.#decoder.ids) this.#shown.set(this.#decoder.ids);
    else this.#show(this.logits, this.#shown);
    return this.#shown;
  }

  /**
   * One draw from p(x | z) of symbols: each is chosen as `decode` chooses, after Gumbel noise was added to the scores,
   * which is a draw from their softmax (Gumbel 1954). What depends on each other is still chosen jointly.
   *
   * @param {number} temperature  how strong the noise is; 1 draws from p(x | z), towards 0 it becomes `decode`
   * @param {() => number} uniform  random numbers in [0, 1)
   */
  draw(z, condition, temperature, uniform) {
    if (!this.likelihood.symbols) throw new Error("Only symbols are drawn in the page.");
    const perturb = noise(temperature, uniform);
    if (this.#decoder.ids) {
      this.#place(this.#decoder, z, condition);
      this.#decoder.write(perturb);
      this.#shown.set(this.#decoder.ids);
      return this.#shown;
    }
    const noisy = this.decodeLogits(z, condition).slice();
    perturb(noisy);
    this.#show(noisy, this.#shown);
    return this.#shown;
  }

  /**
   * An example of which a part is visible, with the rest as z has it: decoded beside it, or, where a decoder writes step
   * by step, written between what is visible. Then `logits` are those of the whole.
   *
   * @param {ArrayLike<number>} x  as `encode` takes it
   * @param {Float32Array} visible  1 for each place that is seen, else 0
   * @param {?() => number} uniform  random numbers in [0, 1), with which a decoder draws what it writes; else it writes the
   *   most likely symbols
   * @returns {Float32Array}  a new array
   */
  fill(z, condition, x, visible, uniform = null) {
    if (this.#decoder.fill) {
      this.#place(this.#decoder, z, condition);
      this.#decoder.fill(x, visible, uniform && noise(1, uniform));
      return this.#decoder.ids.slice();
    }
    const shown = this.decode(z, condition);
    return shown.map((value, i) => (visible[i % visible.length] ? x[i] : value));
  }

  /**
   * What is shown of logits that were not decoded here as they are, such as those of several windows blended.
   *
   * @param {Float32Array} logits  for an example of `shape`
   * @param {number[]} shape  as `outputShape`, but perhaps longer
   * @returns {Float32Array}  a new array
   */
  shownOf(logits, shape) {
    const out = new Float32Array(sizeOf(shape));
    if (this.#choose) this.#choose(logits, out, shape);
    else this.likelihood.shown(logits, out);
    return out;
  }

  /** The numbers that the last decoded example was made from. */
  get logits() {
    return this.#decoder.output.data;
  }

  /**
   * The numbers that the likelihood of an example is read off, for the z decoded last: those it was decoded to, or of a
   * decoder that writes step by step those of each step given the true symbols before it (teacher forcing).
   */
  given(x) {
    this.#decoder.force?.(x);
    return this.#decoder.output.data;
  }

  #run(network, values, condition) {
    this.#place(network, values, condition);
    for (let i = 0; i < network.steps.length; i++) network.steps[i]();
  }

  #place(network, values, condition) {
    if (this.classes) {
      if (condition?.length !== this.classes) throw new RangeError(`The condition must be ${this.classes} numbers.`);
      this.#condition.set(condition);
      network.condition?.set(condition);
    }
    place(network, values);
  }
}

/**
 * A list of operations by itself, as a function of one example of `shape`. What it returns is a buffer of its own, which
 * the next call overwrites.
 */
export function feedForward(operations, shape, tensors) {
  const network = compile(operations, shape, tensors, null);
  return (values) => {
    run(network, values);
    return network.output.data;
  };
}

/** Noise that turns the choice of the highest score into a draw from their softmax. */
function noise(temperature, uniform) {
  return (scores) => {
    for (let i = 0; i < scores.length; i++) scores[i] += temperature * gumbel(uniform);
  };
}

function run(network, values) {
  place(network, values);
  for (let i = 0; i < network.steps.length; i++) network.steps[i]();
}

function place({ input }, values) {
  if (values.length !== input.length) throw new RangeError(`Expected ${input.length} numbers, got ${values.length}.`);
  input.set(values);
}

/** Whether the encoder's weights are among the tensors; a program that this engine cannot run says so when it is compiled. */
function holdsWeights(operations, tensors) {
  if (!Array.isArray(operations)) return true;
  const keys = operations.flatMap(({ weights }) => Object.values(weights ?? {}));
  return !keys.length || keys.some((key) => tensors.has(key));
}

function find(table, name) {
  if (!Object.hasOwn(table, name)) throw new UnsupportedOperation(name, "it does not know it.");
  return table[name];
}

/** A decoder that writes symbols one after the other: as `compile`, with what sequences/writing.js gives beside. */
function compileWriter({ decoder: { generate }, choice, latent_dim: dims, classes }, tensors) {
  const cell = cellOf(generate.cell);
  if (!cell) throw new UnsupportedOperation(generate.cell, "it knows no such layer.");
  const beside = new Float32Array(dims + classes);
  const written = cell.writer(generate, named(generate.weights, tensors), beside, choice ?? {});
  return { input: beside.subarray(0, dims), condition: beside.subarray(dims), steps: [() => written.write()], ...written };
}

function named(keys, tensors) {
  const weights = {};
  for (const [name, key] of Object.entries(keys ?? {})) {
    if (!tensors.has(key)) throw new Error(`The file lacks the tensor ${key}.`);
    weights[name] = tensors.get(key);
  }
  return weights;
}

/** @returns {{input: Float32Array, steps: (() => void)[], output: import("./safetensors.js").Tensor}} */
function compile(operations, shape, tensors, condition) {
  if (!Array.isArray(operations)) {
    throw new UnsupportedOperation(Object.keys(operations ?? {})[0] ?? "nothing", "it runs lists of operations only.");
  }
  const input = new Float32Array(sizeOf(shape));
  const steps = [];
  let output = { data: input, shape };
  for (const operation of operations) {
    const build = find(OPERATIONS, operation.op);
    const { data, shape, run } = build(operation, output, named(operation.weights, tensors), condition);
    output = { data, shape };
    if (run) steps.push(run);
  }
  return { input, steps, output };
}
