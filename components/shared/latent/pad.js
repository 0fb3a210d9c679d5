// The plane of two axes: a map of what the decoder makes of each point, and a finger to walk on it.

import { rangeOf } from "./axes.js";
import { element } from "../kit/dom.js";
import { FASTER, NUDGE } from "./slider.js";
import { followPointer } from "../kit/pointer.js";
import { tileOnto } from "../kit/contact_sheet.js";
import { opacityAt } from "./typicality.js";
import { fixed } from "../kit/numerals.js";

const TILES = 13;

export class LatentPad {
  /**
   * @param {import("./latent_state.js").LatentState} state
   * @param {import("./axes.js").Axis[]} axes  horizontal and vertical
   * @param {"quantiles"|"sigmas"} range
   * @param {number} tiles  along a side
   */
  constructor(state, [horizontal, vertical], range, tiles = TILES) {
    this.state = state;
    this.tiles = tiles;
    this.axes = [horizontal, vertical];
    this.ranges = this.axes.map((axis) => rangeOf(axis, range, state.z));
    this.map = element("canvas", { class: "lx-map", "aria-hidden": "true" });
    this.cross = element("div", { class: "lx-cross" });
    this.node = element("div", {
      class: "lx-pad", "data-testid": "latent-pad", tabindex: 0, role: "application",
      "aria-roledescription": "two-dimensional slider",
      onkeydown: (event) => this.#key(event),
    }, this.map, this.cross);
    followPointer(this.node, (event) => this.#follow(event), () => state.settle());
    this.show();
  }

  /** Follow the point. */
  show() {
    const [x, y] = this.#position();
    this.cross.style.left = `${100 * x}%`;
    this.cross.style.top = `${100 * (1 - y)}%`;
    const values = this.axes.map((axis) => `${axis.name} ${fixed(axis.read(this.state.z), 2)}`);
    this.node.setAttribute("aria-label", `Latent plane, at ${values.join(", ")}`);
  }

  /** The points of the map, row by row from the top. */
  previewPoints() {
    const points = [];
    for (let row = 0; row < this.tiles; row++) {
      for (let column = 0; column < this.tiles; column++) {
        points.push(this.#at((column + 0.5) / this.tiles, 1 - (row + 0.5) / this.tiles));
      }
    }
    return points;
  }

  /** Draw the map from a batch decoded from `points`; where `typicality` is given, it fades where the model guesses. */
  drawPreviews(batch, points, typicality) {
    const opacity = typicality ? (i) => opacityAt(typicality.percentile(points[i])) : undefined;
    tileOnto(this.map, batch, 0, points.length, this.tiles, opacity);
  }

  #at(x, y) {
    const parts = [x, y];
    return this.axes.reduce((z, axis, i) => {
      const [low, high] = this.ranges[i];
      return axis.write(z, low + (high - low) * Math.min(1, Math.max(0, parts[i])));
    }, this.state.z);
  }

  #position() {
    return this.axes.map((axis, i) => {
      const [low, high] = this.ranges[i];
      return Math.min(1, Math.max(0, (axis.read(this.state.z) - low) / (high - low)));
    });
  }

  #follow(event) {
    const box = this.node.getBoundingClientRect();
    this.state.assign(this.#at((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height));
  }

  #key(event) {
    const step = NUDGE * (event.shiftKey ? FASTER : 1);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.key === "Home") {
      this.state.assign(this.axes.reduce((z, axis) => axis.write(z, axis.home), this.state.z));
    } else if (event.key in moves) {
      const [x, y] = this.#position();
      this.state.assign(this.#at(x + moves[event.key][0], y + moves[event.key][1]));
    } else return;
    event.preventDefault();
    this.state.settle();
  }
}
