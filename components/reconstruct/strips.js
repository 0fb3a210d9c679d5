// Beside a reconstruction: draws from its posterior, and the stored examples whose codes are nearest.

import { element } from "../shared/kit/dom.js";
import { oneHot } from "../shared/engine/condition.js";
import { standardNormals } from "../shared/engine/random.js";
import { nearestRows } from "../shared/engine/scores.js";
import { tileOnto } from "../shared/kit/contact_sheet.js";
import { button } from "../shared/kit/toolbar.js";

const [MANY, FEW, CARD] = [8, 4, 120]; // fewer where each holds words and has so many pixels across

export class Strips {
  #seed = 1;
  #shown = null;

  /** @param {import("../shared/latent/decoded_view.js").DecodedView} view  loaded */
  constructor(view) {
    this.view = view;
    this.n = view.renderer.tile.width > CARD ? FEW : MANY;
    const strip = (label) => element("canvas", { class: "rc-strip", role: "img", "aria-label": label });
    this.samples = strip("Draws from the posterior, decoded");
    this.neighbours = strip("Nearest stored examples, decoded");
    this.names = element("p", { class: "rc-names" });
    const again = button("Draw again", "Other draws from the posterior", () => {
      this.#seed++;
      if (this.#shown) this.show(...this.#shown);
    });
    this.node = element("div", { class: "rc-strips" },
      element("figure", { hidden: !view.latents.has("logvar") },
        element("figcaption", {}, "Draws from the posterior ", again), this.samples),
      element("figure", {}, element("figcaption", {}, "Nearest stored examples, decoded"), this.neighbours, this.names));
  }

  /** For a posterior {z, mu, logvar} and the class y [K], or null, that was given with the picture. */
  async show(posterior, y) {
    this.#shown = [posterior, y];
    const { view } = this;
    const { z, mu, logvar } = posterior;
    if (logvar) {
      const points = Array.from({ length: this.n }, (_, k) => {
        const noise = standardNormals(mu.length, this.#seed * this.n + k);
        return mu.map((mean, d) => mean + Math.exp(0.5 * logvar[d]) * noise[d]);
      });
      const batch = await view.decodeMany(points, y, "samples");
      if (batch) tileOnto(this.samples, batch, 0, this.n, this.n);
    }
    const { classes } = view.model;
    const rows = nearestRows(z, view.latents.get("mu"), this.n).map((index) => view.example(index));
    // Each with its own class: that is what it was encoded with.
    const own = y && rows.flatMap(({ label }) => oneHot(label, classes.length));
    const batch = await view.decodeMany(rows.map((row) => row.z), own, "nearest");
    if (!batch) return;
    tileOnto(this.neighbours, batch, 0, this.n, this.n);
    this.names.replaceChildren(...(classes.length ? rows.map(({ label }) => element("span", {}, classes[label])) : []));
    this.neighbours.dataset.labels = JSON.stringify(rows.map(({ label }) => label));
  }
}
