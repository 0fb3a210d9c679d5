// A picture on a canvas of its own size.

import { element } from "../kit/dom.js";
import { toRGBA } from "../engine/engine.js";

/** A canvas for pictures of `shape` [C, H, W]. */
export function pictureCanvas([, height, width], testid, label) {
  return element("canvas", { class: "lx-image", "data-testid": testid, width, height, role: "img", "aria-label": label });
}

/** Paint x [C·H·W] in [0, 1]. */
export function paint(canvas, x, shape) {
  const image = new ImageData(canvas.width, canvas.height);
  toRGBA(x, shape, image.data);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** RGBA pixels as a model takes them: C·H·W numbers in [0, 1]. */
export function fromPixels(rgba, [channels, height, width]) {
  const size = height * width;
  return Float32Array.from({ length: channels * size }, (_, i) => rgba[4 * (i % size) + Math.floor(i / size)] / 255);
}
