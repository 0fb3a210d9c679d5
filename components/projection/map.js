// One projection on a canvas: the points layer, window and pad of the Latent map, with tools that select.

import { element } from "../shared/kit/dom.js";
import { MapPad } from "../shared/map/pad.js";
import { SIDE, dot, line, svg } from "../shared/map/marks.js";
import { PointLayer } from "../shared/map/points.js";
import { MapWindow, Scale } from "../shared/map/window.js";
import { ProjectionSpace } from "./space.js";

const HELP =
  "Arrow keys move the point, with Shift faster; Enter goes to the nearest image; Escape ends the selection. "
  + "Plus and minus zoom, 0 shows all.";
const CLOSEST = 0.01; // of the map, however near the points are to each other: those of a language model are one
const CLICK_PX = 9; // how far from a point a click or a pointer may be
const FLAT = { read: (place) => place }; // a projection is its own plane

/** Fires "view" when zoomed or panned, "frame" after each drawing. */
export class ProjectionMap extends EventTarget {
  #frame = null;
  #outline = [];

  /**
   * @param {object} map  {name, title}
   * @param {Map} tensors  of its fit
   * @param {{mu: object, y: Float32Array, classes: string[], colors: string[]}} examples
   * @param {object} settings  shared by all maps: layers, hidden, colors, selected; read at each drawing
   * @param {object} on  moved(place, map), settled(place, index, map), hovered(index, place, map), selected(indices, map),
   *   cleared()
   */
  constructor(map, tensors, { mu, y, classes, colors }, settings, on) {
    super();
    Object.assign(this, { ...map, settings, on });
    this.space = new ProjectionSpace(tensors, mu);
    this.points = new PointLayer({ mu: { data: this.space.flat, shape: [y.length, 2] }, y, classes, colors });
    this.outline = svg("path", { class: "pj-outline" });
    this.rings = svg("g", { class: "pj-rings" });
    const marks = svg("svg", { class: "lm-marks", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" },
      this.rings, this.outline);
    this.cross = element("div", { class: "lx-cross" });
    this.own = element("div", { class: "pj-own" });
    this.pad = new MapPad({
      testId: `projection-pad-${map.slot}`, help: HELP,
      tools: { point: this.#pointTool(), lasso: this.#selectTool(false), box: this.#selectTool(true) },
      hover: (place) => this.on.hovered(place && this.nearest(place), place, this),
      nudge: (step) => {
        const place = this.window.partOf(this.place ?? [0, 0]).map((part, i) => Math.min(1, Math.max(0, part + step[i])));
        this.on.settled(this.window.valueAt(place), null, this);
      },
      keys: {
        Home: () => this.on.settled(this.window.valueAt([0.5, 0.5]), null, this),
        Enter: () => {
          const nearest = this.nearest(this.window.partOf(this.place ?? [0, 0]), Infinity);
          if (nearest !== null) this.on.settled(this.space.placeOfExample(nearest), nearest, this);
        },
        Escape: () => this.on.cleared(),
      },
      zoom: (factor, place) => this.window.zoom(factor, place ?? this.#cursor),
      pan: (dx, dy) => this.window.pan(dx, dy),
      reset: () => this.window.reset(),
      layers: [this.points.canvas, this.points.names, marks, this.own, this.cross],
    });
    this.pad.node.classList.add("lm-bare");
    this.pad.node.dataset.map = map.name;
    this.node = element("figure", { class: "pj-map" }, element("figcaption", {}, map.title), this.pad.node);
    this.resizing = new ResizeObserver(() => this.redraw());
    this.resizing.observe(this.pad.node);
  }

  close() {
    this.closed = true;
    this.resizing.disconnect();
  }

  /** Show a part of the map: left, right, bottom and top; null for all of it. */
  open(values) {
    const { flat } = this.space;
    const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
    flat.forEach((value, i) => {
      low[i % 2] = Math.min(low[i % 2], value);
      high[i % 2] = Math.max(high[i % 2], value);
    });
    // The same units along both sides: what looks near is near.
    const half = Math.max(high[0] - low[0], high[1] - low[1], CLOSEST) / 2;
    const scales = [0, 1].map((i) => {
      const middle = (low[i] + high[i]) / 2;
      return new Scale({ home: middle, quantiles: [middle - half, middle + half], hasPrior: false }, "linear");
    });
    this.window = new MapWindow(scales, values);
    const tell = () => (this.pad.node.dataset.window = this.window.values.join());
    tell();
    this.window.addEventListener("change", () => {
      tell();
      this.redraw();
      this.dispatchEvent(new Event("view"));
    });
    this.points.project(FLAT, this.window);
    this.redraw();
  }

  /** The chosen point lies here; null for nowhere. */
  showPoint(place, words) {
    this.place = place;
    this.pad.node.setAttribute("aria-label", `${this.title}, ${words}`);
    this.redraw();
  }

  /** Ring the neighbours of the chosen point. */
  showRings(indices) {
    this.ringed = indices;
    this.redraw();
  }

  /** The user's own pictures: nodes and their places. */
  showOwn(own) {
    this.ownPlaces = own.map(({ place }) => place);
    this.own.replaceChildren(...own.map(({ node }) => node));
    this.redraw();
  }

  /** The number of the shown image nearest to a place (parts of the window), within reach of a finger. */
  nearest(part, pixels = CLICK_PX) {
    return this.points.nearest(this.window, part, pixels / this.pad.node.clientWidth, this.settings.hidden);
  }

  /** Draw, with the next frame, all that zoom and pan move. */
  redraw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (this.closed || !this.window) return;
      const { layers, hidden, colors, selected } = this.settings;
      this.points.draw({
        window: this.window, points: layers.has("points"), contours: layers.has("contours"), hidden, onPictures: false,
        colors, selected,
      });
      this.#drawMarks();
      this.pad.node.dataset.frames = Number(this.pad.node.dataset.frames ?? 0) + 1;
      this.dispatchEvent(new Event("frame"));
    });
  }

