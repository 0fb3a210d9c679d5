// Decodes batches of points beside the page's main thread (a module Web Worker), for grids and filmstrips, and completes
// half-hidden examples, which takes hundreds of passes.
// `decoder_pool.js` is its client. Messages come in, and each is answered by exactly one with the same `id`:
//
//   {id, type: "load", url, encoder, kind, shape, likelihood} -> {id, latentDim, classes, shape}; `kind` names the module that
//     paints examples of `shape` (components/shared/kinds), `likelihood` (or null) is that of a format-1 file, `encoder` (or
//     null) is where the encoder's weights are, which are downloaded when something is to be completed
//   {id, type: "decode", points, condition, form, channel} -> {id, count, pixels, width, height}, of the form "values"
//     {id, count, values}; or {id, dropped: true}
//   {id, type: "draw", points, condition, temperature, seed, channel} -> {id, count, values}: a draw from p(x | z) at each
//   {id, type: "complete", example, options, channel} -> {id, found} (see completing.js), or {id, dropped: true}
//   whatever fails                                  -> {id, error: {name, message}}
//
// `points` is [N·D]; `condition` null, [K] for all points or [N·K]; `pixels` RGBA, [N·H·W·4]; `values` are examples as they
// are shown, one after the other. Messages are served in
// order, but a queued "decode" or "complete" is dropped when a newer one of its `channel` arrives, so that what a finger
// drags never waits for pictures that nobody will see. A "decode" in progress is finished, so that a steady drag still
// shows pictures; a "complete" in progress, which is long, is given up.

import { completions } from "./completing.js";
import { Engine } from "./engine.js";
import { uniform } from "./random.js";
import { loadRenderer } from "./renderers.js";
import { ask } from "./server.js";

let engine = null;
let encoderUrl = null;
let renderer = null;
let queue = [];
let busy = false;

self.onmessage = ({ data: message }) => {
  if (message.channel !== undefined) {
    for (const { id } of queue.filter(sharesChannel(message))) self.postMessage({ id, dropped: true });
    queue = queue.filter((queued) => !sharesChannel(message)(queued));
  }
  queue.push(message);
  if (!busy) serve();
};

const sharesChannel = (message) => ({ type, channel }) => type === message.type && channel === message.channel;

async function serve() {
  busy = true;
  while (queue.length) {
    // What arrived during the last batch must be in the queue before the next one is chosen.
    await nextTask();
    const message = queue.shift();
    const { id, type, ...request } = message;
    const isStale = () => message.channel !== undefined && queue.some(sharesChannel(message));
    try {
      const answer = await SERVICES[type](request, isStale);
      const large = answer.pixels ?? answer.values;
      self.postMessage({ id, ...answer }, large ? [large.buffer] : []);
    } catch ({ name, message }) {
      self.postMessage({ id, error: { name, message } });
    }
  }
  busy = false;
}

const SERVICES = {
  async load({ url, encoder, kind, shape, likelihood }) {
    const [loaded, made] = await Promise.all([Engine.load(url), loadRenderer(kind, shape)]);
    loaded.assumeLikelihood(likelihood);
    encoderUrl = encoder;
    [engine, renderer] = [loaded, made];
    return { latentDim: engine.latentDim, classes: engine.classes, shape: engine.outputShape };
  },

  decode({ points, condition, form }) {
    if (form === "values") return valuesOf(points, condition, (z, y) => engine.decode(z, y));
    if (!renderer?.tile) throw new Error(renderer ? "This kind of data has no pictures." : "No model is loaded.");
    const { width, height } = renderer.tile;
    const size = 4 * width * height;
    const each = eachOf(points, condition);
    const pixels = new Uint8ClampedArray(each.length * size);
    each.forEach(([z, y], n) => renderer.paint(engine.decode(z, y), pixels.subarray(n * size, (n + 1) * size)));
    return { pixels, count: each.length, width, height };
  },

  draw({ points, condition, temperature, seed }) {
    const next = uniform(seed);
    return valuesOf(points, condition, (z, y) => engine.draw(z, y, temperature, next));
  },

  async complete({ example, options }, isStale) {
    if (!engine.encodes) engine.addEncoder(await (await ask(encoderUrl)).arrayBuffer());
    const work = completions(engine, example, options);
    for (let step = work.next(); ; step = work.next()) {
      if (step.done) return { found: step.value };
      await nextTask();
      if (isStale()) return { dropped: true };
    }
  },
};

/** The points of a request, each with its condition. */
function eachOf(points, condition) {
  if (!engine) throw new Error("No model is loaded.");
  const { latentDim, classes } = engine;
  const count = points.length / latentDim;
  if (!Number.isInteger(count)) throw new RangeError(`${points.length} numbers are no points of ${latentDim} each.`);
  return Array.from({ length: count }, (_, n) => [
    points.subarray(n * latentDim, (n + 1) * latentDim),
    condition?.length > classes ? condition.subarray(n * classes, (n + 1) * classes) : condition,
  ]);
}

function valuesOf(points, condition, make) {
  const each = eachOf(points, condition);
  const size = engine.outputShape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(each.length * size);
  each.forEach(([z, y], n) => values.set(make(z, y), n * size));
  return { values, count: each.length };
}

/** Resolves after the messages that have already been posted to this worker. A timer would be held back by 4 ms. */
const tasks = new MessageChannel();
const nextTask = () => new Promise((resolve) => {
  tasks.port1.onmessage = resolve;
  tasks.port2.postMessage(null);
});
