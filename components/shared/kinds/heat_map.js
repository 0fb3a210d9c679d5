// What a reconstruction adds and takes away, as colours.

const ADDED = [213, 94, 0]; // orange and blue, which colour-blind people tell apart
const REMOVED = [0, 114, 178];

/**
 * Paint reconstruction − input, the mean over channels: added orange and removed blue on white, or the size of both.
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
    const strength = Math.min(1, Math.abs(difference));
    const color = absolute ? [90, 30, 120] : difference > 0 ? ADDED : REMOVED;
    for (let c = 0; c < 3; c++) rgba[j + c] = 255 + strength * (color[c] - 255);
    rgba[j + 3] = 255;
  }
}
