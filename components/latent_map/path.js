// The path tool: a line drawn or clicked on the map, which becomes a film.

import { rounded } from "../shared/latent/latent_state.js";
import { MorphPlayer, Path } from "../shared/latent/morph.js";

const IN_SHORT = 32; // points of a path in a link, at most
const PIECES = 64; // of the drawn line at least: on a map spaced by quantiles a straight path looks bent

export class PathTool {
  invitation = "Drag to draw a path, or click its corners: it becomes a film.";
  #points = []; // what was drawn
  #corners = []; // what was clicked
  #drawing = null; // the line under the finger

  /**
   * @param {object} options
   * @param {(place: number[]) => number[]} options.valueAt  a place's coordinates on the plane
   * @param {(point: number[]) => void} options.show  go to a point of the plane
   * @param {() => void} options.settle  the movement has ended
   * @param {() => void} options.changed  redraw the path
   * @param {() => void} options.edited  there is another path, or none any more
   * @param {(points: number[][]) => object} options.request  see MorphPlayer
   * @param {string} options.url  of the animations
   */
  constructor({ valueAt, show, settle, changed, edited, request, url }) {
    Object.assign(this, { valueAt, show, settle, changed, edited });
    this.player = new MorphPlayer({ show, settle, clear: () => this.clear(), request, url });
  }

  // A drag draws a new path; a click adds a corner to the one that is there.

  start(place) {
    this.player.stop();
    this.#drawing = [this.valueAt(place)];
    this.show(this.#drawing[0]);
  }

  move(place) {
    const point = this.valueAt(place);
    const last = this.#drawing.at(-1);
    if (point.every((value, i) => value === last[i])) return;
    this.#drawing.push(point);
    this.show(point);
    this.changed();
  }

  end(_place, clicked) {
    const drawn = this.#drawing;
    this.#drawing = null;
    if (clicked) this.addCorner(drawn[0]);
    else {
      this.#corners = [];
      this.#take(drawn);
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.player.play();
    }
    this.settle();
  }

  addCorner(point) {
    this.#corners = [...this.#corners, point];
    this.#take([...this.#points, point]);
    this.edited();
  }

  clear() {
    this.#corners = [];
    this.#take([]);
    this.edited();
  }

  /** Show a path that a link brought. */
  open(points) {
    this.#take(points);
  }

  /** The path's points for a link, fewer than were drawn; null without a path. */
  get inShort() {
    if (!this.path) return null;
    const points = this.#points.length > IN_SHORT ? this.path.sample(IN_SHORT) : this.#points;
    return points.map((point) => point.map(rounded));
  }

  drawOn(marks, window) {
    const path = this.#drawing?.length > 1 ? new Path(this.#drawing) : this.path;
    marks.showPath(window, path ? path.sample(Math.max(PIECES, 2 * path.points.length)) : [], this.#corners);
  }

  #take(points) {
    this.#points = points;
    const path = points.length > 1 ? new Path(points) : null;
    this.path = path?.length > 0 ? path : null;
    this.player.path = this.path;
    this.changed();
  }
}
