// The examples that all models are given: the first model's held-out ones, as they are where their data is at hand.

import { ExamplePictures } from "../shared/bring/example_pictures.js";

const KEPT = 200; // examples whose values are kept in the page: a finger on a map passes many

export class Examples {
  #kept = new Map();

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view  of the model whose examples they are, loaded
   * @param {{originals: ?string, n_originals: number, shared: boolean}} data  `shared`: every model that reads them has
   *   stored the codes of the same ones
   */
  constructor(view, { originals, n_originals: count, shared }) {
    this.view = view;
    this.pictures = new ExamplePictures(view, originals, count);
    this.count = originals ? count : shared ? view.examples : 0;
  }

  /** Whether the examples themselves are at hand, and not their codes alone. */
  get atHand() {
    return this.pictures.haveOriginals;
  }

  /** The class of an example; 0 while the classes are not here, which only conditional models wait for. */
  label(index) {
    return this.view.latents ? this.view.example(index).label : 0;
  }

  /** The values of an example if they have come already, else null. */
  known(index) {
    return this.#kept.get(index) ?? null;
  }

  /** The values of some examples, each as the models take it; null where the data is not at hand. */
  async values(indices) {
    if (!this.atHand) return null;
    const missing = indices.filter((index) => !this.#kept.has(index));
    if (missing.length) {
      const batch = await this.pictures.valuesOf(missing, "inputs");
      if (!batch || !this.atHand) return null;
      const size = batch.values.length / batch.count;
      if (this.#kept.size > KEPT) this.#kept.clear();
      missing.forEach((index, i) => this.#kept.set(index, batch.values.slice(i * size, (i + 1) * size)));
    }
    return indices.map((index) => this.#kept.get(index) ?? null);
  }
}
