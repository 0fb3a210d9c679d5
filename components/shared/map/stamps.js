// Many points on a canvas, written pixel by pixel: ten thousand calls to draw a disc would take several frames.

/**
 * A disc with a dark rim of width `halo`, smooth at its edges: coverage of colour and of rim for each pixel.
 *
 * @returns {{dx: Int8Array, dy: Int8Array, alpha: Float32Array, light: Float32Array}}
 */
export function disc(radius, halo = 0) {
  const reach = Math.ceil(radius + halo);
  const pixels = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const distance = Math.hypot(dx, dy);
      const fill = Math.min(1, Math.max(0, radius + 0.5 - distance));
      const rim = halo && 0.7 * Math.min(1, Math.max(0, radius + halo + 0.5 - distance));
      const alpha = fill + rim * (1 - fill);
      if (alpha > 0.01) pixels.push({ dx, dy, alpha, light: fill / alpha });
    }
  }
  return {
    dx: Int8Array.from(pixels, ({ dx }) => dx),
    dy: Int8Array.from(pixels, ({ dy }) => dy),
    alpha: Float32Array.from(pixels, ({ alpha }) => alpha),
    light: Float32Array.from(pixels, ({ light }) => light),
  };
}

/** Red, green and blue, 0 to 255, as one number of an image's Uint32Array. */
export function packed([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** A square image of `side` pixels that is drawn again and again. */
export class StampedImage {
  constructor(side) {
    this.side = side;
    this.image = new ImageData(side, side);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  clear() {
    this.pixels.fill(0);
  }

  /**
   * @param {object} points
   * @param {Float32Array} points.x  and `y`, in the window's units
   * @param {number[]} points.units  left, right, bottom and top of the window
   * @param {Uint32Array} points.colors  packed, one a point
   * @param {Uint8Array} points.states  points whose state is `state` are drawn
   * @param {object} shape  a `disc`
   * @param {number} strength  1 for opaque points, less for faint ones
   */
  draw({ x, y, units: [left, right, bottom, top], colors, states, state }, shape, strength = 1) {
    const { side, pixels } = this;
    const { dx, dy, alpha, light } = shape;
    const [scaleX, scaleY] = [side / (right - left), side / (top - bottom)];
    for (let n = 0; n < x.length; n++) {
      if (states[n] !== state) continue;
      const column = Math.round((x[n] - left) * scaleX);
      const row = Math.round((top - y[n]) * scaleY);
      if (!(column >= 0 && row >= 0 && column < side && row < side)) continue;
      const color = colors[n];
      for (let i = 0; i < dx.length; i++) {
        const [c, r] = [column + dx[i], row + dy[i]];
        if (c < 0 || r < 0 || c >= side || r >= side) continue;
        const at = r * side + c;
        const opacity = strength * alpha[i];
        if (opacity > 0.995 && light[i] > 0.995) pixels[at] = color;
        else this.#blend(at, color, opacity, light[i]);
      }
    }
  }

  #blend(pixel, color, alpha, light) {
    const { data } = this.image;
    const at = 4 * pixel;
    const below = (data[at + 3] / 255) * (1 - alpha);
    const total = alpha + below;
    const [own, rest] = [(alpha * light) / total, below / total];
    data[at] = own * (color & 255) + rest * data[at];
    data[at + 1] = own * ((color >>> 8) & 255) + rest * data[at + 1];
    data[at + 2] = own * ((color >>> 16) & 255) + rest * data[at + 2];
    data[at + 3] = 255 * total;
  }
}
