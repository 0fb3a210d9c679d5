// The posterior of one held-out example, as the encoder gave it: choosing the example, and drawing from its posterior.

import { element, icon, withArticle } from "../kit/dom.js";
import { oneHot } from "../engine/condition.js";
import { standardNormals } from "../engine/random.js";
import { button, examplePicker, numberWithButton } from "../kit/toolbar.js";

const MOST_DRAWS = 100;

export class Posterior {
  /** @param {Map} latents  "mu" and, unless the code is deterministic, "logvar" [N, D] */
  constructor(latents, index) {
    const row = (name) => {
      const { data, shape } = latents.get(name);
      return [...data.subarray(index * shape[1], (index + 1) * shape[1])];
    };
    this.mean = row("mu");
    this.variances = latents.has("logvar") ? row("logvar").map(Math.exp) : null;
  }

  /** The same seed draws the same point in every browser. */
  sample(seed) {
    const noise = standardNormals(this.mean.length, seed);
    return this.mean.map((mean, d) => mean + Math.sqrt(this.variances[d]) * noise[d]);
  }
}

export class PosteriorPanel {
  #draws = [];
  #posterior = null;

  /**
   * @param {import("./latent_state.js").LatentState} state
   * @param {import("./decoded_view.js").DecodedView} view  loaded: it holds the encoded examples
   * @param {object} on
   * @param {() => void} on.changed  something else is to be drawn on the map
   * @param {() => void} on.settled  another example is chosen, or none
   * @param {() => void} on.zoom  the user wants to see it from near
   */
  constructor(state, view, { changed, settled, zoom }) {
    Object.assign(this, { state, view, changed, settled });
    this.index = null;
    this.number = examplePicker(view.examples, (index) => this.choose(index), view.model.kind.unit);
    this.seed = numberWithButton({
      text: "Resample", title: `Draw a point from the posterior of this ${view.model.kind.unit}`, name: "Seed of the draw", hint: "seed",
      max: 999999, draw: () => Math.floor(Math.random() * 1000), chosen: (seed) => this.#draw(seed),
    });
    this.text = element("p", { class: "lm-example", role: "status" });
    this.zoomButton = button(icon("zoom"), `Zoom to the posterior of this ${view.model.kind.unit}`, zoom, {
      class: "lx-icon", "aria-label": "Zoom to the posterior",
    });
    this.forgetButton = button("✕", "Forget the example", () => {
      this.show(null);
      settled();
    }, { class: "lx-icon", "aria-label": "Forget the example" });
    this.node = element("div", { class: "lm-posterior", role: "group", "aria-label": "Example" },
      element("div", { class: "lm-said" }, this.text, this.zoomButton, this.forgetButton), this.seed.node);
    this.show(null);
  }

  /** Go to an example. */
  choose(index) {
    const { z, label } = this.view.example(index);
    this.show(index);
    const conditional = this.state.y && oneHot(label, this.view.model.classes.length);
    this.state.go(z, conditional ?? undefined);
    this.settled(); // also if the point was there already
  }

  /** Show an example's posterior, or none, wherever the point is. */
  show(index) {
    this.index = index;
    this.#draws = [];
    this.#posterior = index === null ? null : new Posterior(this.view.latents, index);
    this.number.set(index);
    this.seed.set(null);
    const drawable = Boolean(this.#posterior?.variances);
    this.zoomButton.hidden = !drawable;
    this.forgetButton.hidden = index === null;
    this.seed.node.hidden = !drawable;
    this.text.textContent = this.#describe();
    this.changed();
  }

  /** What the map shows of it on a plane; see MapMarks.showPosterior. */
  on(plane) {
    if (!this.#posterior) return null;
    const { mean, variances } = this.#posterior;
    return {
      mean: plane.read(mean),
      ellipse: variances && plane.ellipse(variances),
      draws: this.#draws.map((draw) => plane.read(draw)),
    };
  }

  #draw(seed) {
    const z = this.#posterior.sample(seed);
    this.#draws = [...this.#draws, z].slice(-MOST_DRAWS);
    this.text.textContent = this.#describe();
    this.changed();
    this.state.go(z);
  }

  #describe() {
    const { classes, kind: { unit } } = this.view.model;
    if (this.index === null) return `Choose ${withArticle(unit)} by number, or click its point.`;
    const name = classes.length ? ` (${classes[this.view.example(this.index).label]})` : "";
    const example = `Held-out ${unit} ${this.index}${name}`;
    if (!this.#posterior.variances) return `${example}: encoded as one point, with no posterior to draw from.`;
    const draws = this.#draws.length;
    return `${example}: posterior at 1 σ and 2 σ${draws ? `, ${draws} draw${draws > 1 ? "s" : ""}` : ""}.`;
  }
}
