// A model's latent plane: its stored examples, and where its point is now. Of more than two dimensions it shows the two
// principal directions of the codes. A press takes the example that lies there.

import { element } from "../shared/kit/dom.js";
import { followPointer } from "../shared/kit/pointer.js";
import { dimensionAxes, directionAxes } from "../shared/latent/axes.js";
import { Plane } from "../shared/map/plane.js";
import { PointLayer } from "../shared/map/points.js";
import { MapWindow, Scale } from "../shared/map/window.js";

const NOBODY = new Set();

export class PlaneView {
  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view  loaded, of a model of two dimensions at least
   * @param {?{count: number, chosen: (index: number) => void, done: () => void}} pick  what a press may choose from: the
   *   first `count` examples
   */
  constructor(view, pick) {
    const { model } = view;
    const axes = model.latent_dim === 2
      ? dimensionAxes(model.dimensions, model.origin, model.kind.unit).sort((a, b) => a.dim - b.dim)
      : directionAxes(model.directions, model.center, model.origin).slice(0, 2);
    this.axes = axes;
    this.plane = new Plane(axes, model.center);
    this.window = new MapWindow(axes.map((axis) => new Scale(axis, "linear")), null);
    this.points = new PointLayer({ mu: view.latents.get("mu"), y: view.latents.get("y").data, ...model });
    this.points.project(this.plane, this.window);
    this.cross = element("div", { class: "lx-cross", hidden: true, "data-testid": "plane-point" });
    const said = `Latent plane of ${model.name}: ${axes.map(({ description }) => description).join("; ")}`;
    this.surface = element("div", { class: "cp-surface", role: "img", "aria-label": said, "data-model": model.name },
      this.points.canvas, this.points.names, this.cross);
    const named = axes.map(({ name }) => name).join(" × ");
    const share = model.latent_dim === 2 ? "" : `, ${Math.round(100 * shareOf(model))}% of the variance`;
    this.node = element("figure", { class: "cp-plane" }, this.surface, element("figcaption", {}, `${named}${share}`));
    if (pick) this.#choose(pick);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.surface);
  }

  close() {
    this.watch.disconnect();
  }

  draw() {
    this.points.draw({ window: this.window, points: true, contours: false, hidden: NOBODY, onPictures: false });
  }

  /** Show where a latent point is; null for nowhere. */
  show(z) {
    this.cross.hidden = !z;
    if (!z) return;
    const [x, y] = this.window.partOf(this.plane.read(z)).map((part) => Math.min(1, Math.max(0, part)));
    this.cross.style.left = `${100 * x}%`;
    this.cross.style.top = `${100 * (1 - y)}%`;
  }

  #choose({ count, chosen, done }) {
    let last = null;
    const isOut = Uint8Array.from(this.points.labels, (_, index) => index >= count);
    this.surface.classList.add("cp-pick");
    followPointer(this.surface, ({ clientX, clientY }) => {
      const { left, top, width, height } = this.surface.getBoundingClientRect();
      const index = this.#nearest([(clientX - left) / width, 1 - (clientY - top) / height], isOut);
      if (index !== null && index !== last) chosen((last = index));
    }, () => {
      last = null;
      done();
    });
  }

  #nearest([across, up], isOut) {
    const { x, y, count } = this.points;
    const [left, right, bottom, top] = this.window.units;
    const [u, v] = [left + across * (right - left), bottom + up * (top - bottom)];
    let [best, closest] = [null, Infinity];
    for (let n = 0; n < count; n++) {
      if (isOut[n]) continue;
      const away = ((x[n] - u) / (right - left)) ** 2 + ((y[n] - v) / (top - bottom)) ** 2;
      if (away < closest) [best, closest] = [n, away];
    }
    return best;
  }
}

function shareOf({ directions }) {
  return directions.slice(0, 2).reduce((sum, { share }) => sum + share, 0);
}
