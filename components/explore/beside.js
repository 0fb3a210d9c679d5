// The models beside the first one. When its point moves they follow: to the same z, or to their own code of the same
// example, moved by as much.

import { DecodedView } from "../shared/latent/decoded_view.js";
import { oneHot } from "../shared/engine/condition.js";
import { segmented } from "../shared/kit/toolbar.js";

export class Beside {
  #views = [];
  #wanted = ""; // the names of the models that should be here
  #closed = false;

  /**
   * @param {DecodedView} first  the model that they follow
   * @param {import("../shared/latent/latent_state.js").LatentState} state  its point
   * @param {object} options
   * @param {"z" | "input"} options.match  where they are compared
   * @param {() => ?number} options.example  the example that the point came from
   * @param {(index: number) => void} options.goToExample
   * @param {(nodes: Element[]) => void} options.place  puts their views onto the page
   */
  constructor(first, state, { match, example, goToExample, place }) {
    Object.assign(this, { first, state, match, example, goToExample, place });
    this.control = segmented("Compare at", [["z", "Same z"], ["input", `Same ${first.model.kind.unit}`]], match, (chosen) => {
      this.match = chosen;
      if (chosen === "input" && this.example() === null) this.goToExample(0);
      this.draw();
    });
    this.control.hidden = true;
  }

  /** The names of the models, as a link has them. */
  get names() {
    return this.#views.map((view) => view.model.name).join(",");
  }

  close() {
    this.#closed = true;
    for (const view of this.#views) view.close();
  }

  /** Put other models there, unless they are the same. */
  async show(models, decodeUrl) {
    const names = models.map((model) => model.name).join();
    if (names === this.#wanted) return;
    this.#wanted = names;
    const views = await Promise.all(models.map((model) => DecodedView.of(model, decodeUrl)));
    if (this.#closed || names !== this.#wanted) return; // others are on their way
    for (const view of this.#views) view.close();
    this.#views = views;
    this.place(views.map((view) => view.node));
    this.control.hidden = !views.length;
    if (views.length && !views.some((view) => view.model.latent_dim === this.state.z.length)) {
      this.control.querySelector('[data-choice="input"]').click(); // no model could follow at the same z
    }
    await Promise.all(views.map((view) => view.load().catch((error) => view.setHint(error.message))));
    this.draw();
  }

  draw() {
    const { state, first, match } = this;
    const example = this.example();
    for (const view of this.#views) {
      if (!view.typicality || !first.typicality) continue;
      const own = this.#pointOf(view);
      if (!own) {
        view.clear(`It has ${view.model.latent_dim} dimensions, so it cannot be at the same z. Compare at the same ${view.model.kind.unit}.`);
        continue;
      }
      const { classes } = view.model;
      const label = match === "input" && example !== null ? view.example(example).label : state.y?.indexOf(1) ?? 0;
      const conditional = view.model.label !== null;
      view.draw(own, conditional ? (state.y?.length === classes.length ? state.y : oneHot(label, classes.length)) : null);
    }
  }

  #pointOf(view) {
    const { state, first, match } = this;
    const example = this.example();
    const sameSize = view.model.latent_dim === state.z.length;
    if (match === "z" || example === null) return sameSize ? state.z : null;
    const own = view.example(Math.min(example, view.examples - 1)).z;
    if (!sameSize) return own;
    const from = first.example(example).z;
    return own.map((value, i) => value + state.z[i] - from[i]);
  }
}
