// Lines of equal density around each class's points: what is left to see when ten thousand points cover each other.

const CELLS = 96; // along a side of the grid on which densities are estimated
// Scott's (1992) width suits one normal cloud; a class often falls into several, which it would smear into one.
const NARROWER = 0.7;
const FEWEST = 8; // points that a class needs for a density
/** Shares of a class's points that the lines enclose, the outer one first. */
export const SHARES = [0.9, 0.5];

/**
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>, labels: ArrayLike<number>, classes: number}} cloud
 * @returns {Float32Array[][]}  for each class, for each of SHARES: line pieces [x0, y0, x1, y1, …]
 */
export function classContours({ x, y, labels, classes }) {
  return Array.from({ length: classes }, (_, label) => {
    const own = [];
    for (let n = 0; n < labels.length; n++) if (labels[n] === label) own.push(n);
    if (own.length < FEWEST) return [];
    const [horizontal, vertical] = [x, y].map((values) => frame(own.map((n) => values[n])));
    const density = new Float32Array(CELLS * CELLS);
    for (const n of own) {
      density[Math.floor(vertical.cell(y[n])) * CELLS + Math.floor(horizontal.cell(x[n]))] += 1;
    }
    blur(density, horizontal.bandwidth, 1);
    blur(density, vertical.bandwidth, CELLS);
    return levels(density).map((level) => pieces(density, level, horizontal, vertical));
  });
}

/** Where the cells lie that hold these values with room for their kernels. */
function frame(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const width = NARROWER * Math.max(Math.sqrt(variance), 1e-6) * values.length ** (-1 / 6);
  const low = values.reduce((least, value) => Math.min(least, value)) - 3 * width;
  const high = values.reduce((most, value) => Math.max(most, value)) + 3 * width;
  const size = (high - low) / CELLS;
  return { cell: (value) => (value - low) / size, value: (cell) => low + (cell + 0.5) * size, bandwidth: width / size };
}

/** Gaussian blur along rows (`stride` 1) or columns (`stride` CELLS), in place. */
function blur(density, bandwidth, stride) {
  const reach = Math.ceil(3 * bandwidth);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / bandwidth) ** 2));
  const line = new Float32Array(CELLS);
  const across = stride === 1 ? CELLS : 1;
  for (let k = 0; k < CELLS; k++) {
    for (let i = 0; i < CELLS; i++) line[i] = density[k * across + i * stride];
    for (let i = 0; i < CELLS; i++) {
      let sum = 0;
      const last = Math.min(CELLS - 1, i + reach);
      for (let j = Math.max(0, i - reach); j <= last; j++) sum += line[j] * kernel[j - i + reach];
      density[k * across + i * stride] = sum;
    }
  }
}

/** The densities above which SHARES of the mass lie. */
function levels(density) {
  const sorted = density.slice().sort().reverse();
  const total = sorted.reduce((sum, value) => sum + value, 0);
  return SHARES.map((share) => {
    let [sum, i] = [0, 0];
    while (i < sorted.length - 1 && sum + sorted[i] < share * total) sum += sorted[i++];
    return sorted[i];
  });
}

/** Marching squares: which sides of a cell (0 bottom, 1 right, 2 top, 3 left) a line joins, by which corners are inside. */
const JOINS = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

function pieces(density, level, horizontal, vertical) {
  const found = [];
  for (let row = 0; row < CELLS - 1; row++) {
    for (let column = 0; column < CELLS - 1; column++) {
      const at = row * CELLS + column;
      const corners = [density[at], density[at + 1], density[at + CELLS + 1], density[at + CELLS]];
      const inside = corners.reduce((bits, value, i) => bits | (value > level ? 1 << i : 0), 0);
      for (const join of JOINS[inside]) {
        for (const side of join) {
          const [from, to] = [corners[side], corners[(side + 1) % 4]];
          const part = (level - from) / (to - from);
          const [dx, dy] = [[part, 0], [1, part], [1 - part, 1], [0, 1 - part]][side];
          found.push(horizontal.value(column + dx), vertical.value(row + dy));
        }
      }
    }
  }
  return Float32Array.from(found);
}
