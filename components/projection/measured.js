// What a selection of measurements has in common: its mean curve with its spread, or the columns in which its records differ
// most from the rest.

import { element } from "../shared/kit/dom.js";
import { uniform } from "../shared/engine/random.js";

const [COMPARED, SHOWN] = [400, 10]; // examples on either side, and columns

export class MeasuredSummary {
  #ticket = 0;

  /** @param {import("../shared/bring/example_pictures.js").ExamplePictures} pictures  of a kind with `summary` */
  constructor(pictures) {
    this.pictures = pictures;
    const { renderer, model } = pictures.view;
    this.curve = renderer.sketching ? renderer.view(`The mean of the selected ${model.kind.unit}s`, "mean-curve") : null;
    this.title = element("h4", { class: "pj-title" });
    this.list = element("ul", { class: "pj-columns", "data-testid": "differences" });
    this.node = element("div", { class: "pj-over" }, this.title, ...(this.curve ? [this.curve.node] : []), this.list);
  }

  async show(indices) {
    const ticket = ++this.#ticket;
    const { pictures, curve } = this;
    const { view } = pictures;
    const here = new Set(indices);
    const rest = Array.from({ length: view.examples }, (_, i) => i).filter((i) => !here.has(i));
    const inside = await this.#values(some(indices), "selected values");
    const outside = rest.length ? await this.#values(some(rest), "values of the rest") : [];
    if (ticket !== this.#ticket || !inside || !outside) return;
    const whose = pictures.haveOriginals ? "originals" : "reconstructions";
    const { mean, spread, said } = view.renderer.summary(inside, outside);
    if (curve) {
      curve.fan([1, -1].map((sign) => mean.map((value, i) => value + sign * spread[i])));
      curve.show(mean);
      curve.settle();
    }
    this.title.textContent = curve ? `Mean of the ${whose}, and one standard deviation` : `Columns that differ from the rest (${whose})`;
    this.list.replaceChildren(...said.slice(0, SHOWN).map((text) => element("li", {}, text)));
    if (!said.length && !curve) this.list.replaceChildren(element("li", {}, "None that stands out."));
  }

  /** Values of examples, an array each; null if others are wanted by now. */
  async #values(indices, channel) {
    const found = await this.pictures.valuesOf(indices, channel);
    if (!found) return null;
    const size = found.values.length / found.count;
    return Array.from({ length: found.count }, (_, i) => found.values.subarray(i * size, (i + 1) * size));
  }
}

/** So many of them at random, but always the same ones. */
function some(indices) {
  const next = uniform(indices.length);
  return indices.length <= COMPARED ? indices : Array.from({ length: COMPARED }, () => indices[Math.floor(next() * indices.length)]);
}
