// What lies between two or more images: a filmstrip, and a scrubber through it.

import { element } from "../shared/kit/dom.js";
import { LatentPath, norm } from "../shared/latent/path.js";
import { clamped, rounded } from "../shared/latent/latent_state.js";
import { MorphPlayer } from "../shared/latent/morph.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { segmented } from "../shared/kit/toolbar.js";
import { heldOut, typicalText } from "../shared/latent/verdict.js";

const [FRAMES, READ] = [11, 10]; // of the filmstrip, and where they are read
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
    this.norm = element("summary");
    this.norms = element("details", { class: "lx-note ar-norm" }, this.norm, element("p", {}, this.#hasPrior(model)
      ? `Most of the prior lies near √${model.latent_dim} = ${Math.sqrt(model.latent_dim).toFixed(1)}: the spherical way keeps its distance, the straight one cuts through.`
      : "This model has no prior, so there is no shell to keep to."), element("p", {}, "The bar below a frame: how typical it is."));
    this.frames = page.view.renderer.line ? READ : FRAMES;
    this.strip = new PictureButtons("Filmstrip",
      Array.from({ length: this.frames }, (_, i) => ({ name: this.#way(i) })),
      page.view.renderer, (i) => this.player.go(i / (this.frames - 1)), { class: "ar-strip", "data-testid": "filmstrip" });
    this.nodes = [page.slots.node, element("div", { class: "ar-line" }, ways), this.player.node, this.norms];
    this.below = [this.strip.node];
    this.exports = { frames: () => this.path.sample(this.frames).map(({ z, y }) => ({ z: z.map(rounded), y })) };
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
    this.norm.textContent = `Distance from the middle: ${from(state.z)}.`;
    const frame = this.player.part * (this.frames - 1);
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

  #way(i) {
    return `${Math.round((100 * i) / (this.frames - 1))}% of the way`;
  }

  async #drawStrip() {
    const { page, strip, path } = this;
    const frames = path.sample(this.frames).map(({ z, y }) => ({ z: z.map(rounded), y }));
    const batch = await page.view.decodeStrips(frames.map(({ z }) => z), frames[0].y && frames.flatMap(({ y }) => y), "strip");
    if (!batch || path !== this.path) return;
    strip.draw(batch, this.frames, (i) => Math.max(0, i - 1));
    const { typicality } = page.view;
    frames.forEach(({ z }, i) => {
      const percent = typicality.percentile(z);
      strip.buttons[i].dataset.z = JSON.stringify(z);
      strip.name(i, `${this.#way(i)}. ${typicalText(percent, heldOut(page.model))}`);
      strip.buttons[i].style.setProperty("--typical", `${percent}%`);
    });
  }
}
