// The map's ground where the model writes: what it says at the points of a lattice, as short lines.

import { element } from "../kit/dom.js";
import { opacityAt } from "../latent/typicality.js";
import { rowOfPoints, within } from "./lattice.js";

const ROWS = 2; // of labels for each column: they are wider than high

/** As GridLayer (grid.js), of what is read. */
export class LabelLayer {
  #current = null;
  #drawn = null;

  /** @param {import("../latent/decoded_view.js").DecodedView} view  of a renderer with `line` */
  constructor(view) {
    this.view = view;
    this.node = element("div", { class: "lm-grid lm-labels", "data-testid": "map-grid", "aria-hidden": "true" });
  }

  async draw({ window, plane, size, y, fade }) {
    const drawing = (this.#current = {});
    const values = [...window.values];
    const down = size * ROWS;
    const points = Array.from({ length: down }, (_, row) => rowOfPoints(window, plane, size, (row + 0.5) / down)).flat();
    Object.assign(this.node.dataset, { size, window: values.join(","), complete: "" });
    const batch = await this.view.decodeStrips(points, y, "grid");
    if (!batch || drawing !== this.#current) return;
    const length = batch.values.length / batch.count;
    this.node.style.setProperty("--columns", size);
    this.node.replaceChildren(...points.map((point, i) => {
      const line = this.view.renderer.line(batch.values.subarray(i * length, (i + 1) * length));
      if (fade) line.style.opacity = opacityAt(this.view.typicality.percentile(point));
      return line;
    }));
    this.#drawn = window.units;
    this.place(window.units);
    this.node.dataset.complete = "true";
  }

  forget() {
    this.#current = this.#drawn = null;
    this.node.replaceChildren();
  }

  place(units) {
    if (!this.#drawn) return;
    const { left, top, width, height } = within(this.#drawn, units);
    this.node.style.transformOrigin = "0 0";
    this.node.style.transform = `translate(${100 * left}%, ${100 * top}%) scale(${width}, ${height})`;
  }
}
