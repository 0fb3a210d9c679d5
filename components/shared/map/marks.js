// The few things that are drawn over the map: the chosen point, an example's posterior, draws from it, the path.

import { element } from "../kit/dom.js";

export const SIDE = 1000; // of the drawing, in units of its own; lines keep their width in pixels
const CORNERS = 96;
/** Distances from the mean at which a posterior's ellipses are drawn, in standard deviations. */
export const SIGMAS = [1, 2];

export class MapMarks {
  constructor() {
    this.ellipses = SIGMAS.map((sigma) =>
      svg("path", { class: "lm-ellipse", "data-testid": "posterior-ellipse", "data-sigma": sigma }),
    );
    this.mean = svg("circle", { class: "lm-mean", r: 5 });
    this.draws = svg("g", { class: "lm-draws", "data-testid": "posterior-draws" });
    this.path = svg("path", { class: "lm-path", "data-testid": "map-path" });
    this.pathUnder = svg("path", { class: "lm-path lm-under" });
    this.waypoints = svg("g", { class: "lm-waypoints" });
    this.svg = svg("svg", { class: "lm-marks", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" },
      ...this.ellipses, this.mean, this.draws, this.pathUnder, this.path, this.waypoints);
    this.cross = element("div", { class: "lx-cross" });
    this.nodes = [this.svg, this.cross];
  }

  /** The chosen point; at the edge, if it lies outside. */
  showPoint(part) {
    const [x, y] = part.map((p) => Math.min(1, Math.max(0, p)));
    this.cross.style.left = `${100 * x}%`;
    this.cross.style.top = `${100 * (1 - y)}%`;
    this.cross.classList.toggle("lm-outside", part.some((p) => p < -1e-6 || p > 1 + 1e-6));
  }

  /**
   * @param {import("./window.js").MapWindow} window
   * @param {?{mean: number[], ellipse: ?function, draws: number[][]}} posterior  on the plane's axes; see Plane.ellipse
   */
  showPosterior(window, posterior) {
    this.ellipses.forEach((node, i) => {
      const { mean, ellipse } = posterior ?? {};
      const corners = ellipse && Array.from({ length: CORNERS }, (_, k) => {
        const [du, dv] = ellipse((2 * Math.PI * k) / CORNERS);
        return [mean[0] + SIGMAS[i] * du, mean[1] + SIGMAS[i] * dv];
      });
      node.setAttribute("d", corners ? `${line(window, corners)}Z` : "");
    });
    dot(this.mean, window, posterior?.mean);
    this.draws.replaceChildren(...(posterior?.draws ?? []).map((draw) => dot(svg("circle", { r: 6 }), window, draw)));
  }

  /** @param {number[][]} points  of the path; @param {number[][]} waypoints  those that were clicked */
  showPath(window, points, waypoints) {
    const d = points.length > 1 ? line(window, points) : "";
    this.path.setAttribute("d", d);
    this.pathUnder.setAttribute("d", d);
    this.waypoints.replaceChildren(...waypoints.map((point) => dot(svg("circle", { r: 7 }), window, point)));
  }
}

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function place(window, point) {
  const [x, y] = window.partOf(point);
  return [SIDE * x, SIDE * (1 - y)];
}

export function line(window, points) {
  const at = (point) => place(window, point).map((number) => number.toFixed(2)).join(" ");
  return points.map((point, i) => `${i ? "L" : "M"}${at(point)}`).join("");
}

export function dot(node, window, point) {
  node.setAttribute("visibility", point ? "visible" : "hidden");
  if (point) {
    const [x, y] = place(window, point);
    node.setAttribute("cx", x);
    node.setAttribute("cy", y);
  }
  return node;
}
