// The points of a map at which something is decoded, and where a drawing of them lies.

/** The points of a row of the lattice, in the middle of its tiles; `at` is its part of the way from the top. */
export function rowOfPoints(window, plane, size, at) {
  return Array.from({ length: size }, (_, column) => plane.at(window.valueAt([(column + 0.5) / size, 1 - at])));
}

/** Where one window (left, right, bottom, top in units) lies in another, as parts of that. */
export function within([left, right, bottom, top], [x0, x1, y0, y1]) {
  return {
    left: (left - x0) / (x1 - x0),
    top: (y1 - top) / (y1 - y0),
    width: (right - left) / (x1 - x0),
    height: (top - bottom) / (y1 - y0),
  };
}
