// What a picture shows: one of the classes, or none of them. vae_core/latent/reader.py in the page.

import { feedForward } from "../engine/engine.js";
import { nearestRows } from "../engine/scores.js";

const NEIGHBOURS = 10;

/**
 * @typedef {object} Reading
 * @property {number[]} shares  how much speaks for each class
 * @property {number} none  how much speaks for none of them; all sum to 1
 */

/** The dataset's own reader where one is shipped, else the nearest stored examples; some models have neither. */
export class Reader {
  #look = null;

  /**
   * @param {{tensors: Map, metadata: object}} file  a model's encoded examples
   * @param {import("../engine/engine.js").Engine} engine
   * @param {string[]} classes
   */
  constructor({ tensors, metadata }, engine, classes) {
    if (metadata.reader) {
      const network = feedForward(JSON.parse(metadata.reader), engine.inputShape, tensors);
      const tolerance = JSON.parse(metadata.tolerance);
      this.#look = (values, drawn) => {
        const logits = [...network(values)];
        if (drawn) logits[logits.length - 1] -= tolerance;
        return split(softmax(logits));
      };
    } else if (metadata.neighbours_tell === "true") {
      const [mu, y] = [tensors.get("mu"), tensors.get("y").data];
      this.#look = (values) => {
        const shares = new Array(classes.length).fill(0);
        const nearest = nearestRows(engine.encode(values).mu, mu, NEIGHBOURS);
        for (const index of nearest) shares[y[index]] += 1 / nearest.length;
        return { shares, none: 0 };
      };
    }
  }

  /** @returns {?Reading}  of an example that somebody made; null where nothing can tell classes apart */
  read(values) {
    return this.#look && this.#look(values, false);
  }

  /** The same of what the model drew, which may be as blurred as all that it draws. */
  readDrawn(values) {
    return this.#look && this.#look(values, true);
  }
}

/** The last of a reader's outputs stands for "none of the classes". */
function split(shares) {
  return { none: shares.pop(), shares };
}

function softmax(logits) {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - highest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}
