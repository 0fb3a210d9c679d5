// What lies over the level: where windows meet, the way through it, and the windows that were moved or chosen.

const NAMESPACE = "http://www.w3.org/2000/svg";

function shape(tag, attributes, ...children) {
  const node = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Over a level of `rows` × `columns` tiles, of which window i begins to show at column i·step + overlap / 2. */
export class Overlay {
  /** @param {import("./stitching.js").LevelMaker} maker */
  constructor(maker, n) {
    Object.assign(this, { maker, n, columns: maker.columns(n) });
    this.node = shape("svg", {
      class: "lv-overlay", viewBox: `0 0 ${this.columns} ${maker.rows}`, preserveAspectRatio: "none", "aria-hidden": "true",
    });
    this.boxes = shape("g", {});
    this.way = shape("g", {});
    const borders = Array.from({ length: n - 1 }, (_, i) => {
      const x = this.#left(i + 1);
      return shape("line", { class: "lv-border", x1: x, x2: x, y1: 0, y2: maker.rows });
    });
    this.node.append(...borders, this.boxes, this.way);
  }

  #left(window) {
    return window === 0 ? 0 : window === this.n ? this.columns : window * this.maker.step + this.maker.overlap / 2;
  }

  /** The window that shows at a part (0 to 1) of the level's width. */
  windowAt(part) {
    const column = part * this.columns - this.maker.overlap / 2;
    return Math.min(this.n - 1, Math.max(0, Math.floor(column / this.maker.step)));
  }

  /** Mark windows: those that were moved, and the one that is chosen, if any. */
  mark(moved, chosen) {
    const box = (window, name) => {
      const x = this.#left(window);
      return shape("rect", { class: name, x, y: 0, width: this.#left(window + 1) - x, height: this.maker.rows });
    };
    const boxes = moved.filter((window) => window < this.n).map((window) => box(window, "lv-moved"));
    this.boxes.replaceChildren(...boxes, ...(chosen === null ? [] : [box(chosen, "lv-chosen")]));
  }

  /** Draw the way [[row, column], …] to a flag, where one gets through, or to a cross where it ends; null: none. */
  draw(path, playable) {
    this.way.replaceChildren();
    if (!path?.length) return;
    const points = path.map(([row, column]) => `${column + 0.5},${row + 0.5}`).join(" ");
    const [row, column] = path.at(-1);
    const [x, y] = [column + 0.5, row + 0.5];
    const end = playable
      ? `M ${x} ${y + 0.5} V ${y - 2.4} L ${x - 1.8} ${y - 1.7} L ${x} ${y - 1}`
      : `M ${x - 0.8} ${y - 0.8} L ${x + 0.8} ${y + 0.8} M ${x - 0.8} ${y + 0.8} L ${x + 0.8} ${y - 0.8}`;
    this.way.setAttribute("class", playable ? "lv-way" : "lv-way lv-stuck");
    for (const name of ["lv-halo", "lv-line"]) {
      this.way.append(shape("polyline", { class: name, points }), shape("path", { class: `${name} lv-end`, d: end }));
    }
  }
}
