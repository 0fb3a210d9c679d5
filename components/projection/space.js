// From a place on a projection to latent space and back, in the page: vae_core/projections in JavaScript.

const NEIGHBOURS = 8; // as vae_core/projections/__init__.py
const CLOSE = 1e-18;

/** The numbers of the k rows of `points` [N·d] nearest to `query` [d], the nearest first, with squared distances. */
export function nearestRows(points, dim, query, k) {
  const found = [];
  let worst = Infinity;
  for (let n = 0, at = 0; n * dim < points.length; n++, at += dim) {
    let square = 0;
    for (let d = 0; d < dim && square < worst; d++) square += (points[at + d] - query[d]) ** 2;
    if (square >= worst) continue;
    let place = found.length;
    while (place > 0 && found[place - 1].square > square) place--;
    found.splice(place, 0, { n, square });
    if (found.length > k) found.pop();
    if (found.length === k) worst = found[k - 1].square;
  }
  return found;
}

/** Inverse-distance weighting (Shepard 1968): `values` [N·v] at `query` among `points` [N·d]. */
function weighted(points, dim, query, values, width) {
  const near = nearestRows(points, dim, query, NEIGHBOURS);
  const weights = near.map(({ square }) => 1 / Math.max(square, CLOSE));
  const total = weights.reduce((a, b) => a + b, 0);
  return Array.from({ length: width }, (_, v) =>
    near.reduce((sum, { n }, i) => sum + (weights[i] / total) * values[n * width + v], 0));
}

export class ProjectionSpace {
  /**
   * @param {Map} tensors  of the fit: "flat" [N, 2] and, where the way back is straight, "mean" [D], "components" [2, D]
   * @param {{data: Float32Array, shape: number[]}} mu  [N, D]
   */
  constructor(tensors, mu) {
    this.flat = tensors.get("flat").data;
    this.mu = mu.data;
    this.dim = mu.shape[1];
    this.mean = tensors.get("mean")?.data;
    this.components = tensors.get("components")?.data;
  }

  /** Whether a place goes back to the very point that the projection puts there. */
  get exact() {
    return Boolean(this.components);
  }

  /** The latent vector of a place [x, y]. */
  inverse(place) {
    if (!this.exact) return weighted(this.flat, 2, place, this.mu, this.dim);
    const { mean, components, dim } = this;
    return Array.from({ length: dim }, (_, d) => mean[d] + place[0] * components[d] + place[1] * components[dim + d]);
  }

  /** Where a latent vector lies on the map. */
  placeOf(z) {
    if (!this.exact) return weighted(this.mu, this.dim, z, this.flat, 2);
    const { mean, components, dim } = this;
    return [0, 1].map((row) => z.reduce((sum, value, d) => sum + (value - mean[d]) * components[row * dim + d], 0));
  }

  placeOfExample(index) {
    return [this.flat[2 * index], this.flat[2 * index + 1]];
  }

  /** The class that most of the points around a place have. */
  vote(place, labels) {
    const counts = new Map();
    for (const { n } of nearestRows(this.flat, 2, place, NEIGHBOURS)) counts.set(labels[n], (counts.get(labels[n]) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0][0];
  }
}
