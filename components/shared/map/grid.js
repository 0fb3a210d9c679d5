// The map's ground: what the decoder makes of a lattice of points, redrawn for whatever part of the plane is seen.

import { element } from "../kit/dom.js";
import { gapOf, putTile } from "../kit/contact_sheet.js";
import { opacityAt } from "../latent/typicality.js";
import { rowOfPoints, within } from "./lattice.js";

export class GridLayer {
  #current = null; // the drawing in progress; a newer one replaces it
  #drawn = null; // the window, in units, that the canvas shows

  /** @param {import("../latent/decoded_view.js").DecodedView} view  decodes in its worker, or in Python */
  constructor(view) {
    this.view = view;
    this.tile = view.renderer.tile;
    this.aspect = Math.max(1, Math.round(this.tile.width / this.tile.height)); // as many more rows than columns
    this.node = element("canvas", { class: "lm-grid", "data-testid": "map-grid", "aria-hidden": "true" });
    this.context = this.node.getContext("2d");
  }

  /**
   * Decode and draw row by row: a large grid of a large network takes seconds, and the map stays visible.
   *
   * @param {object} map
   * @param {import("./window.js").MapWindow} map.window
   * @param {import("./plane.js").Plane} map.plane
   * @param {number} map.size  tiles in a row; of wide ones there are more rows, so that they keep their shape
   * @param {?number[]} map.y  class weights
   * @param {boolean} map.fade  whether tiles fade where the model is guessing
   */
  async draw({ window, plane, size, y, fade }) {
    const drawing = (this.#current = {});
    const values = [...window.values];
    const down = size * this.aspect;
    const rows = Array.from({ length: down }, (_, row) => rowOfPoints(window, plane, size, (row + 0.5) / down));
    this.#reframe(window.units, size);
    Object.assign(this.node.dataset, { size, window: values.join(","), complete: "" });
    const gap = gapOf(this.tile.width);
    const [width, height] = [this.tile.width + gap, this.tile.height + gap];
    for (const [row, points] of rows.entries()) {
      const batch = await this.view.decodeMany(points, y, "grid");
      if (!batch || drawing !== this.#current) return;
      this.context.clearRect(0, row * height, size * width, height);
      points.forEach((point, column) => {
        const opacity = fade ? opacityAt(this.view.typicality.percentile(point)) : 1;
        putTile(this.context, batch, column, column * width + gap / 2, row * height + gap / 2, opacity);
      });
    }
    this.node.dataset.complete = "true";
  }

  /** What was drawn belongs to another plane or spacing. */
  forget() {
    this.#current = this.#drawn = null;
    this.context.clearRect(0, 0, this.node.width, this.node.height);
  }

  /** Show the grid where it lies in the current window, until it is redrawn. */
  place(units) {
    if (!this.#drawn) return;
    const { left, top, width, height } = within(this.#drawn, units);
    this.node.style.transformOrigin = "0 0";
    this.node.style.transform = `translate(${100 * left}%, ${100 * top}%) scale(${width}, ${height})`;
  }

  /** Make room for a new drawing; what was seen so far stays until each new row covers it. */
  #reframe(units, size) {
    const gap = gapOf(this.tile.width);
    const before = this.#drawn && element("canvas", { width: this.node.width, height: this.node.height });
    before?.getContext("2d").drawImage(this.node, 0, 0);
    this.node.width = size * (this.tile.width + gap);
    this.node.height = size * this.aspect * (this.tile.height + gap);
    if (before) {
      const { left, top, width, height } = within(this.#drawn, units);
      const [w, h] = [this.node.width, this.node.height];
      this.context.drawImage(before, left * w, top * h, width * w, height * h);
    }
    this.#drawn = units;
    this.place(units);
  }
}
