// A sheet to draw on with mouse, pen or finger. Each stroke is painted as it comes, and can be taken back.

import { element } from "../../kit/dom.js";
import { History } from "../../kit/history.js";
import { onNewPlace } from "../../kit/pointer.js";
import { button, undoAndRedo } from "../../kit/toolbar.js";
import { keep, recall } from "../kept.js";

export const SIDE = 280;
const KEPT = { grey: "drawing", colour: "drawing in colour" }; // strokes: one drawing for all models of such pictures
const BRUSH = 22; // a digit that fills the sheet then has strokes as thick as MNIST's

// What lies on the sheet until the first stroke: something to reconstruct, and an example of how large to draw.
const STARTER = [
  [0.32, 0.34], [0.36, 0.24], [0.46, 0.18], [0.58, 0.19], [0.66, 0.28], [0.66, 0.39], [0.58, 0.52], [0.46, 0.64],
  [0.34, 0.77], [0.3, 0.82], [0.5, 0.81], [0.72, 0.8],
].map((point) => point.map((part) => part * SIDE));

const COLOURS = {
  black: "#262626", white: "#ffffff", brown: "#8d5524", red: "#e53935", orange: "#fb8c00", yellow: "#fcc21b",
  green: "#43a047", blue: "#1e88e5", purple: "#8e24aa",
};
const dot = (x, y) => [[x * SIDE, y * SIDE]];
const STARTER_IN_COLOUR = [
  { points: dot(0.5, 0.5), width: 0.84 * SIDE, color: COLOURS.yellow },
  { points: dot(0.36, 0.42), width: 30, color: COLOURS.brown },
  { points: dot(0.64, 0.42), width: 30, color: COLOURS.brown },
  {
    points: [[0.3, 0.6], [0.34, 0.66], [0.39, 0.7], [0.45, 0.725], [0.5, 0.73], [0.55, 0.725], [0.61, 0.7], [0.66, 0.66], [0.7, 0.6]].map((point) => point.map((part) => part * SIDE)),
    width: 14, color: COLOURS.brown,
  },
];

export class DrawPad {
  #history; // lists of strokes
  #kept; // under which name
  #fresh = true; // the starter still lies there
  #brush = BRUSH;
  #color = COLOURS.red;

  /**
   * @param {boolean} dark  ink is light on a dark sheet, as the model's training images are
   * @param {boolean} coloured  with brushes in colour
   */
  constructor({ dark, coloured, changed, settled }) {
    Object.assign(this, { dark, coloured, changed, settled });
    this.#history = new History(coloured ? STARTER_IN_COLOUR : [{ points: STARTER, width: BRUSH }]);
    this.#kept = coloured ? KEPT.colour : KEPT.grey;
    this.canvas = element("canvas", {
      class: "rc-sheet", "data-testid": "draw-pad", width: SIDE, height: SIDE, role: "img", tabindex: 0,
      "aria-label": "Draw here with mouse, pen or finger",
    });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.invitation = element("p", { class: "rc-invitation" }, "Draw here");
    this.node = element("div", { class: "rc-pad" }, this.canvas, this.invitation);
    const size = element("input", {
      type: "range", min: 6, max: 44, value: BRUSH, "aria-label": "Brush size", title: "Brush size",
      oninput: () => this.#setBrush(size),
    });
    this.#setBrush(size);
    this.tools = element("div", { class: "lx-buttons rc-tools" },
      ...undoAndRedo(this),
      button("Clear", "Start over", () => this.clear()),
      element("label", { class: "rc-brush" }, "Brush", size),
      ...(coloured ? [this.#colours()] : []));
    const drawn = recall(this.#kept);
    if (drawn) {
      this.#fresh = false;
      this.#history = new History(drawn);
    }
    this.#listen();
    this.#repaint();
  }

  /** Whether nobody has drawn yet: the starter lies there. */
  get fresh() {
    return this.#fresh;
  }

  get empty() {
    return !this.#history.now.length;
  }

  undo() {
    if (this.#history.undo()) this.#again();
  }

  redo() {
    if (this.#history.redo()) this.#again();
  }

  clear() {
    if (this.#fresh) this.#start();
    else if (!this.empty) this.#history.push([]);
    this.#again();
  }

  /** How much ink lies on each pixel, in red, green and blue where there are colours: Float32Arrays [SIDE·SIDE] in [0, 1]. */
  inks() {
    const { data } = this.context.getImageData(0, 0, SIDE, SIDE);
    return Array.from({ length: this.coloured ? 3 : 1 }, (_, channel) => {
      const ink = new Float32Array(SIDE * SIDE);
      for (let i = 0, j = channel; i < ink.length; i++, j += 4) ink[i] = (this.dark ? data[j] : 255 - data[j]) / 255;
      return ink;
    });
  }

  #start() {
    this.#fresh = false;
    this.#history = new History([]);
    this.#repaint();
  }

  #setBrush(field) {
    this.#brush = Number(field.value);
    field.style.setProperty("--at", (field.value - field.min) / (field.max - field.min));
  }

  /** A button for each colour, and a field for any other. */
  #colours() {
    const choose = (color) => {
      this.#color = color;
      for (const each of buttons) each.setAttribute("aria-pressed", each.value === color);
    };
    const buttons = Object.entries(COLOURS).map(([name, color]) => element("button", {
      type: "button", class: "rc-colour", value: color, style: `background: ${color}`, "aria-label": `Draw in ${name}`,
      title: `Draw in ${name}`, onclick: () => choose(color),
    }));
    const any = element("input", {
      type: "color", class: "rc-colour", value: this.#color, "aria-label": "Another colour", title: "Another colour",
      oninput: () => choose(any.value),
    });
    choose(this.#color);
    return element("div", { class: "rc-colours", role: "group", "aria-label": "Colour" }, ...buttons, any);
  }

  #again() {
    this.#repaint();
    this.changed();
    this.#settle();
  }

  #settle() {
    keep(this.#kept, this.#history.now);
    this.settled();
  }

  #repaint() {
    this.context.fillStyle = this.dark ? "#000" : "#fff";
    this.context.fillRect(0, 0, SIDE, SIDE);
    for (const stroke of this.#history.now) stroke.points.forEach((_, i) => this.#paint(stroke, i));
    this.invitation.hidden = !this.empty && !this.#fresh;
  }

  /** The part of a stroke that ends in its point `i`. */
  #paint({ points, width, color }, i) {
    const [x, y] = points[i];
    const [fromX, fromY] = points[Math.max(0, i - 1)];
    const { context } = this;
    context.strokeStyle = color ?? (this.dark ? "#fff" : "#000");
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(x + (x === fromX && y === fromY ? 0.01 : 0), y); // a tap leaves a dot
    context.stroke();
  }

  #listen() {
    const { canvas } = this;
    let stroke = null;
    const add = (event) => {
      if (!stroke) return;
      const box = canvas.getBoundingClientRect();
      stroke.points.push([
        ((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE,
      ]);
      this.#paint(stroke, stroke.points.length - 1);
      this.changed();
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || stroke) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      if (this.#fresh) this.#start();
      stroke = { points: [], width: this.#brush, ...(this.coloured && { color: this.#color }) };
      this.#history.push([...this.#history.now, stroke]);
      this.invitation.hidden = true;
      add(event);
    });
    onNewPlace(canvas, (event) => canvas.hasPointerCapture(event.pointerId) && add(event));
    canvas.addEventListener("lostpointercapture", () => {
      stroke = null;
      this.#settle();
    });
    canvas.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      if (event.shiftKey) this.redo();
      else this.undo();
    });
  }
}
