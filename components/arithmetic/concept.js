// A concept vector applied to an image: a slider along it, what it is made of, and what is known of it.

import { differenceAxis } from "../shared/latent/axes.js";
import { ConceptPanel } from "./concept_panel.js";
import { LatentSlider } from "../shared/latent/slider.js";
import { clamped, rounded } from "../shared/latent/latent_state.js";

const RANGE = [-2, 2]; // times the vector

export class ConceptTool {
  static limits() {
    return { least: 1, most: 1 };
  }

  constructor(page) {
    const { state, model, data } = page;
    const vector = model.origin.map(() => 0);
    Object.assign(this, { page, state, model, vector, strength: clamped(data.at ?? 0, RANGE), base: state.z });
    this.axis = differenceAxis("Amount", "How many times the concept vector is added", RANGE, 0, () => this.base, () => this.vector);
    this.slider = new LatentSlider(state, this.axis, "quantiles", page.view.renderer, () => {});
    this.panel = new ConceptPanel(page.view, (what, value = {}) => page.ask("asked", { what, ...value }));
    this.nodes = [this.panel.choice, this.slider.node, this.panel.facts];
    this.below = [page.slots.node, this.panel.further];
    this.exports = { axes: () => [this.slider], moved: () => this.slider };
  }

  get described() {
    return { at: rounded(this.strength) };
  }

  /** What else the link says: groups that the user named stay in the session. */
  get linked() {
    const { concept, towards, away } = this.page.data.choice;
    return concept === null ? { towards, away } : {};
  }

  follow(data) {
    this.panel.show(data);
    const key = JSON.stringify(data.concept?.vector ?? null);
    if (key === this.key) return;
    this.key = key;
    this.vector = data.concept?.vector ?? this.model.origin.map(() => 0);
    this.slider.node.hidden = !data.concept;
    this.aim();
  }

  aim() {
    const { slots } = this.page;
    this.base = slots.points[0].z;
    this.state.assign(this.axis.write(this.state.z, this.strength), slots.y(0));
    this.#preview();
    this.drawn();
  }

  drawn() {
    this.strength = this.axis.read(this.state.z) ?? this.strength;
    this.slider.show();
  }

  close() {
    this.slider.stop();
  }

  async #preview() {
    const batch = await this.page.view.decodeStrips(this.slider.previewPoints(), this.state.y, "strips");
    if (batch) this.slider.drawPreviews(batch);
  }
}
