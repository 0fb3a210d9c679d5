// The life of every live component: mount, download its model, show it, follow reruns, report what settles, unmount.

import { mountOnce, showError } from "../app/mounting.js";
import { Sending } from "../app/addresses/sending.js";
import { SamplerChoice } from "../kit/sampler_choice.js";
import { Soon } from "../kit/soon.js";
import { DecodedView } from "./decoded_view.js";

const PAPER = "rgb(250, 250, 248)"; // what pictures fade into: that of light ones
const REPORT_MS = 200; // Python hears of the point once it rests, not of each repeat of a key or step of a wheel

/** The `mount` that a component's module exports, for a class that extends Scene. */
export function mountScene(selector, Feature) {
  return mountOnce(selector, (...given) => {
    const scene = new Feature(...given);
    scene.start();
    return scene;
  });
}

/**
 * A component around one model. A feature overrides `build()`, which may rely on the loaded `view`, and, where it needs
 * them, `load()`, `update(data, before)` and `close()`.
 *
 * @property {Element} root
 * @property {object} data  as live.py's `scene` assembles it, of the latest rerun
 * @property {object} model  the first of `data.models`
 * @property {import("./decoded_view.js").DecodedView} view  from `load` on
 * @property {Sending} sending
 * @property {?SamplerChoice} samplers  what random points are drawn from, on pages that draw some
 * @property {(name: string, value: object) => void} report  tells Python, which remembers it
 * @property {(name: string, value: object) => void} ask  tells Python, which hears of it once
 */
export class Scene {
  #rest = new Soon(REPORT_MS);

  constructor(root, data, report, ask) {
    Object.assign(this, { root, data, report, ask, model: data.models[0], closed: false, built: false });
    this.sending = new Sending(data.send, this.model);
    this.samplers = data.samplers ? new SamplerChoice(data.samplers, this.model.latent_dim) : null;
    this.samplers?.addEventListener("change", () => report("sampler", this.samplers.chosen));
  }

  /** Start loading; `mountScene` calls it after the feature's constructor. */
  start() {
    this.#start(this.data).catch((error) => showError(this.root, error));
  }

  async #start(first) {
    this.view = await DecodedView.of(this.model, first.decode_url);
    this.root.style.setProperty("--lx-rendering", this.view.renderer.smooth ? "auto" : "pixelated");
    this.root.style.setProperty("--lx-ground", this.view.paper ? PAPER : "#000");
    if (!this.closed) await this.load();
    if (this.closed) return this.view.close();
    await this.build();
    this.built = true;
    await this.update(this.data, first);
  }

  /** Download what `build` needs. */
  load() {
    return this.view.load();
  }

  /** Put the component onto the page. */
  build() {}

  /** Apply what a rerun may change; also called once after `build`. `_before` is the data of the run before. */
  update(_data, _before) {}

  /** A rerun. */
  follow(data) {
    const before = this.data;
    this.data = data;
    if (this.built) Promise.resolve(this.update(data, before)).catch((error) => showError(this.root, error));
  }

  /** The component leaves the page. */
  close() {
    this.closed = true;
    this.#rest.close();
    this.view?.close();
  }

  /** Report what `value()` gives as `name`, once nothing else has come to rest for a moment or the user leaves. */
  reportSoon(name, value) {
    this.#rest.do(() => this.report(name, value()));
  }

  /** The point that the page opens with: its latent vector [D], class weights and, unless it is the link's own, what it is. */
  get firstPoint() {
    const { z, label, example, code, given } = this.data.opening;
    return { z: z ?? code, y: this.view.condition(label), example, given };
  }

  /** Class weights of the class that the component starts with; null for an unconditional model. */
  get firstCondition() {
    return this.view.condition(this.data.point.label);
  }
}
