// The plane that a map shows: two axes through a base point.

const SAME = 0.0015; // a latent point's coordinates are kept to three decimals

export class Plane {
  /**
   * @param {import("../latent/axes.js").Axis[]} axes  horizontal and vertical, both dimensions or both principal directions
   * @param {number[]} base  [D], where the plane goes through
   */
  constructor(axes, base) {
    this.axes = axes;
    this.base = base;
  }

  /** The latent point with these two coordinates. */
  at(coordinates) {
    return this.axes.reduce((z, axis, i) => axis.write(z, coordinates[i]), this.base);
  }

  /** The two coordinates of a latent point: of its foot on the plane, if it lies elsewhere. */
  read(z) {
    return this.axes.map((axis) => axis.read(z));
  }

  holds(z) {
    return this.at(this.read(z)).every((value, i) => Math.abs(value - z[i]) < SAME);
  }

  /**
   * The ellipse on which a normal distribution with independent dimensions, seen on this plane, has distance 1 from its
   * mean.
   *
   * @param {ArrayLike<number>} variances  [D]
   * @returns {(angle: number) => [number, number]}  a point of it, relative to the mean
   */
  ellipse(variances) {
    const [a, b] = this.axes.map((axis) => axis.vector);
    const moment = (left, right) => left.reduce((sum, value, k) => sum + value * right[k] * variances[k], 0);
    // Cholesky: the circle under the covariance's square root.
    const first = Math.sqrt(moment(a, a));
    const mixed = moment(a, b) / first;
    const second = Math.sqrt(Math.max(0, moment(b, b) - mixed * mixed));
    return (angle) => [first * Math.cos(angle), mixed * Math.cos(angle) + second * Math.sin(angle)];
  }
}
