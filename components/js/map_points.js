// The encoded held-out examples on the map: points in their class's colour, lines of equal density, names at medians.

import { SHARES, classContours } from "./contours.js";
import { element } from "./dom.js";
import { classColor, rgb, textOn } from "./palette.js";

const SHARPEST = 2; // device pixels per CSS pixel; more costs time and shows nothing
const CONTOUR_WIDTHS = [1.25, 2.5]; // CSS pixels, for each of SHARES

export class PointLayer {
  #contours = null;
  #medians = [];

  /** @param {{mu: {data: Float32Array, shape: number[]}, y: Float32Array, classes: string[]}} examples */
  constructor({ mu, y, classes }) {
    this.mu = mu;
    this.labels = y;
    this.count = y.length;
    this.classes = classes;
    this.colors = Array.from({ length: Math.max(1, classes.length) }, (_, label) => classColor(label));
    this.canvas = element("canvas", { class: "lm-points", "data-testid": "map-points", "aria-hidden": "true" });
    this.names = element("div", { class: "lm-names", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
  }

  /** Where the examples lie on a plane, as spaced by the window's scales. */
  project(plane, { scales }) {
    const dim = this.mu.shape[1];
    this.x = new Float32Array(this.count);
    this.y = new Float32Array(this.count);
    for (let n = 0; n < this.count; n++) {
      const [u, v] = plane.read(this.mu.data.subarray(n * dim, (n + 1) * dim));
      this.x[n] = scales[0].toUnit(u);
      this.y[n] = scales[1].toUnit(v);
    }
    this.#contours = null;
    this.#medians = this.classes.map((_, label) => [this.x, this.y].map((values) => {
      const own = values.filter((_, n) => this.labels[n] === label).sort();
      return own[own.length >> 1];
    }));
  }

  /**
   * @param {object} map
   * @param {import("./map_window.js").MapWindow} map.window
   * @param {boolean} map.points
   * @param {boolean} map.contours
   * @param {Set<number>} map.hidden  classes not to be shown
   * @param {boolean} map.onPictures  whether something lies under the points that they must stand out from
   */
  draw({ window, points, contours, hidden, onPictures }) {
    const started = performance.now();
    const density = Math.min(SHARPEST, devicePixelRatio);
    const side = Math.round(this.canvas.clientWidth * density);
    if (!side) return;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    else this.context.clearRect(0, 0, side, side);
    if (points) this.#drawPoints(window, side, density, hidden, onPictures);
    if (contours) this.#drawContours(window, side, density, hidden, onPictures);
    this.#placeNames(window, points || contours, hidden);
    this.canvas.dataset.milliseconds = (performance.now() - started).toFixed(1);
  }

  /** The number of the shown example nearest to a place (parts of the window) within `reach` of it, or null. */
  nearest(window, part, reach, hidden) {
    let [best, distance] = [null, reach];
    for (let n = 0; n < this.count; n++) {
      if (hidden.has(this.labels[n])) continue;
      const [x, y] = window.partOfUnits([this.x[n], this.y[n]]);
      const away = Math.hypot(x - part[0], y - part[1]);
      if (away <= distance) [best, distance] = [n, away];
    }
    return best;
  }

  // Written pixel by pixel: ten thousand calls to draw a disc would take several frames.
  #drawPoints(window, side, density, hidden, onPictures) {
    const [left, right, bottom, top] = window.units;
    const image = this.context.createImageData(side, side);
    const radius = density * (this.count > 3000 ? 1.9 : this.count > 800 ? 2.6 : 3.6);
    const halo = onPictures ? 1.1 * density : 0;
    const disc = stamp(radius, halo);
    const colors = this.colors.map(rgb);
    for (let n = 0; n < this.count; n++) {
      if (hidden.has(this.labels[n])) continue;
      const x = Math.round((side * (this.x[n] - left)) / (right - left));
      const y = Math.round((side * (top - this.y[n])) / (top - bottom));
      if (x < 0 || y < 0 || x >= side || y >= side) continue;
      blend(image, x, y, disc, colors[this.labels[n] % colors.length]);
    }
    this.context.putImageData(image, 0, 0);
  }

  #drawContours(window, side, density, hidden, onPictures) {
    this.#contours ??= classContours({ x: this.x, y: this.y, labels: this.labels, classes: this.colors.length });
    const [left, right, bottom, top] = window.units;
    const { context } = this;
    const [scaleX, scaleY] = [side / (right - left), side / (top - bottom)];
    context.lineCap = "round";
    this.#contours.forEach((lines, label) => {
      if (hidden.has(label)) return;
      lines.forEach((pieces, i) => {
        context.beginPath();
        for (let k = 0; k < pieces.length; k += 4) {
          context.moveTo((pieces[k] - left) * scaleX, (top - pieces[k + 1]) * scaleY);
          context.lineTo((pieces[k + 2] - left) * scaleX, (top - pieces[k + 3]) * scaleY);
        }
        const width = density * CONTOUR_WIDTHS[i];
        if (onPictures) {
          context.lineWidth = width + 3 * density;
          context.strokeStyle = "rgb(0 0 0 / 60%)";
          context.stroke();
        }
        context.lineWidth = width;
        context.strokeStyle = this.colors[label];
        context.stroke();
      });
    });
  }

  #placeNames(window, shown, hidden) {
    if (!shown) return this.names.replaceChildren();
    const inside = (part) => part >= 0 && part <= 1;
    this.names.replaceChildren(...this.classes.flatMap((name, label) => {
      const [x, y] = window.partOfUnits(this.#medians[label]);
      if (hidden.has(label) || !inside(x) || !inside(y)) return [];
      const color = this.colors[label];
      const style = `left: ${100 * x}%; top: ${100 * (1 - y)}%; background: ${color}; color: ${textOn(color)}`;
      return [element("span", { style, "data-label": label }, name)];
    }));
  }
}

/** What lines mean, for the legend. */
export const CONTOUR_NOTE = `Lines enclose ${SHARES.map((share) => `${100 * share}%`).join(" and ")} of a class.`;

/** A disc with a dark rim of width `halo`, smooth at its edges: coverage of colour and of rim for each pixel. */
function stamp(radius, halo) {
  const reach = Math.ceil(radius + halo);
  const pixels = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const distance = Math.hypot(dx, dy);
      const fill = Math.min(1, Math.max(0, radius + 0.5 - distance));
      const rim = halo && 0.7 * Math.min(1, Math.max(0, radius + halo + 0.5 - distance));
      const alpha = fill + rim * (1 - fill);
      if (alpha > 0.01) pixels.push({ dx, dy, alpha, light: fill / alpha });
    }
  }
  return pixels;
}

function blend({ data, width, height }, x, y, disc, [r, g, b]) {
  for (let i = 0; i < disc.length; i++) {
    const { dx, dy, alpha, light } = disc[i];
    const [column, row] = [x + dx, y + dy];
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const at = 4 * (row * width + column);
    const below = (data[at + 3] / 255) * (1 - alpha);
    const total = alpha + below;
    const [own, rest] = [(alpha * light) / total, below / total];
    data[at] = own * r + rest * data[at];
    data[at + 1] = own * g + rest * data[at + 1];
    data[at + 2] = own * b + rest * data[at + 2];
    data[at + 3] = 255 * total;
  }
}
