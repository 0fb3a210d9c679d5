// What a reconstruction adds and takes away, as colours.

const ADDED = [213, 94, 0]; // orange and blue, which colour-blind people tell apart
const REMOVED = [0, 114, 178];
const EITHER = [150, 90, 190];
const HUE = 0.5; // where channels differ in both directions, and less than this share is left of them together, the hue does

/**
 * Paint reconstruction − input, the mean size over channels: lighter orange, darker blue, of another hue purple, or all in
 * one; the page's own ground shows, light or dark, where nothing differs.
 *
 * @param {Float32Array} x  input, [C·H·W]
 * @param {Float32Array} again  reconstruction, [C·H·W]
 * @param {Uint8ClampedArray} rgba  [H·W·4]
 */
export function paintDifference(x, again, [channels, height, width], absolute, rgba) {
  const plane = height * width;
  for (let i = 0, j = 0; i < plane; i++, j += 4) {
    let [together, size] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const part = (again[c * plane + i] - x[c * plane + i]) / channels;
      together += part;
      size += Math.abs(part);
    }
    const either = absolute || Math.abs(together) < HUE * size;
    rgba.set(either ? EITHER : together > 0 ? ADDED : REMOVED, j);
    rgba[j + 3] = 255 * Math.min(1, size);
  }
}
