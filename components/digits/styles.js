// Many styles, or contents, of one class: draws by seed, or a walk over the two strongest axes. A click takes one.

import { rangeOf } from "../shared/latent/axes.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { element } from "../shared/kit/dom.js";
import { rounded } from "../shared/latent/latent_state.js";
import { numberWithButton, segmented } from "../shared/kit/toolbar.js";

const [SIDE, FEW, WIDE] = [8, 4, 120]; // a side of the grid, and one of wide pictures, cards of words

export class Styles {
  #kind = "random";
  #seed = 0;

  /**
   * @param {import("../shared/latent/latent_state.js").LatentState} state
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view
   * @param {import("../shared/kit/sampler_choice.js").SamplerChoice} samplers
   * @param {import("../shared/latent/axes.js").Axis[]} axes  the strongest first
   * @param {string} what  a latent vector is called
   */
  constructor(state, view, samplers, axes, what) {
    const side = view.renderer.tile.width > WIDE ? FEW : SIDE;
    Object.assign(this, { state, view, samplers, axes: axes.slice(0, 2), what, side });
    const named = what[0].toUpperCase() + what.slice(1);
    const seed = numberWithButton({
      text: "New", title: `Draw other ${what}s`, name: `Seed of the ${what}s`, hint: "seed", max: 999999,
      draw: () => Math.floor(Math.random() * 1000),
      chosen: (value) => {
        this.#seed = value;
        this.show();
      },
    });
    seed.set(0);
    seed.node.append(samplers.menu());
    const kinds = [["random", `Random ${what}s`], ["walk", `Along ${this.axes.map((axis) => axis.name).join(", ")}`]];
    const kind = segmented(`${named}s`, kinds, this.#kind, (chosen) => {
      this.#kind = chosen;
      seed.node.hidden = chosen !== "random";
      this.show();
    });
    const entries = Array.from({ length: side * side }, (_, i) => ({ name: `${named} ${i + 1}` }));
    this.pictures = new PictureButtons(`${named}s`, entries, view.renderer, (i) => state.go(this.points[i]), {
      class: "dg-grid", "data-testid": "styles", style: `--side: ${side}`,
    });
    this.said = element("p", { class: "dg-said" });
    this.node = element("div", { class: "dg-panel" },
      element("div", { class: "lx-buttons" }, kind, seed.node), this.said, this.pictures.node);
  }

  /** Draw the grid for the current class. */
  async show() {
    const { state, view, pictures } = this;
    const { classes } = view.model;
    const y = state.y;
    const points = this.#kind === "random" ? await this.#draws(y) : this.#walk();
    const batch = points && await view.decodeStrips(points, y, "styles");
    if (!batch) return;
    this.points = points;
    pictures.draw(batch);
    pictures.buttons.forEach((button, i) => (button.dataset.z = JSON.stringify(points[i])));
    pictures.node.dataset.y = JSON.stringify(y);
    const names = classes.filter((_, label) => y[label] > 0).join(" and ");
    this.said.textContent = `${points.length} ${this.what}s of ${names}. Click one to take it.`;
    this.mark();
  }

  mark() {
    const { z } = this.state;
    this.pictures.mark((i) => Boolean(this.points?.[i].every((value, d) => value === z[d])));
  }

  async #draws(y) {
    const points = await this.samplers.draws(this.side ** 2, this.#seed, y);
    return points?.map((point) => point.map(rounded));
  }

  #walk() {
    const { state, axes, side } = this;
    const at = (axis, part) => {
      const [low, high] = rangeOf(axis, "quantiles", state.z);
      return low + (high - low) * part;
    };
    return Array.from({ length: side ** 2 }, (_, i) => {
      const parts = [((i % side) + 0.5) / side, 1 - (Math.floor(i / side) + 0.5) / side];
      return axes.reduce((z, axis, k) => axis.write(z, at(axis, parts[k])), state.z).map(rounded);
    });
  }
}
