// What the model under the finger draws: the same points of the prior for all, and its numbers.

import { pageLink } from "../../shared/app/addresses/address.js";
import { oneHot } from "../../shared/engine/condition.js";
import { standardNormals } from "../../shared/engine/random.js";
import { serverUrl } from "../../shared/engine/server.js";
import { element } from "../../shared/kit/dom.js";
import { linkTo } from "../../shared/kit/exporting.js";
import { Soon } from "../../shared/kit/soon.js";
import { DecodedView } from "../../shared/latent/decoded_view.js";
import { Strip } from "../../shared/latent/strip.js";
import { told } from "./plane.js";

const COUNT = 8;
const REST_MS = 120; // on a point before its model is downloaded: a finger passes over others on its way
const KEPT = 30; // models whose samples are remembered

export class SampleCard {
  #known = new Map(); // by address: a promise of the strip of samples
  #shown = null; // the address of the one that is shown
  #rest = new Soon(REST_MS);

  constructor(decodeUrl) {
    this.decodeUrl = decodeUrl;
    this.name = element("strong", {});
    this.numbers = element("span", { class: "rd-numbers", "data-testid": "rate-numbers" });
    this.strip = element("div", { class: "rd-strip", "data-testid": "rate-samples" });
    this.link = pageLink({}, "Explore it");
    this.node = element("div", { class: "rd-card" },
      element("div", { class: "rd-said" }, element("p", {}, this.name, " ", this.numbers), this.link), this.strip);
  }

  close() {
    this.closed = true;
    this.#rest.close();
  }

  /** @param {?object} point  as rate.py describes it */
  show(point, unit) {
    this.node.hidden = !point;
    if (!point) return;
    this.name.textContent = point.name;
    this.numbers.textContent = told(point, unit);
    this.link.href = linkTo(serverUrl("/"), { checkpoint: point.name });
    const { url } = point.model;
    if (url === this.#shown) return;
    this.#shown = url;
    delete this.strip.dataset.model;
    this.strip.classList.add("rd-waiting");
    if (this.#known.has(url)) this.#fill(point);
    else this.#rest.do(() => this.#fill(point));
  }

  async #fill({ model }) {
    if (this.#known.size >= KEPT) this.#known.clear();
    if (!this.#known.has(model.url)) this.#known.set(model.url, samplesOf(model, this.decodeUrl));
    let node;
    try {
      node = await this.#known.get(model.url);
    } catch (error) {
      this.#known.delete(model.url);
      node = element("p", { class: "lx-hint" }, `Its samples could not be drawn: ${error.message}`);
    }
    if (this.closed || model.url !== this.#shown || !node) return;
    this.strip.replaceChildren(node);
    this.strip.dataset.model = model.name;
    this.strip.classList.remove("rd-waiting");
  }
}

/** A strip of what a model decodes at the same points of the prior as every other of its size. */
async function samplesOf(model, decodeUrl) {
  const view = await DecodedView.of(model, decodeUrl);
  try {
    await view.loadDecoder();
    const points = Array.from({ length: COUNT }, (_, seed) => standardNormals(model.latent_dim, seed));
    const classes = model.classes.length;
    const y = model.label === null ? null : points.flatMap((_, i) => oneHot(i % classes, classes));
    const batch = await view.decodeStrips(points, y, "samples");
    const strip = new Strip(view.renderer, COUNT, { role: "img", "aria-label": `Samples of ${model.name}` });
    strip.node.style.setProperty("--lx-rendering", view.renderer.smooth ? "auto" : "pixelated");
    if (batch) strip.draw(batch);
    return strip.node;
  } finally {
    view.close();
  }
}
