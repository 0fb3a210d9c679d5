// Decoding by the server, for a model whose layers the page's engine does not know: slower, but never a broken page.

import { post } from "./server.js";

export class PythonDecoder {
  #checkpoint;
  #url;
  #latest = new Map();
  #running = new Map();

  constructor(url, checkpoint) {
    this.#url = url;
    this.#checkpoint = checkpoint;
  }

  /**
   * As DecoderWorker.decode: N points [N·D] to pictures, or to values, which `fromRest` reads; null if a newer request of the same channel came before this one
   * was sent. One at a time is sent for a channel, so that a drag never floods the server.
   */
  async decode(points, condition = null, { channel, dim, classes, form, fromRest } = {}) {
    const read = form === "values" ? fromRest : null;
    const y = condition && (condition.length > classes ? rows(condition, classes) : [...condition]);
    if (channel === undefined) return this.#ask(rows(points, dim), y, read);
    const ticket = {};
    this.#latest.set(channel, ticket);
    while (this.#running.has(channel)) {
      await this.#running.get(channel);
      if (this.#latest.get(channel) !== ticket) return null;
    }
    const asked = this.#ask(rows(points, dim), y, read);
    const done = asked.catch(() => {}).then(() => this.#running.delete(channel));
    this.#running.set(channel, done);
    return asked;
  }

  async #ask(points, y, fromRest) {
    const body = { checkpoint: this.#checkpoint, points, y };
    if (fromRest) {
      const response = await post(this.#url, { ...body, form: "values" });
      return { values: fromRest(new Uint8Array(await response.arrayBuffer())), count: points.length };
    }
    const response = await post(this.#url, body);
    const [width, height] = ["X-Width", "X-Height"].map((name) => Number(response.headers.get(name)));
    return { pixels: new Uint8ClampedArray(await response.arrayBuffer()), count: points.length, width, height };
  }

  terminate() {}
}

/** [N·M] as N rows. */
function rows(numbers, length) {
  return Array.from({ length: numbers.length / length }, (_, i) => [...numbers.slice(i * length, (i + 1) * length)]);
}
