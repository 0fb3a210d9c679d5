// Decodes batches of points beside the page's main thread (a module Web Worker), for grids and filmstrips, and completes
// half-hidden examples, which takes hundreds of passes.
// `decoder_pool.js` is its client. Messages come in, and each is answered by exactly one with the same `id`:
//
//   {id, type: "load", url, encoder, kind, shape, likelihood} -> {id, latentDim, classes, shape}; `kind` names the module that
//     paints examples of `shape` (components/shared/kinds), `likelihood` (or null) is that of a format-1 file, `encoder` (or
//     null) is where the encoder's weights are, which are downloaded when something is to be completed
//   {id, type: "decode", points, condition, channel} -> {id, pixels, count, width, height}, or {id, dropped: true}
//   {id, type: "complete", example, options, channel} -> {id, found} (see completing.js), or {id, dropped: true}
//   whatever fails                                  -> {id, error: {name, message}}
//
// `points` is [N·D]; `condition` null, [K] for all points or [N·K]; `pixels` RGBA, [N·H·W·4]. Messages are served in
// order, but a queued "decode" or "complete" is dropped when a newer one of its `channel` arrives, so that what a finger
// drags never waits for pictures that nobody will see. A "decode" in progress is finished, so that a steady drag still
// shows pictures; a "complete" in progress, which is long, is given up.

import { completions } from "./completing.js";
import { Engine } from "./engine.js";
import { ask, serverUrl } from "./server.js";

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
      self.postMessage({ id, ...answer }, answer.pixels ? [answer.pixels.buffer] : []);
    } catch ({ name, message }) {
      self.postMessage({ id, error: { name, message } });
    }
  }
  busy = false;
}

const SERVICES = {
  async load({ url, encoder, kind, shape, likelihood }) {
    const [loaded, { renderer: make }] = await Promise.all([Engine.load(url), import(serverUrl(kind.module))]);
    loaded.assumeLikelihood(likelihood);
    encoderUrl = encoder;
    [engine, renderer] = [loaded, make(kind, shape)];
    return { latentDim: engine.latentDim, classes: engine.classes, shape: engine.outputShape };
  },

  decode({ points, condition }) {
    if (!engine) throw new Error("No model is loaded.");
    if (!renderer.tile) throw new Error("This kind of data has no pictures.");
    const { latentDim, classes } = engine;
    const { width, height } = renderer.tile;
    const count = points.length / latentDim;
    if (!Number.isInteger(count)) throw new RangeError(`${points.length} numbers are no points of ${latentDim} each.`);
    const size = 4 * width * height;
    const pixels = new Uint8ClampedArray(count * size);
    for (let n = 0; n < count; n++) {
      const own = condition?.length > classes ? condition.subarray(n * classes, (n + 1) * classes) : condition;
      const shown = engine.decode(points.subarray(n * latentDim, (n + 1) * latentDim), own);
      renderer.paint(shown, pixels.subarray(n * size, (n + 1) * size));
    }
    return { pixels, count, width, height };
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

/** Resolves after the messages that have already been posted to this worker. A timer would be held back by 4 ms. */
const tasks = new MessageChannel();
const nextTask = () => new Promise((resolve) => {
  tasks.port1.onmessage = resolve;
  tasks.port2.postMessage(null);
});
