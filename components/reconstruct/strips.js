// Beside a reconstruction: draws from its posterior, and the stored examples whose codes are nearest.

import { element } from "../shared/kit/dom.js";
import { oneHot } from "../shared/engine/condition.js";
import { standardNormals } from "../shared/engine/random.js";
import { nearestRows } from "../shared/engine/scores.js";
import { Strip } from "../shared/latent/strip.js";
import { button } from "../shared/kit/toolbar.js";

const [MANY, SOME, FEW] = [8, 5, 4]; // fewer where each is read, or has much in it

export class Strips {
  #seed = 1;
  #shown = null;

  /** @param {import("../shared/latent/decoded_view.js").DecodedView} view  loaded */
  constructor(view) {
    this.view = view;
    const isRead = Boolean(view.renderer.line);
    this.n = isRead ? FEW : view.renderer.misfit ? SOME : MANY;
    const strip = (label) => new Strip(view.renderer, this.n, isRead ? { "aria-label": label, role: "group" } : { class: "rc-strip", role: "img", "aria-label": label });
    this.samples = strip("Draws from the posterior, decoded");
    this.neighbours = strip("Nearest stored examples, decoded");
    this.names = element("p", { class: "rc-names" });
    const again = button("Draw again", "Other draws from the posterior", () => {
      this.#seed++;
      if (this.#shown) this.show(...this.#shown);
    });
    this.node = element("div", { class: "rc-strips" },
      element("figure", { hidden: !view.latents.has("logvar") },
        element("figcaption", {}, "Draws from the posterior ", again), this.samples.node),
      element("figure", {}, element("figcaption", {}, "Nearest stored examples, decoded"), this.neighbours.node, this.names));
  }

  /** For a posterior {z, mu, logvar} and the class y [K], or null, that was given with the example x. */
  async show(posterior, y, x) {
    this.#shown = [posterior, y, x];
    const { view } = this;
    const { z, mu, logvar } = posterior;
    if (logvar) {
      const points = Array.from({ length: this.n }, (_, k) => {
        const noise = standardNormals(mu.length, this.#seed * this.n + k);
        return mu.map((mean, d) => mean + Math.exp(0.5 * logvar[d]) * noise[d]);
      });
      const batch = await view.decodeStrips(points, y, "samples");
      if (batch) this.samples.draw(batch, 0, x);
    }
    const { classes } = view.model;
    const rows = nearestRows(z, view.latents.get("mu"), this.n).map((index) => view.example(index));
    // Each with its own class: that is what it was encoded with.
    const own = y && rows.flatMap(({ label }) => oneHot(label, classes.length));
    const batch = await view.decodeStrips(rows.map((row) => row.z), own, "nearest");
    if (!batch) return;
    const names = classes.length ? rows.map(({ label }) => classes[label]) : [];
    this.neighbours.draw(batch, 0, x, names);
    if (!view.renderer.line) this.names.replaceChildren(...names.map((name) => element("span", { title: name }, name)));
    this.neighbours.node.dataset.labels = JSON.stringify(rows.map(({ label }) => label));
  }
}
