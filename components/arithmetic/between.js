// What lies between two or more images: a filmstrip, and a scrubber through it.

import { element } from "../shared/kit/dom.js";
import { LatentPath, norm } from "../shared/latent/path.js";
import { clamped, rounded } from "../shared/latent/latent_state.js";
import { MorphPlayer } from "../shared/latent/morph.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { segmented } from "../shared/kit/toolbar.js";

const FRAMES = 11; // of the filmstrip
const WAYS = [["spherical", "Spherical"], ["linear", "Straight"]];

export class Between {
  static limits({ longest }) {
    return { least: 2, most: longest };
  }

  /** @param {object} page  the component: its slots, state, view, model and data */
  constructor(page) {
    const { state, model, data } = page;
    Object.assign(this, { page, state, model, way: data.way ?? this.#firstWay(model) });
    this.player = new MorphPlayer({
      what: "way",
      show: ({ z, y }) => state.assign(z, y),
      settle: () => state.settle(),
      request: (points) => ({
        checkpoint: model.name, points: points.map(({ z }) => z.map(rounded)),
        y: points[0].y && points.map(({ y }) => y.map(rounded)),
      }),
      url: data.animation_url,
    });
    const ways = segmented("Way", WAYS, this.way, (way) => {
      this.way = way;
      this.aim();
      state.settle();
    });
    this.norms = element("p", { class: "lx-note ar-norm" });
    this.strip = new PictureButtons("Filmstrip",
      Array.from({ length: FRAMES }, (_, i) => ({ name: `${Math.round((100 * i) / (FRAMES - 1))}% of the way` })),
      page.view.renderer.tile, (i) => this.player.go(i / (FRAMES - 1)), { class: "ar-strip", "data-testid": "filmstrip" });
    this.nodes = [page.slots.node, element("div", { class: "ar-line" }, ways), this.player.node, this.norms];
    this.below = [this.strip.node];
    this.exports = { frames: () => this.path.sample(FRAMES).map(({ z, y }) => ({ z: z.map(rounded), y })) };
    this.at = clamped(data.at ?? 0, [0, 1]);
  }

  get described() {
    return { way: this.way, at: rounded(this.player.part) };
  }

  /** Recompute the way after an image or the way has changed; the place on it stays. */
  aim() {
    const { player, page, model } = this;
    const part = this.path ? player.part : this.at;
    this.path = new LatentPath(page.slots.withClasses, this.way, model.origin);
    player.path = this.path;
    player.part = part;
    const { z, y } = this.path.at(part);
    this.state.assign(z, y);
    this.#drawStrip();
    this.drawn();
  }

  /** How far the shown point is from the middle: what the two ways differ in. */
  drawn() {
    const { model, state } = this;
    const from = (z) => norm(z.map((value, i) => value - model.origin[i])).toFixed(1);
    const hasPrior = this.#hasPrior(model);
    const dim = model.latent_dim;
    const shell = Math.sqrt(dim).toFixed(1);
    this.norms.textContent = hasPrior
      ? `Distance from the middle ‖z‖ = ${from(state.z)}. Most of the prior lies near √${dim} = ${shell}: spherical keeps `
        + "its distance, straight cuts through. The bar below a frame: how typical it is."
      : `Distance from the middle of the codes: ${from(state.z)}. This model has no prior, so there is no shell to keep to. `
        + "The bar below a frame: how typical it is.";
    const frame = this.player.part * (FRAMES - 1);
    this.strip.mark((i) => i === Math.round(frame));
  }

  close() {
    this.player.stop();
  }

  #firstWay(model) {
    return this.#hasPrior(model) ? "spherical" : "linear";
  }

  #hasPrior(model) {
    return model.dimensions[0].kl !== null;
  }

  async #drawStrip() {
    const { page, strip, path } = this;
    const frames = path.sample(FRAMES).map(({ z, y }) => ({ z: z.map(rounded), y }));
    const batch = await page.view.decodeMany(frames.map(({ z }) => z), frames[0].y && frames.flatMap(({ y }) => y), "strip");
    if (!batch || path !== this.path) return;
    strip.draw(batch);
    const { typicality } = page.view;
    frames.forEach(({ z }, i) => {
      const percent = typicality.percentile(z);
      strip.buttons[i].dataset.z = JSON.stringify(z);
      strip.name(i, `${Math.round((100 * i) / (FRAMES - 1))}% of the way, more typical than ${percent.toFixed(0)}% of the held-out ${page.model.kind.unit}s`);
      strip.buttons[i].style.setProperty("--typical", `${percent}%`);
    });
  }
}
