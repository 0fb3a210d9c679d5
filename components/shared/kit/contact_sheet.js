// Many small pictures on one canvas.

/** Room around a picture `width` pixels wide that keeps apart pictures whose ink reaches their edge. */
export function gapOf(width) {
  return 2 * Math.ceil(width / 32);
}

/** Draw picture `index` of a batch on a canvas, which takes the size of the batch's pictures. */
export function putPicture(canvas, batch, index = 0) {
  const { width, height } = batch;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  putTile(canvas.getContext("2d"), batch, index, 0, 0, 1);
}

/** Draw picture `index` of a decoded batch with its left upper corner at (x, y), replacing what is there. */
export function putTile(context, { pixels, width, height }, index, x, y, opacity) {
  const size = 4 * width * height;
  const own = pixels.slice(index * size, (index + 1) * size);
  const alpha = 255 * opacity;
  for (let k = 3; k < size; k += 4) own[k] = alpha;
  context.putImageData(new ImageData(own, width, height), x, y);
}

/**
 * Draw pictures `first` to `first + count` of a decoded batch row by row.
 *
 * @param {HTMLCanvasElement} canvas  resized to fit
 * @param {{pixels: Uint8ClampedArray, width: number, height: number}} batch  see DecoderWorker.decode
 * @param {(i: number) => number} opacity  of picture `first + i`, for fading what cannot be trusted
 */
export function tileOnto(canvas, batch, first, count, columns, opacity = () => 1) {
  const gap = gapOf(batch.width);
  const [width, height] = [batch.width + gap, batch.height + gap];
  canvas.width = columns * width;
  canvas.height = Math.ceil(count / columns) * height;
  const context = canvas.getContext("2d");
  for (let i = 0; i < count; i++) {
    const [x, y] = [(i % columns) * width + gap / 2, Math.floor(i / columns) * height + gap / 2];
    putTile(context, batch, first + i, x, y, opacity(i));
  }
}
