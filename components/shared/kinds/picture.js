// An example's thumbnail on a canvas of its own size.

import { element } from "../kit/dom.js";

/** A canvas for thumbnails of a renderer. */
export function pictureCanvas({ tile: { width, height } }, testid, label) {
  return element("canvas", { class: "lx-image", "data-testid": testid, width, height, role: "img", "aria-label": label });
}

/** Paint an example. */
export function paint(canvas, values, renderer) {
  paintOnto(canvas, (rgba) => renderer.paint(values, rgba));
}

/** Fill the canvas with what `fill` writes into RGBA pixels. */
export function paintOnto(canvas, fill) {
  const image = new ImageData(canvas.width, canvas.height);
  fill(image.data);
  canvas.getContext("2d").putImageData(image, 0, 0);
}
