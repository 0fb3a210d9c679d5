// Images: values in [0, 1], channels first. Example values are [C·H·W], C = 1 (grey) or 3 (RGB).

import { element } from "../kit/dom.js";
import { prepared } from "./drawing.js";
import { paintDifference } from "./heat_map.js";
import { disturbed } from "./noise.js";

const SMALL = 16; // pixels along a side: so few are easier to recognise when they are smoothed

/** @returns {import("./index.js").Renderer}  of images of `shape` [C, H, W] */
export function renderer(_kind, shape) {
  const [, height, width] = shape;
  const paint = (values, rgba) => toRGBA(values, shape, rgba);
  const smooth = Math.max(width, height) <= SMALL;
  return {
    tile: { width, height },
    places: { columns: width, rows: height },
    smooth,
    form: "[C, H, W] in [0, 1]",
    paint,
    text: () => `an image of ${width} × ${height} pixels`,
    view(label, testid = "decoded-image") {
      const canvas = element("canvas", {
        class: "lx-image", "data-testid": testid, width, height, role: "img", "aria-label": label,
      });
      const context = canvas.getContext("2d");
      const image = new ImageData(width, height);
      return {
        node: canvas, canvas, picture: canvas,
        show(values) {
          paint(values, image.data);
          context.putImageData(image, 0, 0);
        },
        showPicture: (picture) => context.putImageData(picture, 0, 0),
      };
    },
    undecided,
    fromRest: (bytes) => Float32Array.from(bytes, (value) => value / 255),
    coloured: shape[0] === 3,
    fromDrawing: (inks, side, look) => prepared(inks, side, shape, look),
    disturbed: (values, settings) => disturbed(values, shape, settings),
    paintDifference: (values, again, absolute, rgba) => paintDifference(values, again, shape, absolute, rgba),
  };
}

/** How blurred an image is: what of its ink is neither there nor not, vae_core/kinds/image in the page. */
function undecided(values) {
  let [between, light] = [0, 0];
  for (const value of values) {
    between += value * (1 - value);
    light += value;
  }
  return between / Math.max(Math.min(light, values.length - light), 1e-6);
}

/**
 * Paint an image: values in [0, 1] to the nearest of 256 levels, opaque.
 *
 * @param {ArrayLike<number>} values  [C·H·W]
 * @param {number[]} shape  [C, H, W]
 * @param {Uint8ClampedArray} rgba  [H·W·4], for example an ImageData's `data`
 */
export function toRGBA(values, [channels, height, width], rgba) {
  if (channels !== 1 && channels !== 3) throw new RangeError(`An image has 1 or 3 channels, not ${channels}.`);
  const plane = height * width;
  const green = channels === 3 ? plane : 0;
  for (let i = 0, j = 0; i < plane; i++, j += 4) {
    // A Uint8ClampedArray rounds to the nearest integer and clamps by itself.
    rgba[j] = 255 * values[i];
    rgba[j + 1] = 255 * values[i + green];
    rgba[j + 2] = 255 * values[i + 2 * green];
    rgba[j + 3] = 255;
  }
}
