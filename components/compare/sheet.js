// Several examples of one model, at the same places as those of the others beside it: pictures in rows, or lines that are read.

import { tileOnto } from "../shared/kit/contact_sheet.js";
import { element } from "../shared/kit/dom.js";
import { Strip } from "../shared/latent/strip.js";

const [SMALL, WIDE] = [{ count: 8, columns: 4 }, { count: 4, columns: 2 }];
const LINES = 3;
const LARGE = 48; // pixels across: what is drawn in so many is not recognised when it is small

/** How many examples a sheet of a kind holds, and how many stand in a row. */
export function sizeOf({ line, tile }) {
  if (line) return { count: LINES, columns: 1 };
  return tile.width > LARGE ? WIDE : SMALL;
}

export class Sheet {
  /** @param {import("../shared/kinds/index.js").Renderer} renderer  @param {string} label  for a screen reader */
  constructor(renderer, label, size = sizeOf(renderer)) {
    Object.assign(this, { renderer, label, size });
    if (renderer.line) {
      this.strip = new Strip(renderer, size.count, { class: "cp-lines", role: "group", "aria-label": label });
      this.node = this.strip.node;
    } else {
      const { width, height } = renderer.tile;
      const rows = Math.ceil(size.count / size.columns);
      this.node = element("canvas", {
        class: "cp-sheet", role: "img", "aria-label": label, style: `aspect-ratio: ${size.columns * width} / ${rows * height}`,
      });
    }
  }

  /** Draw a batch of DecodedView.decodeStrips; words that `beside` does not have are marked. */
  draw(batch, beside = null) {
    if (this.strip) this.strip.draw(batch, 0, beside);
    else tileOnto(this.node, batch, 0, batch.count, this.size.columns);
    this.node.dataset.frames = Number(this.node.dataset.frames ?? 0) + 1;
  }
}

/** Examples by their values as a batch that a sheet draws. */
export function batchOf(renderer, examples) {
  const count = examples.length;
  if (renderer.line) {
    const size = examples[0].length;
    const values = new Float32Array(count * size);
    examples.forEach((example, i) => values.set(example, i * size));
    return { values, count };
  }
  const { width, height } = renderer.tile;
  const size = 4 * width * height;
  const pixels = new Uint8ClampedArray(count * size);
  examples.forEach((example, i) => renderer.paint(example, pixels.subarray(i * size, (i + 1) * size)));
  return { pixels, count, width, height };
}