  #drawMarks() {
    const put = (node, place) => {
      const [x, y] = this.window.partOf(place);
      node.style.left = `${100 * x}%`;
      node.style.top = `${100 * (1 - y)}%`;
      return [x, y].every((part) => part >= 0 && part <= 1);
    };
    this.cross.hidden = !this.place || !put(this.cross, this.place);
    [...this.own.children].forEach((node, i) => (node.hidden = !put(node, this.ownPlaces[i])));
    const rings = (this.ringed ?? []).map((index) => this.space.placeOfExample(index));
    this.rings.replaceChildren(...rings.map((place) => dot(svg("circle", { r: 9 }), this.window, place)));
    this.outline.setAttribute("d", this.#outline.length > 1 ? `${line(this.window, this.#outline)}Z` : "");
  }

  get #cursor() {
    const part = this.place ? this.window.partOf(this.place) : [0.5, 0.5];
    return part.map((value) => Math.min(1, Math.max(0, value)));
  }

  #pointTool() {
    const go = (part) => this.on.moved(this.window.valueAt(part), this);
    return {
      start: (part) => {
        this.on.hovered(null, null, this);
        go(part);
      },
      move: go,
      end: (part, clicked) => {
        const index = clicked ? this.nearest(part) : null;
        this.on.settled(index === null ? this.window.valueAt(part) : this.space.placeOfExample(index), index, this);
      },
    };
  }

  #selectTool(isBox) {
    let start;
    const show = (corners) => {
      this.#outline = corners.map((part) => this.window.valueAt(part));
      this.redraw();
    };
    const corners = [];
    return {
      invitation: isBox ? "Drag a box over points to see them together." : "Draw around points to see them together.",
      start: (part) => {
        this.on.hovered(null, null, this);
        start = part;
        corners.splice(0, Infinity, part);
      },
      move: (part) => {
        if (isBox) corners.splice(0, Infinity, start, [part[0], start[1]], part, [start[0], part[1]]);
        else corners.push(part);
        show(corners);
      },
      end: (_part, clicked) => {
        const around = this.#outline;
        show([]);
        if (clicked || around.length < 3) this.on.cleared();
        else this.on.selected(this.#inside(around), around, this);
      },
    };
  }

  /** The numbers of the shown examples within a polygon of places. */
  #inside(polygon) {
    const { labels, count, x, y } = this.points;
    const found = [];
    for (let n = 0; n < count; n++) {
      if (!this.settings.hidden.has(labels[n]) && inPolygon(x[n], y[n], polygon)) found.push(n);
    }
    return found;
  }
}

/** Whether a point lies within a polygon [[x, y], …], by the number of edges to its right. */
export function inPolygon(x, y, polygon) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[ax, ay], [bx, by]] = [polygon[i], polygon[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
