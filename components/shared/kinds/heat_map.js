// What a reconstruction adds and takes away, as colours.

const ADDED = [213, 94, 0]; // orange and blue, which colour-blind people tell apart
const REMOVED = [0, 114, 178];
const EITHER = [150, 90, 190];

/**
 * Paint reconstruction − input, the mean over channels: added orange and removed blue, or the size of both; the page's own
 * ground shows, light or dark, where nothing differs.
 *
 * @param {Float32Array} x  input, [C·H·W]
 * @param {Float32Array} again  reconstruction, [C·H·W]
 * @param {Uint8ClampedArray} rgba  [H·W·4]
 */
export function paintDifference(x, again, [channels, height, width], absolute, rgba) {
  const plane = height * width;
  for (let i = 0, j = 0; i < plane; i++, j += 4) {
    let difference = 0;
    for (let c = 0; c < channels; c++) {
      const part = again[c * plane + i] - x[c * plane + i];
      difference += (absolute ? Math.abs(part) : part) / channels;
    }
    rgba.set(absolute ? EITHER : difference > 0 ? ADDED : REMOVED, j);
    rgba[j + 3] = 255 * Math.min(1, Math.abs(difference));
  }
}
