// The page's side of worker.js: batches of pictures without holding up the main thread.

import { serverUrl } from "./server.js";

/**
 * A decoder in a Web Worker.
 *
 *   const worker = new DecoderWorker();
 *   await worker.load(url, kind, shape);
 *   const batch = await worker.decode(points, condition, { channel: "grid" });
 *   if (batch === null) return; // a newer request made this one stale
 */
export class DecoderWorker {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #ids = 0;
  #failure = null;
  #terminated = false;

  constructor() {
    this.#worker.onmessage = ({ data: { id, error, dropped, ...answer } }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(Object.assign(new Error(error.message), { name: error.name }));
      else resolve(dropped ? null : answer);
    };
    this.#worker.onerror = ({ message }) => {
      this.#failure = new Error(`The worker failed: ${message ?? "it could not start."}`);
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
    };
  }

  /**
   * Use the model at `url` from now on; what was asked for before is still decoded by the previous one.
   *
   * @param {object} kind  of data, as live.py describes it: its module paints what is decoded
   * @param {number[]} shape  of an example
   * @param {?object} likelihood  of a format-1 file, if examples are to be completed
   * @param {?string} encoder  where the encoder's weights are, if not at `url`
   * @returns {Promise<{latentDim: number, classes: number, shape: number[]}>}  Rejects with an error named
   *   "UnsupportedOperation" if the engine cannot run the model.
   */
  load(url, kind, shape, likelihood = null, encoder = null) {
    const addresses = { url: serverUrl(url), encoder: encoder && serverUrl(encoder) };
    return this.#ask({ type: "load", ...addresses, kind, shape, likelihood });
  }

  /**
   * Decode N points to thumbnails.
   *
   * @param {Float32Array} points  [N·D]
   * @param {?Float32Array} condition  [K] for all points, or [N·K]; null for an unconditional model
   * @param {{channel?: string, form?: "pixels" | "values"}} options  A newer request drops a waiting older one of the same
   *   channel.
   * @returns {Promise<?{count: number, pixels?: Uint8ClampedArray, width?: number, height?: number, values?: Float32Array}>}
   *   `pixels` RGBA [N·H·W·4], one picture after the other, or the examples' values as they are shown; null if the request
   *   was dropped, or the worker terminated.
   */
  decode(points, condition = null, { channel, form } = {}) {
    return this.#ask({ type: "decode", points, condition, channel, form });
  }

  /** As `decode` to values, but a draw from p(x | z) of symbols at each point; the same `seed` draws the same. */
  draw(points, condition, { temperature, seed, channel }) {
    return this.#ask({ type: "draw", points, condition, temperature, seed, channel });
  }

  /**
   * Complete an example of which a part is hidden; see completing.js for both objects and what is found.
   *
   * @returns {Promise<?{found: object[]}>}  null if a newer request of the channel came, or the worker terminated
   */
  complete(example, options, { channel } = {}) {
    return this.#ask({ type: "complete", example, options, channel });
  }

  /** Stop at once. What is waiting, or asked for later, resolves to null. */
  terminate() {
    this.#terminated = true;
    this.#worker.terminate();
    for (const { resolve } of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }

  #ask(message) {
    if (this.#terminated) return Promise.resolve(null);
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#ids++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...message });
    });
  }
}
