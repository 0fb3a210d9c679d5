// A is to B as C is to D: D = C + (B − A).

import { differenceAxis } from "../shared/latent/axes.js";
import { element } from "../shared/kit/dom.js";
import { LatentSlider } from "../shared/latent/slider.js";
import { oneHot } from "../shared/engine/condition.js";
import { clamped, rounded } from "../shared/latent/latent_state.js";
import { nearestRows } from "../shared/engine/scores.js";
import { Strip } from "../shared/latent/strip.js";

const RANGE = [-1, 2]; // times B − A

export class Analogy {
  static limits() {
    return { least: 3, most: 3 };
  }

  constructor(page) {
    const { state, model, data } = page;
    Object.assign(this, { page, state, model, strength: clamped(data.at ?? 1, RANGE) });
    this.axis = differenceAxis("B − A", "How much of the difference B − A is added to C", RANGE, 1, () => this.base, () => this.vector);
    this.#measure();
    this.slider = new LatentSlider(state, this.axis, "quantiles", page.view.renderer, () => {});
    this.picture = new Strip(page.view.renderer, 1, {
      class: "ar-nearest-picture", "data-testid": "nearest", role: page.view.renderer.line ? "group" : "img", "aria-label": `The nearest stored ${page.model.kind.unit}`,
    });
    this.nearest = element("p", { class: "lx-note" });
    this.said = element("p", { class: "ar-said" });
    page.view.caption.textContent = "D = C + (B − A)";
    this.nodes = [
      element("p", { class: "ar-said ar-proportion" }, "A is to B as C is to D."),
      page.slots.node, this.slider.node, this.said,
      element("div", { class: "ar-nearest" }, this.picture.node, this.nearest),
    ];
    this.exports = { axes: () => [this.slider], moved: () => this.slider };
  }

  get described() {
    return { at: rounded(this.strength) };
  }

  aim() {
    this.#measure();
    this.state.assign(this.axis.write(this.state.z, this.strength), this.#y());
    this.#preview();
    this.drawn();
  }

  drawn() {
    const { view } = this.page;
    const { z } = this.state;
    this.strength = this.axis.read(z) ?? this.strength;
    this.slider.show();
    // Among those drawn as the same class: a code of a conditional model says how, not what.
    const labels = view.latents.get("y").data;
    const label = this.state.y?.indexOf(1) ?? null;
    const [row] = nearestRows(z, view.latents.get("mu"), 1, (i) => label === null || labels[i] === label);
    if (row === undefined || row === this.row) return;
    this.row = row;
    this.#drawNearest(row);
  }

  close() {
    this.slider.stop();
  }

  #measure() {
    const [a, b, c] = this.page.slots.points.map(({ z }) => z);
    this.base = c;
    this.vector = a.map((value, i) => b[i] - value);
  }

  /** The class of D: C's, or, where A becomes another class and C is of A's, that one. */
  #y() {
    const [a, b, c] = this.page.slots.points.map(({ label }) => label);
    const { classes } = this.model;
    if (c === null) return null;
    const label = a === c ? b : c;
    this.said.textContent = `D is drawn as ${classes[label]}${label === c ? ", as C is" : ", as B is"}.`;
    return oneHot(label, classes.length);
  }

  async #preview() {
    const batch = await this.page.view.decodeStrips(this.slider.previewPoints(), this.state.y, "strips");
    if (batch) this.slider.drawPreviews(batch);
  }

  async #drawNearest(row) {
    const { view, model } = this.page;
    const { z, label } = view.example(row);
    const conditional = model.label !== null;
    const batch = await view.decodeStrips([z], conditional ? oneHot(label, model.classes.length) : null, "nearest");
    if (!batch || row !== this.row) return;
    this.picture.draw(batch);
    const what = model.classes.length ? `, ${model.classes[label]}` : "";
    this.picture.node.dataset.example = row;
    this.picture.node.setAttribute("aria-label", `Stored example ${row}${what}`);
    this.nearest.textContent = `The stored example nearest to D: no. ${row}${what}.`;
  }
}
