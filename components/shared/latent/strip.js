// Several decoded examples in a row: small pictures on one canvas, or, of a kind that is read, lines of words.

import { element } from "../kit/dom.js";
import { tileOnto } from "../kit/contact_sheet.js";

export class Strip {
  #drawn = null;

  /**
   * @param {import("../kinds/index.js").Renderer} renderer
   * @param {number} count  examples
   * @param {object} attributes  of `node`
   */
  constructor(renderer, count, attributes = {}) {
    Object.assign(this, { renderer, count });
    if (renderer.line) {
      this.node = element("div", { ...attributes, class: `lx-lines ${attributes.class ?? ""}`, style: `--n: ${count}` });
      return;
    }
    // As high as it will be with its pictures: nothing below moves when they come.
    const { width, height } = renderer.tile;
    this.node = element("canvas", { class: "lx-strip", style: `aspect-ratio: ${count * width} / ${height}`, ...attributes });
  }

  /**
   * Draw the examples of a batch (DecodedView.decodeStrips) that begin with `first`.
   *
   * @param {?ArrayLike<number>} beside  an example: words that it does not have are marked
   * @param {string[]} names  before the lines
   */
  draw(batch, first = 0, beside = null, names = []) {
    if (!this.renderer.line) return tileOnto(this.node, batch, first, this.count, this.count);
    const size = batch.values.length / batch.count;
    const count = Math.min(this.count, batch.count - first);
    const values = batch.values.subarray(first * size, (first + count) * size);
    const key = [values, beside ?? [], names].join(";");
    if (key === this.#drawn) return; // the same words again, as for most steps of a finger: nothing is laid out anew
    this.#drawn = key;
    this.node.replaceChildren(...Array.from({ length: count }, (_, i) => {
      const line = this.renderer.line(values.subarray(i * size, (i + 1) * size), beside);
      if (names[i]) line.prepend(element("span", { class: "lx-line-name" }, names[i]));
      return line;
    }));
  }
}
