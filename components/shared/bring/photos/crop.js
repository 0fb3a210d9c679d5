// The part of a picture that is used: four handles at its corners, for mouse, finger and arrow keys.

import { element } from "../../kit/dom.js";
import { mountOnce } from "../../app/mounting.js";
import { followPointer } from "../../kit/pointer.js";
import { Soon } from "../../kit/soon.js";
import { button } from "../../kit/toolbar.js";

const WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]];
const NAMES = ["Top left", "Top right", "Bottom right", "Bottom left"];
const STEP = 0.01;
const LARGE_STEP = 0.05;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SETTLE_MS = 400; // after the last arrow key
const LEAST = 0.0005; // of the picture's area: narrower, there is nothing to see
const SVG = "http://www.w3.org/2000/svg";

export const mount = mountOnce(".lx-crop", (root, data, report) => new Crop(root, data, report));

class Crop {
  #rest = new Soon(SETTLE_MS);

  constructor(root, data, report) {
    Object.assign(this, { report, found: data.found });
    this.image = element("img", { src: data.picture, alt: "Your picture", draggable: "false" });
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 1 1");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    [this.outside, this.outline] = ["cr-outside", "cr-outline"].map((name) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      svg.append(path);
      return path;
    });
    this.handles = NAMES.map((_, i) => this.#handle(i));
    this.figure = element("div", { class: "cr-picture", "data-testid": "crop" }, this.image, svg, ...this.handles);
    this.whole = button("Use the whole picture", "Nothing is cut off", () => this.#choose(WHOLE, "whole"));
    this.back = button("Back to the sheet", "The sheet of paper that was found", () => this.#choose(this.found, this.found));
    this.back.hidden = !data.found;
    root.replaceChildren(this.figure, element("div", { class: "lx-buttons" }, this.whole, this.back));
    this.#show(data.corners ?? WHOLE);
  }

  follow(data) {
    this.found = data.found;
    this.back.hidden = !data.found;
    if (this.image.src !== data.picture) this.image.src = data.picture;
  }

  close() {
    this.#rest.close();
  }

  #handle(i) {
    const node = element("button", { type: "button", class: "cr-handle", "data-corner": i });
    let grip = [0, 0]; // from the pointer to the corner: a handle does not jump when it is taken
    node.addEventListener("pointerdown", (event) => {
      const [x, y] = this.#place(event);
      grip = [this.corners[i][0] - x, this.corners[i][1] - y];
    });
    followPointer(node, (event) => {
      const [x, y] = this.#place(event);
      this.#move(i, x + grip[0], y + grip[1]);
    }, () => this.#settle());
    node.addEventListener("keydown", (event) => {
      const step = KEYS[event.key];
      if (!step) return;
      event.preventDefault();
      const by = event.shiftKey ? LARGE_STEP : STEP;
      this.#move(i, this.corners[i][0] + by * step[0], this.corners[i][1] + by * step[1]);
      this.#rest.do(() => this.#settle());
    });
    return node;
  }

  #place(event) {
    const { left, top, width, height } = this.figure.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  }

  #move(i, x, y) {
    const corners = this.corners.map((corner) => [...corner]);
    corners[i] = [x, y].map((part) => Math.min(1, Math.max(0, part)));
    if (isConvex(corners)) this.#show(corners);
  }

  #choose(corners, reported) {
    this.#rest.drop();
    this.#show(corners);
    this.report("corners", reported);
  }

  #settle() {
    this.report("corners", this.corners.map((corner) => corner.map((part) => Math.round(1e4 * part) / 1e4)));
  }

  #show(corners) {
    this.corners = corners;
    const path = `M${corners.map((corner) => corner.join(" ")).join("L")}Z`;
    this.outside.setAttribute("d", `M0 0H1V1H0Z${path}`);
    this.outline.setAttribute("d", path);
    corners.forEach(([x, y], i) => {
      const node = this.handles[i];
      node.style.left = `${100 * x}%`;
      node.style.top = `${100 * y}%`;
      node.setAttribute("aria-label",
        `${NAMES[i]} corner: ${Math.round(100 * x)}% across, ${Math.round(100 * y)}% down. Arrow keys move it`);
    });
  }
}

/** Whether the corners go round clockwise, with no turn so small that nothing is left. */
function isConvex(corners) {
  return corners.every(([x, y], i) => {
    const [a, b] = corners[(i + 1) % 4];
    const [c, d] = corners[(i + 2) % 4];
    return (a - x) * (d - b) - (b - y) * (c - a) > LEAST;
  });
}
