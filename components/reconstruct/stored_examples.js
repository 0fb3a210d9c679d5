// Stored examples as inputs: their originals where the data are on this computer, else what their posterior means decode to.

import { ExamplePictures } from "../shared/bring/example_pictures.js";
import { examplePicker } from "../shared/kit/toolbar.js";

export class StoredExamples {
  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view
   * @param {object} data  the component's: `originals`, `n_originals`, and the `point` that it opens with
   * @param {(index: number) => void} chosen  by the user
   */
  constructor(view, { originals, n_originals: count, point }, chosen) {
    this.view = view;
    this.index = point.example ?? 0; // later ones are its own, as Python gives them back
    this.pictures = new ExamplePictures(view, originals, count);
    const drawn = this.pictures.haveOriginals ? this.pictures.count : view.examples;
    this.picker = examplePicker(view.examples, chosen, view.model.kind.unit, drawn);
  }

  get node() {
    return this.picker.node;
  }

  choose(index) {
    this.index = index;
    this.picker.set(index);
  }

  /** Whether the chosen one's original is at hand. */
  get original() {
    return this.pictures.has(this.index);
  }

  /** The chosen one's original; null where it has gone. */
  values() {
    return this.pictures.values(this.index);
  }

  /** What the chosen one's posterior mean decodes to. */
  get decoded() {
    return this.view.example(this.index);
  }

  /** What the input is called: in models that have learned the normal ones alone, with what it is. */
  get name() {
    const { normal, classes, kind } = this.view.model;
    const label = normal === null ? "" : `, labelled “${classes[this.decoded.label]}”`;
    return `${this.original ? `Test ${kind.unit}` : "Stored example, decoded"}${label}`;
  }

  /** Why it is no original; empty for one. */
  get reservation() {
    return this.original
      ? ""
      : `This test ${this.view.model.kind.unit} is not on this computer: this is what the decoder makes of its posterior mean, and it comes back well`;
  }
}
