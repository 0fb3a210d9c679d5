// Rate and distortion on Compare: the plane with its models, the pictures of the one under the finger, and the slider over β.

import { mountOnce, showError } from "../../shared/app/mounting.js";
import { element } from "../../shared/kit/dom.js";
import { BetaSeries } from "./betas.js";
import { Plane } from "./plane.js";
import { SampleCard } from "./samples.js";

export const mount = mountOnce(".rd", (root, data) => new Rate(root, data));

class Rate {
  #pointed = null; // the name of the model under the pointer or the focus
  #resting = null; // of the one that the slider stands at

  constructor(root, data) {
    Object.assign(this, { root, data });
    this.plane = new Plane({
      pointed: (name) => {
        this.#pointed = name;
        this.#show();
      },
      chosen: (name) => this.betas?.choose(name),
    });
    this.card = new SampleCard(data.decode_url);
    this.note = element("p", { class: "lx-note rd-note" });
    this.left = element("div", { class: "rd-left" }, this.plane.node, this.card.node, this.note);
    root.replaceChildren(this.left);
    root.dataset.testid = "rate";
    if (data.series.length) {
      this.betas = new BetaSeries(data, this.#seriesOf(data), (name) => this.#slid(name));
      root.prepend(this.betas.node);
      this.#resting = data.series[this.betas.index];
      this.betas.load().catch((error) => showError(this.betas.node, error));
    }
    root.classList.toggle("rd-both", Boolean(this.betas));
    this.follow(data);
  }

  #seriesOf({ points, series }) {
    return series.map((name) => points.find((point) => point.name === name));
  }

  /** A rerun: trainings have come further, or models have come or gone. */
  follow(data) {
    this.data = data;
    this.points = new Map(data.points.map((point) => [point.name, point]));
    this.plane.place(data);
    this.note.textContent = data.left_out;
    this.note.hidden = !data.left_out;
    this.#show();
  }

  close() {
    this.plane.close();
    this.card.close();
    this.betas?.close();
  }

  /** The slider has been moved: what it stands at goes before what the pointer rested on. */
  #slid(name) {
    this.#pointed = null;
    this.#resting = name;
    this.#show();
  }

  /** What is looked at: under the pointer, else where the slider stands, else the first of the compared. */
  #show() {
    const { points, data } = this;
    const compared = data.points.find(({ color }) => color);
    const name = [this.#pointed, this.#resting, compared?.name, data.points[0]?.name].find((each) => points.has(each));
    this.plane.mark(name);
    this.card.show(points.get(name) ?? null, data.unit);
  }
}
