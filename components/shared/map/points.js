// The encoded held-out examples on the map: points in their class's colour, lines of equal density, names at medians.

import { SHARES, classContours } from "./contours.js";
import { element } from "../kit/dom.js";
import { rgb, textOn } from "../kit/palette.js";
import { near } from "./names.js";
import { StampedImage, disc, packed } from "./stamps.js";

const SHARPEST = 2; // device pixels per CSS pixel; more costs time and shows nothing
const CONTOUR_WIDTHS = [1.25, 2.5]; // CSS pixels, for each of SHARES
const FAINT = 0.18; // how strongly points beside a selection are drawn
const RADII = [[30_000, 1], [3000, 1.9], [800, 2.6], [0, 3.6]]; // CSS pixels: the more points, the smaller
const [HIDDEN, ASIDE, SHOWN] = [0, 1, 2];
const [NAME_REM, SMALL_NAME_REM] = [0.9, 0.75]; // as in map.css
const MANY = 10; // classes: of more, colours say little
const GROUND = packed([128, 128, 128]); // the others, where some of many stand out

export class PointLayer {
  #contours = null;
  #medians = [];

  /**
   * @param {{mu: {data: Float32Array, shape: number[]}, y: Float32Array, classes: string[], colors: string[]}} examples
   *   `colors` of the classes; of data without any the one of all points
   */
  constructor({ mu, y, classes, colors }) {
    this.mu = mu;
    this.labels = y;
    this.count = y.length;
    this.classes = classes;
    this.colors = colors;
    this.many = isMany(classes);
    this.canvas = element("canvas", { class: "lm-points", "data-testid": "map-points", "aria-hidden": "true" });
    this.names = element("div", { class: `lm-names${this.many ? " lm-small" : ""}`, "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    const byClass = Uint32Array.from(this.colors, (color) => packed(rgb(color)));
    this.classColors = Uint32Array.from(y, (label) => byClass[label % byClass.length]);
    this.states = new Uint8Array(this.count);
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
   * @param {import("./window.js").MapWindow} map.window
   * @param {boolean} map.points
   * @param {boolean} map.contours
   * @param {Set<number>} map.hidden  classes not to be shown; of many, they stay as a faint ground of those that are
   * @param {boolean} map.onPictures  whether something lies under the points that they must stand out from
   * @param {?Uint32Array} map.colors  one a point, packed, instead of its class's
   * @param {?Uint8Array} map.selected  1 for points that stand out from the others
   */
  draw({ window, points, contours, hidden, onPictures, colors = null, selected = null }) {
    const started = performance.now();
    const density = Math.min(SHARPEST, devicePixelRatio);
    const side = Math.round(this.canvas.clientWidth * density);
    if (!side) return;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    else this.context.clearRect(0, 0, side, side);
    if (points) this.#drawPoints(window, side, density, { hidden, onPictures, colors: colors ?? this.classColors, selected });
    if (contours) this.#drawContours(window, side, density, hidden, onPictures);
    this.#placeNames(window, (points && !colors) || contours, hidden);
    this.canvas.dataset.milliseconds = (performance.now() - started).toFixed(1);
  }

  /** The number of the shown example nearest to a place (parts of the window) within `reach` of it, or null. */
  nearest(window, part, reach, hidden) {
    const [left, right, bottom, top] = window.units;
    const [x, y] = [left + part[0] * (right - left), bottom + part[1] * (top - bottom)];
    const [acrossUnit, upUnit] = [1 / (right - left), 1 / (top - bottom)];
    let [best, closest] = [null, reach * reach];
    for (let n = 0; n < this.count; n++) {
      const [across, up] = [(this.x[n] - x) * acrossUnit, (this.y[n] - y) * upUnit];
      const away = across * across + up * up;
      if (away <= closest && !hidden.has(this.labels[n])) [best, closest] = [n, away];
    }
    return best;
  }

  #drawPoints(window, side, density, { hidden, onPictures, colors, selected }) {
    if (this.stamped?.side !== side) this.stamped = new StampedImage(side);
    this.stamped.clear();
    const { states, labels } = this;
    const unlit = this.many ? ASIDE : HIDDEN;
    let shown = 0;
    for (let n = 0; n < this.count; n++) {
      states[n] = hidden.has(labels[n]) ? unlit : !selected || selected[n] ? SHOWN : ASIDE;
      shown += Number(!hidden.has(labels[n]));
    }
    const lit = this.many && hidden.size > 0;
    const shapeOf = (count) => disc(density * RADII.find(([least]) => count > least || !least)[1], onPictures ? 1.1 * density : 0);
    const shape = shapeOf(this.count);
    const points = { x: this.x, y: this.y, units: window.units, colors, states };
    const aside = lit ? { ...points, colors: (this.ground ??= new Uint32Array(this.count).fill(GROUND)) } : points;
    if (selected || lit) this.stamped.draw({ ...aside, state: ASIDE }, shape, FAINT);
    this.stamped.draw({ ...points, state: SHOWN }, lit ? shapeOf(shown) : shape);
    this.context.putImageData(this.stamped.image, 0, 0);
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
    const side = this.canvas.clientWidth;
    const em = (this.many ? SMALL_NAME_REM : NAME_REM) * parseFloat(getComputedStyle(document.documentElement).fontSize);
    const names = this.classes.flatMap((name, label) => {
      const [x, y] = window.partOfUnits(this.#medians[label]);
      if (hidden.has(label) || !inside(x) || !inside(y)) return [];
      return [{ name, label, x: x * side, y: (1 - y) * side, width: (0.6 * name.length + 0.8) * em, height: 1.35 * em + 3 }];
    });
    this.names.replaceChildren(...near(names).map(({ name, label, x, top }) => {
      const color = this.colors[label];
      const style = `left: ${x}px; top: ${top}px; background: ${color}; color: ${textOn(color)}`;
      return element("span", { style, "data-label": label }, name);
    }));
  }
}

/** Whether there are so many classes that one is looked at by itself, and not told apart by its colour. */
export function isMany(classes) {
  return classes.length > MANY;
}

/** What lines mean, for the legend. */
export const CONTOUR_NOTE = `Lines enclose ${SHARES.map((share) => `${100 * share}%`).join(" and ")} of a class.`;
