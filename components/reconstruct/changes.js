// Which places of a reconstruction differ from the input: an outline on it, and how many in words.

import { element } from "../shared/kit/dom.js";

const SCALE = 32; // pixels of the overlay along a place's side
const COLORS = ["#000", "#ff5fa2"]; // a dark line below a bright one: seen on any tile

export class Changes {
  /**
   * @param {import("../shared/kinds/index.js").Renderer} renderer  with `changed`
   * @param {import("../shared/kinds/index.js").View} view  of the reconstruction
   */
  constructor(renderer, view) {
    Object.assign(this, { renderer, view });
    const { columns, rows } = renderer.places;
    this.canvas = element("canvas", {
      class: "rc-cover", width: columns * SCALE, height: rows * SCALE, "aria-hidden": "true", "data-testid": "changes",
    });
    this.text = element("p", { class: "rc-names", "data-testid": "changed" });
  }

  /** Mark on `again` what differs from `x`. */
  show(x, again) {
    const { places, sentence } = this.renderer.changed(x, again);
    this.text.textContent = `${sentence}${places.some(Boolean) ? ": outlined in the reconstruction." : "."}`;
    this.canvas.dataset.places = [...places].flatMap((differs, i) => (differs ? [i] : [])).join();
    if (this.view.mark) return this.view.mark(x);
    const { columns, rows } = this.renderer.places;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const differs = (row, column) => row >= 0 && row < rows && column >= 0 && column < columns && places[row * columns + column];
    const path = new Path2D();
    const edge = (fromX, fromY, toX, toY) => {
      path.moveTo(fromX * SCALE, fromY * SCALE);
      path.lineTo(toX * SCALE, toY * SCALE);
    };
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        if (!differs(row, column)) continue;
        if (!differs(row - 1, column)) edge(column, row, column + 1, row);
        if (!differs(row + 1, column)) edge(column, row + 1, column + 1, row + 1);
        if (!differs(row, column - 1)) edge(column, row, column, row + 1);
        if (!differs(row, column + 1)) edge(column + 1, row, column + 1, row + 1);
      }
    }
    context.lineCap = "square";
    COLORS.forEach((color, i) => {
      context.strokeStyle = color;
      context.lineWidth = i ? 4 : 8;
      context.stroke(path);
    });
  }
}
