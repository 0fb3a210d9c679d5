// The way between latent points: straight, or along the prior's shell. vae_core/latent/geometry.py in the page.

/** The point a part `t` (0 to 1) of the straight way from a to b. */
export function lerp(a, b, t) {
  return a.map((value, i) => (1 - t) * value + t * b[i]);
}

/**
 * The same on the great circle (Shoemake 1985; White 2016): around `origin`, where the prior has its middle, with norms
 * that change linearly. Where there is no single great circle, the straight line.
 */
export function slerp(a, b, t, origin) {
  const [u, v] = [a, b].map((point) => point.map((value, i) => value - origin[i]));
  const [normU, normV] = [norm(u), norm(v)];
  const cosine = normU && normV ? u.reduce((sum, value, i) => sum + value * v[i], 0) / (normU * normV) : 1;
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  if (Math.sin(angle) < 1e-4) return lerp(a, b, t);
  const length = (1 - t) * normU + t * normV;
  const [partU, partV] = [Math.sin((1 - t) * angle) / normU, Math.sin(t * angle) / normV];
  return u.map((value, i) => origin[i] + (length * (partU * value + partV * v[i])) / Math.sin(angle));
}

export function norm(z) {
  return Math.hypot(...z);
}

/** Through several points, the same part of the way between each two neighbours; class weights are mixed alike. */
export class LatentPath {
  /**
   * @param {{z: number[], y: ?number[]}[]} points  two or more
   * @param {"spherical"|"linear"} way
   * @param {number[]} origin  the prior's mean
   */
  constructor(points, way, origin) {
    Object.assign(this, { points, way, origin });
  }

  /** @returns {{z: number[], y: ?number[]}} after a part (0 to 1) of the way */
  at(part) {
    const steps = this.points.length - 1;
    const place = Math.min(1, Math.max(0, part)) * steps;
    const i = Math.min(steps - 1, Math.floor(place));
    const t = place - i;
    const [a, b] = [this.points[i], this.points[i + 1]];
    const z = this.way === "spherical" ? slerp(a.z, b.z, t, this.origin) : lerp(a.z, b.z, t);
    const same = !a.y || a.y.every((value, k) => value === b.y[k]);
    return { z, y: same || t === 0 ? a.y : t === 1 ? b.y : lerp(a.y, b.y, t) };
  }

  sample(n) {
    return Array.from({ length: n }, (_, i) => this.at(i / (n - 1)));
  }
}
