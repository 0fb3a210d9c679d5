// From a drawing to a model's input, as vae_core/kinds/imaging.py prepares an upload.

const FAINT = 0.1; // less ink than this is no ink

/**
 * The input of a model, [C·H·W] in [0, 1].
 *
 * @param {Float32Array[]} inks  one for each channel, or one for all: [side·side] in [0, 1]
 * @param {number[]} shape  [C, H, W]
 * @param {{dark: boolean, drawing: boolean, box: number, by_mass: boolean}} look  of the training images
 */
export function prepared(inks, side, [channels, height, width], look) {
  const plane = height * width;
  const x = new Float32Array(channels * plane);
  inks.forEach((ink, c) => {
    const box = look.drawing && inkBox(ink, side); // pictures in colour are never moved: see Look in imaging.py
    const scaled = box
      ? centred(ink, side, box, height, width, look)
      : resampled(ink, side, { left: 0, top: 0, right: side, bottom: side }, width, height);
    x.set(look.dark ? scaled : scaled.map((light) => 1 - light), c * plane);
  });
  for (let c = inks.length; c < channels; c++) x.copyWithin(c * plane, 0, plane);
  return x;
}

function inkBox(ink, side) {
  let [left, top, right, bottom] = [side, side, 0, 0];
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++, i++) {
      if (ink[i] < FAINT) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      if (y >= bottom) bottom = y + 1;
    }
  }
  return right > left && { left, top, right, bottom };
}

function centred(ink, side, box, height, width, look) {
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  const scale = (look.box * Math.min(height, width)) / Math.max(w, h);
  const [columns, rows] = [Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale))];
  const small = resampled(ink, side, box, columns, rows);
  let [mass, x, y] = [0, 0, 0];
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) {
      mass += small[i];
      x += c * small[i];
      y += r * small[i];
    }
  }
  const [middleX, middleY] = look.by_mass && mass ? [x / mass, y / mass] : [(columns - 1) / 2, (rows - 1) / 2];
  const [left, top] = [Math.round((width - 1) / 2 - middleX), Math.round((height - 1) / 2 - middleY)];
  const image = new Float32Array(height * width);
  for (let r = Math.max(0, -top); r < Math.min(rows, height - top); r++) {
    for (let c = Math.max(0, -left); c < Math.min(columns, width - left); c++) {
      image[(r + top) * width + c + left] = small[r * columns + c];
    }
  }
  return image;
}

/** A part of a picture scaled to columns × rows: each pixel is the mean of what it covers. */
function resampled(source, side, { left, top, right, bottom }, columns, rows) {
  const height = bottom - top;
  const narrow = new Float32Array(height * columns);
  const across = weights(left, right, columns);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (const [at, weight] of across[c]) sum += weight * source[(r + top) * side + at];
      narrow[r * columns + c] = sum;
    }
  }
  const down = weights(0, height, rows);
  const result = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (const [at, weight] of down[r]) {
      for (let c = 0; c < columns; c++) result[r * columns + c] += weight * narrow[at * columns + c];
    }
  }
  return result;
}

/** For each of n cells that divide [start, stop]: the whole numbers it covers, with the part of the cell each takes. */
function weights(start, stop, n) {
  const size = (stop - start) / n;
  return Array.from({ length: n }, (_, i) => {
    const [from, to] = [start + i * size, start + (i + 1) * size];
    const found = [];
    for (let at = Math.floor(from); at < to && at < stop; at++) {
      const part = Math.min(to, at + 1) - Math.max(from, at);
      if (part > 1e-9) found.push([at, part / size]);
    }
    return found;
  });
}
