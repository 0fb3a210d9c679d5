// The part of an example that is hidden: painted with a brush, or half of it at a press.

import { element } from "../shared/kit/dom.js";
import { paintOnto } from "../shared/kinds/picture.js";
import { followPointer } from "../shared/kit/pointer.js";
import { button, segmented } from "../shared/kit/toolbar.js";

const TINTS = [[0, 150, 136, 255], [0, 110, 100, 255]]; // a chessboard, which no example of the models here has

const halves = (width, height) => [
  ["Lower half", (row) => row >= height / 2],
  ["Right half", (_, column) => column >= width / 2],
];

export class MaskPad {
  #hides = true;
  #last = null;

  /**
   * `changed()` at every movement of the brush, `settled()` when it is lifted. `background` is what an empty place has,
   * `unit` what an example is called.
   */
  constructor({ renderer, background, unit, changed, settled }) {
    const { columns: width, rows: height } = renderer.places;
    Object.assign(this, { background, changed, settled, width, height });
    const { index = (row, column) => row * width + column, parts = halves(width, height), tints = TINTS, along = false } = renderer.places;
    Object.assign(this, { tints, along });
    this.places = Int32Array.from({ length: height * width }, (_, i) => index(Math.floor(i / width), i % width));
    this.visible = new Float32Array(height * width).fill(1);
    this.shown = renderer.view(`The ${unit} and what is hidden of it; the buttons below hide a part`, "mask-pad", { apart: true, places: true });
    this.cover = element("canvas", { class: "rc-cover", width, height, "aria-hidden": "true" });
    this.node = element("div", { class: "rc-mask" }, this.shown.node, this.cover);
    this.#listen();
    const side = along ? width / 2 : height;
    const brush = element("input", {
      type: "range", min: 1, max: Math.round(side / 3), value: Math.round(side / 7), "aria-label": "Brush size",
      title: "Brush size", oninput: () => this.#setBrush(brush),
    });
    this.#setBrush(brush);
    this.tools = element("div", { class: "lx-buttons rc-tools" },
      ...parts.map(([text, isHidden]) => button(text, `Hide the ${text.toLowerCase()}`, () => this.#setAll(isHidden))),
      button("Show all", "Hide nothing", () => this.#setAll(() => false)),
      segmented("Brush", [[true, "Hide"], [false, "Show"]], true, (hides) => (this.#hides = hides)),
      element("label", { class: "rc-brush" }, "Brush", brush));
  }

  get empty() {
    return this.visible.every((value) => value === 1);
  }

  /** The lower half, or the right one of what is read from left to right. */
  hideHalf() {
    const { width, height } = this;
    this.#setAll(width > height ? (_, column) => column >= width / 2 : (row) => row >= height / 2);
  }

  /** x with what is hidden as empty as the background. */
  apply(x) {
    const { visible, background } = this;
    return x.map((value, i) => (visible[i % visible.length] ? value : background));
  }

  /** Show x with what is hidden covered. */
  paint(x) {
    const { visible, width } = this;
    this.shown.show(x);
    paintOnto(this.cover, (rgba) => this.places.forEach((place, i) => {
      if (!visible[place]) rgba.set(this.tints[(Math.floor(i / width) + i % width) % 2], 4 * i);
    }));
  }

  #setBrush(field) {
    this.radius = Number(field.value) / 2;
    field.style.setProperty("--at", (field.value - field.min) / (field.max - field.min));
  }

  #setAll(isHidden) {
    const { width } = this;
    this.places.forEach((place, i) => (this.visible[place] = isHidden(Math.floor(i / width), i % width) ? 0 : 1));
    this.changed();
    this.settled();
  }

  #listen() {
    followPointer(this.node, (event) => {
      const box = this.shown.canvas.getBoundingClientRect();
      const { width, height } = this;
      const to = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
      this.#stroke(this.#last ?? to, to);
      this.#last = to;
      this.changed();
    }, () => {
      this.#last = null;
      this.settled();
    });
  }

  /** Cover (or uncover) every place whose centre is nearer to the line than the brush's radius; `along` rows, those of the
   * row under the brush. */
  #stroke([fromX, fromY], [toX, toY]) {
    const { width, height } = this;
    const [dx, dy] = [toX - fromX, toY - fromY];
    const length = dx * dx + dy * dy;
    for (let row = 0, i = 0; row < height; row++) {
      for (let column = 0; column < width; column++, i++) {
        const [x, y] = [column + 0.5 - fromX, row + 0.5 - fromY];
        const part = length ? Math.min(1, Math.max(0, (x * dx + y * dy) / length)) : 0;
        const off = this.along ? (Math.floor(fromY + part * dy) === row ? 0 : Infinity) : y - part * dy;
        if ((x - part * dx) ** 2 + off ** 2 <= Math.max(this.radius, 0.75) ** 2) {
          this.visible[this.places[i]] = this.#hides ? 0 : 1;
        }
      }
    }
  }
}
