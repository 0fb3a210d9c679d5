// A level to paint tile by tile, or a tune note by note, with mouse, pen, finger or keys. Each stroke can be taken back.

import { element } from "../../kit/dom.js";
import { History } from "../../kit/history.js";
import { PictureButtons } from "../../kit/picture_buttons.js";
import { onNewPlace } from "../../kit/pointer.js";
import { button, segmented, undoAndRedo } from "../../kit/toolbar.js";
import { keep, recall } from "../kept.js";

const WHOLE = { left: 0, top: 0, width: 1, height: 1 };
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class TilePad {
  #history; // of levels as they were when a stroke had ended
  #brush;
  #erases = false;
  #cursor = { row: 0, column: 0 };

  /**
   * @param {import("../../kinds/index.js").Renderer} options.renderer  with `painting`
   * @param {string} options.unit  what is painted, in a word
   * @param {ArrayLike<number>} options.start  what lies there before the first stroke, unless the kind says it
   * @param {() => void} options.changed  at every tile
   * @param {() => void} options.settled  a stroke has ended
   */
  constructor({ renderer, unit, start, changed, settled }) {
    const { painting } = renderer;
    const { places = renderer.places, erased = renderer.background, area = WHOLE } = painting;
    Object.assign(this, { painting, places, area, erased, changed, settled, names: painting.brushes.map(({ name }) => name) });
    // One level for all models that see as many of the same tiles.
    this.kept = [unit, places.rows, places.columns, ...this.names].join(" ");
    this.values = painting.start?.() ?? Float32Array.from(start);
    const painted = recall(this.kept);
    if (painted) this.values = this.values.map((_, i) => painted[i]);
    this.#history = new History(this.values, () => this.#return());
    this.#cursor = { row: Math.max(0, places.rows - 2), column: places.columns >> 1 };
    this.#brush = painting.brush ?? this.values.at(-1);
    this.shown = renderer.view(`The ${unit} that you paint`, "draw-pad", { apart: true });
    this.controls = this.shown.controls; // for the page to place
    this.cursor = element("i", { class: "rc-cursor", "aria-hidden": "true" });
    this.node = element("div", {
      class: "rc-pad rc-tile-pad", tabindex: 0, role: "application", "data-testid": "tile-pad",
      "aria-label": `Paint the ${unit}: arrow keys move, Space paints, Delete erases`,
    }, this.shown.node, this.cursor);
    this.palette = new PictureButtons(painting.title, this.names.map((name) => ({ name, text: name })), { tile: painting.pictures },
      (symbol) => this.#choose(symbol), { class: "rc-palette", "data-testid": "palette" });
    this.palette.draw(painting.pictures);
    this.status = element("p", { class: "rc-names", role: "status" }, "Drag to paint; the right button erases.");
    const whole = (text, title, values) => button(text, title, () => this.#replace(values()));
    this.hand = segmented("The pointer", [[false, "Paint"], [true, "Erase"]], false, (erases) => (this.#erases = erases));
    this.tools = element("div", { class: "rc-painting" },
      element("div", { class: "lx-buttons rc-tools" }, this.hand,
        ...undoAndRedo(this.#history),
        whole("Clear", "Start over with nothing", () => this.values.map(() => renderer.background)),
        ...painting.layers.map(({ text, title, apply }) => whole(text, title, () => apply(this.values)))),
      this.palette.node, this.status);
    this.#listen();
    this.#choose(this.#brush);
    this.#show();
  }

  #return() {
    this.values = this.#history.now;
    this.#again();
  }

  #choose(symbol) {
    this.#brush = symbol;
    this.palette.mark((i) => i === symbol);
    if (this.#erases) this.hand.querySelector('[data-choice="false"]').click();
  }

  /** Everything at a press. */
  #replace(values) {
    this.values = values;
    if (this.#keep()) this.#again();
  }

  #again() {
    this.#show();
    this.changed();
    this.#settle();
  }

  #settle() {
    keep(this.kept, [...this.values]);
    this.settled();
  }

  /** Paint on a copy: the history holds the level as it is. */
  #begin() {
    this.values = this.values.slice();
  }

  /** Make what was painted one step of the history; returns whether any tile changed. */
  #keep() {
    const before = this.#history.now;
    const changed = this.values.some((value, i) => value !== before[i]);
    if (changed) this.#history.push(this.values);
    else this.values = before;
    return changed;
  }

  /** @returns whether the tile is another now */
  #put({ row, column }, symbol) {
    const { rows, columns } = this.places;
    if (row < 0 || row >= rows || column < 0 || column >= columns) return false;
    if (this.painting.put) return this.painting.put(this.values, { row, column }, symbol);
    const at = row * columns + column;
    if (this.values[at] === symbol) return false;
    this.values[at] = symbol;
    return true;
  }

  #show() {
    this.shown.show(this.values);
    this.shown.settle?.();
  }

  #placeUnder({ clientX, clientY }) {
    const box = this.shown.canvas.getBoundingClientRect();
    const { area, places: { rows, columns } } = this;
    const part = (at, from, size, offset, share) => ((at - from) / size - offset) / share;
    return {
      row: Math.floor(part(clientY, box.top, box.height, area.top, area.height) * rows),
      column: Math.floor(part(clientX, box.left, box.width, area.left, area.width) * columns),
    };
  }

  #moveCursor({ row, column }) {
    const { rows, columns } = this.places;
    this.#cursor = { row: Math.min(rows - 1, Math.max(0, row)), column: Math.min(columns - 1, Math.max(0, column)) };
    const { area } = this;
    const part = {
      left: area.left + (area.width * this.#cursor.column) / columns, top: area.top + (area.height * this.#cursor.row) / rows,
      width: area.width / columns, height: area.height / rows,
    };
    for (const [name, value] of Object.entries(part)) this.cursor.style[name] = `${100 * value}%`;
  }

  #listen() {
    const { node } = this;
    this.#moveCursor(this.#cursor);
    let stroke = null;
    const add = (event) => {
      const to = this.#placeUnder(event);
      const tiles = line(stroke.at ?? to, to);
      stroke.at = to;
      this.#moveCursor(to);
      if (tiles.filter((place) => this.#put(place, stroke.symbol)).length) {
        this.shown.show(this.values);
        this.changed();
      }
    };
    node.addEventListener("contextmenu", (event) => event.preventDefault());
    node.addEventListener("pointerdown", (event) => {
      if (stroke || (event.button !== 0 && event.button !== 2)) return;
      event.preventDefault();
      node.focus({ preventScroll: true });
      node.setPointerCapture(event.pointerId);
      this.#begin();
      stroke = { at: null, symbol: event.button === 2 || this.#erases ? this.erased : this.#brush };
      add(event);
    });
    onNewPlace(node, (event) => stroke && node.hasPointerCapture(event.pointerId) && add(event));
    node.addEventListener("lostpointercapture", () => {
      if (!stroke) return;
      stroke = null;
      this.#keep();
      this.shown.settle?.();
      this.#settle();
    });
    node.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    const { key, ctrlKey, metaKey, shiftKey } = event;
    const places = { " ": this.#brush, Enter: this.#brush, Delete: this.erased, Backspace: this.erased };
    if ((ctrlKey || metaKey) && key.toLowerCase() === "z") {
      if (shiftKey) this.#history.redo();
      else this.#history.undo();
    } else if (key in ARROWS) {
      const [down, right] = ARROWS[key];
      this.#moveCursor({ row: this.#cursor.row + down, column: this.#cursor.column + right });
    } else if (key in places) {
      this.#begin();
      this.#put(this.#cursor, places[key]);
      if (this.#keep()) this.#again();
    } else return;
    event.preventDefault();
    const { row, column } = this.#cursor;
    const there = this.painting.there?.(this.values, { row, column }) ?? this.names[this.values[row * this.places.columns + column]];
    this.status.textContent = `Row ${row + 1}, column ${column + 1}: ${there}`;
  }
}

/** The places on a straight way from one to another, both among them. */
function line(from, to) {
  const steps = Math.max(1, Math.abs(to.row - from.row), Math.abs(to.column - from.column));
  return Array.from({ length: steps + 1 }, (_, i) => ({
    row: Math.round(from.row + ((to.row - from.row) * i) / steps),
    column: Math.round(from.column + ((to.column - from.column) * i) / steps),
  }));
}
