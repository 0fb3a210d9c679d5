// The part of a picture that is hidden: painted with a brush, or half of it at a press.

import { element } from "../shared/kit/dom.js";
import { toRGBA } from "../shared/engine/engine.js";
import { followPointer } from "../shared/kit/pointer.js";
import { button, segmented } from "../shared/kit/toolbar.js";

const TINTS = [[0, 150, 136], [0, 110, 100]]; // a chessboard, which no picture of the models here has

export class MaskPad {
  #hides = true;
  #last = null;

  /** `changed()` at every movement of the brush, `settled()` when it is lifted. `background` is what an empty pixel has. */
  constructor({ shape, background, changed, settled }) {
    Object.assign(this, { shape, background, changed, settled });
    const [, height, width] = shape;
    this.visible = new Float32Array(height * width).fill(1);
    this.canvas = element("canvas", {
      class: "lx-image rc-mask", "data-testid": "mask-pad", width, height, role: "img",
      "aria-label": "The picture and what is hidden of it; the buttons below hide a half",
    });
    this.#listen();
    const brush = element("input", {
      type: "range", min: 1, max: Math.round(height / 3), value: Math.round(height / 7), "aria-label": "Brush size in pixels",
      title: "Brush size in pixels", oninput: () => this.#setBrush(brush),
    });
    this.#setBrush(brush);
    const half = (text, isHidden) => button(text, `Hide the ${text.toLowerCase()}`, () => this.#setAll(isHidden));
    this.tools = element("div", { class: "lx-buttons rc-tools" },
      half("Lower half", (row) => row >= height / 2), half("Right half", (_, column) => column >= width / 2),
      button("Show all", "Hide nothing", () => this.#setAll(() => false)),
      segmented("Brush", [[true, "Hide"], [false, "Show"]], true, (hides) => (this.#hides = hides)),
      element("label", { class: "rc-brush" }, "Brush", brush));
  }

  get empty() {
    return this.visible.every((value) => value === 1);
  }

  hideLowerHalf() {
    const [, height] = this.shape;
    this.#setAll((row) => row >= height / 2);
  }

  /** x [C·H·W] with what is hidden as empty as the background. */
  apply(x) {
    const { visible, background } = this;
    return x.map((value, i) => (visible[i % visible.length] ? value : background));
  }

  /** Show x with what is hidden covered. */
  paint(x) {
    const [, height, width] = this.shape;
    const image = new ImageData(width, height);
    toRGBA(x, this.shape, image.data);
    for (let i = 0; i < this.visible.length; i++) {
      if (!this.visible[i]) image.data.set(TINTS[(Math.floor(i / width) + (i % width)) % 2], 4 * i);
    }
    this.canvas.getContext("2d").putImageData(image, 0, 0);
  }

  #setBrush(field) {
    this.radius = Number(field.value) / 2;
    field.style.setProperty("--at", (field.value - field.min) / (field.max - field.min));
  }

  #setAll(isHidden) {
    const [, , width] = this.shape;
    this.visible.forEach((_, i) => (this.visible[i] = isHidden(Math.floor(i / width), i % width) ? 0 : 1));
    this.changed();
    this.settled();
  }

  #listen() {
    followPointer(this.canvas, (event) => {
      const box = this.canvas.getBoundingClientRect();
      const [, height, width] = this.shape;
      const to = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
      this.#stroke(this.#last ?? to, to);
      this.#last = to;
      this.changed();
    }, () => {
      this.#last = null;
      this.settled();
    });
  }

  /** Cover (or uncover) every pixel whose centre is nearer to the line than the brush's radius. */
  #stroke([fromX, fromY], [toX, toY]) {
    const [, height, width] = this.shape;
    const [dx, dy] = [toX - fromX, toY - fromY];
    const length = dx * dx + dy * dy;
    for (let row = 0, i = 0; row < height; row++) {
      for (let column = 0; column < width; column++, i++) {
        const [x, y] = [column + 0.5 - fromX, row + 0.5 - fromY];
        const part = length ? Math.min(1, Math.max(0, (x * dx + y * dy) / length)) : 0;
        if ((x - part * dx) ** 2 + (y - part * dy) ** 2 <= Math.max(this.radius, 0.75) ** 2) {
          this.visible[i] = this.#hides ? 0 : 1;
        }
      }
    }
  }
}
