// Pictures of stored examples: the originals where the server has the data, else what the decoder draws of their means.

import { ask } from "../engine/server.js";
import { putPicture } from "../kit/contact_sheet.js";
import { element } from "../kit/dom.js";

const KEPT = 2000; // originals that are kept in the page
const AT_ONCE = 500; // originals in a request

export class ExamplePictures {
  #kept = new Map();
  #size = { width: 0, height: 0 }; // of the originals, once one has come

  /**
   * @param {import("../latent/decoded_view.js").DecodedView} view  loaded
   * @param {?string} originalsUrl  null where no originals are at hand
   * @param {number} count  how many examples, from the first on, have theirs
   */
  constructor(view, originalsUrl, count = view.examples) {
    this.view = view;
    this.originalsUrl = originalsUrl;
    this.count = count;
  }

  /** Whether an example's original is at hand. */
  has(index) {
    return this.haveOriginals && index < this.count;
  }

  /** Whether pictures are originals, for the words beside them. */
  get haveOriginals() {
    return this.originalsUrl !== null;
  }

  get kind() {
    return this.haveOriginals ? "original" : "reconstruction";
  }

  /** What `kind` says, of each: RGBA pixels [N·H·W·4], or values, of what is read; null if a newer request of this channel came first. */
  async best(indices, channel) {
    if (this.haveOriginals) {
      try {
        return await this.#originals(indices);
      } catch (error) {
        console.error(error);
        this.originalsUrl = null; // the data went away; the reconstructions are always there
      }
    }
    return this.reconstructions(indices, channel);
  }

  /** An example's original, as the model takes it; null where it is not at hand. */
  async values(index) {
    if (!this.has(index)) return null;
    try {
      const response = await ask(`${this.originalsUrl}?${new URLSearchParams({ index, as: "values" })}`);
      return this.view.renderer.fromRest(new Uint8Array(await response.arrayBuffer()));
    } catch (error) {
      console.error(error);
      this.originalsUrl = null;
      return null;
    }
  }

  reconstructions(indices, channel) {
    const { points, y } = this.#codes(indices);
    return this.view.decodeStrips(points, y, channel);
  }

  /** What `kind` says, of each, as values {values [N·size], count}; null if a newer request of this channel came first. */
  async valuesOf(indices, channel) {
    if (this.haveOriginals) {
      try {
        return await this.#readOriginals(indices);
      } catch (error) {
        console.error(error);
        this.originalsUrl = null;
      }
    }
    const { points, y } = this.#codes(indices);
    return this.view.decodeMany(points, y, channel, "values");
  }

  #codes(indices) {
    const { view } = this;
    const examples = indices.map((index) => view.example(index));
    return { points: examples.map(({ z }) => z), y: view.model.label === null ? null : examples.flatMap(({ label }) => view.condition(label)) };
  }

  /** A canvas for a picture; without a label it is for the eyes only, as where words stand beside it. */
  canvas(label = null) {
    const said = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
    const { tile, line } = this.view.renderer;
    if (line) return Object.assign(element("div", { class: "pj-read", ...(label ? { role: "group", "aria-label": label } : {}) }), { line });
    return element("canvas", { class: "pj-picture", ...tile, ...said });
  }

  async #originals(indices) {
    if (this.view.renderer.line) return this.#readOriginals(indices);
    const missing = [...new Set(indices.filter((index) => !this.#kept.has(index)))];
    if (missing.length) {
      const response = await ask(`${this.originalsUrl}?index=${missing.join(",")}`);
      this.#size = sizeFrom(response, this.view.renderer.tile);
      const { width, height } = this.#size;
      const size = 4 * width * height;
      const pixels = new Uint8ClampedArray(await response.arrayBuffer());
      if (this.#kept.size + missing.length > KEPT) this.#kept.clear();
      missing.forEach((index, i) => this.#kept.set(index, pixels.slice(i * size, (i + 1) * size)));
    }
    const { width, height } = this.#size;
    const size = 4 * width * height;
    const all = new Uint8ClampedArray(indices.length * size);
    indices.forEach((index, i) => {
      const own = this.#kept.get(index);
      if (own) all.set(own, i * size);
    });
    // Another request may have emptied the cache since.
    if (indices.some((index) => !this.#kept.has(index))) return this.#originals(indices);
    return { pixels: all, count: indices.length, width, height };
  }

  /** The values of originals of a kind whose examples are small. */
  async #readOriginals(indices) {
    const parts = [];
    for (let i = 0; i < indices.length; i += AT_ONCE) {
      const query = new URLSearchParams({ index: indices.slice(i, i + AT_ONCE).join(","), as: "values" });
      const response = await ask(`${this.originalsUrl}?${query}`);
      parts.push(this.view.renderer.fromRest(new Uint8Array(await response.arrayBuffer())));
    }
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => {
      values.set(part, at);
      return at + part.length;
    }, 0);
    return { values, count: indices.length };
  }
}

/** The size of the pictures in a response; `usual` for one that an older server sent and the browser kept. */
function sizeFrom({ headers }, usual) {
  return { width: Number(headers.get("X-Width")) || usual.width, height: Number(headers.get("X-Height")) || usual.height };
}

/** Draw picture `i` of a batch, or its line. */
export function show(canvas, batch, i = 0) {
  if (canvas.line) {
    const size = batch.values.length / batch.count;
    canvas.replaceChildren(canvas.line(batch.values.subarray(i * size, (i + 1) * size)));
  } else putPicture(canvas, batch, i);
  canvas.dataset.frames = Number(canvas.dataset.frames ?? 0) + 1;
}

/** The mean of a batch's pictures, as a batch of one. */
export function meanPicture({ pixels, count, width, height }) {
  const size = 4 * width * height;
  const sums = new Float64Array(size);
  for (let i = 0; i < count; i++) for (let k = 0; k < size; k++) sums[k] += pixels[i * size + k];
  return { pixels: Uint8ClampedArray.from(sums, (sum) => sum / count), count: 1, width, height };
}
