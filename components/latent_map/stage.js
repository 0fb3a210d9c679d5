// The map itself: a plane of the latent space, the part of it that is seen, and the layers drawn there.

import { element } from "../shared/kit/dom.js";
import { showTicks } from "../shared/map/controls.js";
import { GridLayer } from "../shared/map/grid.js";
import { LabelLayer } from "../shared/map/labels.js";
import { MapMarks } from "../shared/map/marks.js";
import { MapPad } from "../shared/map/pad.js";
import { Plane } from "../shared/map/plane.js";
import { PointLayer } from "../shared/map/points.js";
import { MapWindow, Scale } from "../shared/map/window.js";
import { fixed } from "../shared/kit/numerals.js";

const REDRAW_MS = 120; // after the last zoom or pan, the grid is decoded again

/** Fires "view" when what is seen has been zoomed or panned. */
export class MapStage extends EventTarget {
  #frame = null;
  #timer;
  #y = null;
  #stale = true; // the grid was not shown, and so not drawn, when something changed

  /**
   * @param {object} options
   * @param {import("../shared/latent/decoded_view.js").DecodedView} options.view  loaded
   * @param {import("../shared/latent/latent_state.js").LatentState} options.state
   * @param {{size: number, fade: boolean, layers: Set<string>, hidden: Set<number>}} options.settings  read at each drawing
   * @param {object} options.pad  what MapPad needs and the stage does not know: tools, hover, nudge and keys
   * @param {(marks: MapMarks, stage: MapStage) => void} options.mark  draws what lies over the layers
   */
  constructor({ view, state, settings, pad, mark }) {
    super();
    Object.assign(this, { state, settings, mark });
    this.setHint = (text) => view.setHint(text);
    this.grid = view.renderer.line ? new LabelLayer(view) : new GridLayer(view);
    const [mu, y] = [view.latents.get("mu"), view.latents.get("y").data];
    this.points = new PointLayer({ mu, y, ...view.model });
    this.marks = new MapMarks();
    this.pad = new MapPad({
      ...pad,
      zoom: (factor, place) => this.window.zoom(factor, place ?? this.cursor),
      pan: (dx, dy) => this.window.pan(dx, dy),
      reset: () => this.window.reset(),
      layers: [this.grid.node, this.points.canvas, this.points.names, ...this.marks.nodes],
    });
    this.pad.node.classList.toggle("lm-paper", view.paper);
    this.ticks = ["across", "up"].map((side) => element("div", { class: `lm-ticks lm-${side}`, "aria-hidden": "true" }));
    this.node = element("div", { class: "lm-plane" }, this.ticks[1], this.pad.node, this.ticks[0]);
    this.resizing = new ResizeObserver(() => this.redraw());
    this.resizing.observe(this.pad.node);
  }

  close() {
    this.closed = true;
    this.resizing.disconnect();
    clearTimeout(this.#timer);
  }

  /** Show the plane of two axes through the chosen point; `values` is the part to be seen (see MapWindow). */
  lookAlong(axes, spacing, values = null) {
    this.plane = new Plane(axes, this.state.z);
    this.window = new MapWindow(axes.map((axis) => new Scale(axis, spacing)), values);
    const tell = () => (this.pad.node.dataset.window = this.window.values.join());
    tell();
    this.window.addEventListener("change", () => {
      tell();
      this.grid.place(this.window.units);
      this.redraw();
      this.drawGridSoon();
      this.dispatchEvent(new Event("view"));
    });
    this.points.project(this.plane, this.window);
    Object.assign(this.pad.node.dataset, { axes: axes.map((axis) => axis.id).join(), spacing });
    this.grid.forget();
    this.drawGrid();
    this.redraw();
  }

  /** The latent point at a place of the map. */
  at(place) {
    return this.plane.at(this.window.valueAt(place));
  }

  /** Where the chosen point is, at the edge if it lies outside. */
  get cursor() {
    return this.window.partOf(this.plane.read(this.state.z)).map((part) => Math.min(1, Math.max(0, part)));
  }

  /** The chosen point has moved: the plane goes through it. */
  follow() {
    const { z, y } = this.state;
    if (!this.plane.holds(z)) {
      this.plane = new Plane(this.plane.axes, z);
      this.drawGridSoon();
    } else if (y !== this.#y) this.drawGrid();
    this.#y = y;
    this.#showPoint();
  }

  /** The number of the image whose point is nearest to a place, if points are shown and one is within `pixels` of it. */
  nearest(place, pixels) {
    const { layers, hidden } = this.settings;
    if (!layers.has("points")) return null;
    return this.points.nearest(this.window, place, pixels / this.pad.node.clientWidth, hidden);
  }

  showLayers() {
    const { layers } = this.settings;
    this.pad.node.classList.toggle("lm-bare", !layers.has("grid"));
    this.pad.node.classList.toggle("lm-covered", layers.has("points") || layers.has("contours"));
    if (this.#stale) this.drawGrid();
    this.redraw();
  }

  drawGridSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.drawGrid(), REDRAW_MS);
  }

  async drawGrid() {
    clearTimeout(this.#timer);
    this.#stale = !this.settings.layers.has("grid");
    if (this.#stale || !this.window) return;
    const { window, plane, settings: { size, fade }, state: { y } } = this;
    try {
      await this.grid.draw({ window, plane, size, y, fade });
    } catch (error) {
      this.setHint(`The map could not be drawn: ${error.message}`);
    }
  }

  /** Draw, with the next frame, all that zoom and pan move. */
  redraw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (this.closed || !this.window) return;
      const { window, settings: { layers, hidden } } = this;
      const [points, contours, onPictures] = ["points", "contours", "grid"].map((layer) => layers.has(layer));
      this.points.draw({ window, points, contours, hidden, onPictures });
      this.mark(this.marks, this);
      this.#showPoint();
      this.ticks.forEach((node, i) => showTicks(node, this.plane.axes[i], window.ticks(i), i));
    });
  }

  #showPoint() {
    const at = this.plane.read(this.state.z);
    this.marks.showPoint(this.window.partOf(at));
    const values = this.plane.axes.map((axis, i) => `${axis.name} ${fixed(at[i], 2)}`);
    this.pad.node.setAttribute("aria-label", `Latent map, at ${values.join(", ")}`);
  }
}
