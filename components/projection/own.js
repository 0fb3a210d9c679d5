// The user's own pictures on the maps: small pictures with a frame, to click.

import { element } from "../shared/kit/dom.js";
import { fromBase64 } from "../shared/kit/bytes.js";
import { paint } from "../shared/kinds/picture.js";
import { inPolygon } from "./map.js";

export class OwnPictures {
  #own = [];

  /** @param {(own: object) => void} chosen */
  constructor(renderer, chosen) {
    Object.assign(this, { renderer, chosen });
  }

  /**
   * Hear what Python says: {id, name, z, label, input, places: {slot: [x, y]}} each, `input` the example at rest.
   * @returns whether there are pictures that were not there before
   */
  follow(own) {
    const known = new Set(this.#own.map(({ id }) => id));
    this.#own = own;
    return own.some(({ id }) => !known.has(id));
  }

  chooseLast() {
    this.chosen(this.#own.at(-1));
  }

  /** What to put on one map. */
  on(slot) {
    return this.#own.filter(({ places }) => places[slot]).map((own) => {
      const node = element("button", {
        type: "button", class: "pj-mine", "data-testid": "own-picture", title: `Your picture ${own.name}`,
        "aria-label": `Your picture ${own.name}`,
        onpointerdown: (event) => event.stopPropagation(), // or the map would take it for a click of its own
        onclick: () => this.chosen(own),
      }, this.#canvas(own));
      return { node, place: own.places[slot] };
    });
  }

  /** Those that lie within a polygon of a map. */
  inside(polygon, slot) {
    return this.#own.filter(({ places }) => places[slot] && inPolygon(...places[slot], polygon));
  }

  #canvas({ input }) {
    const { width, height } = this.renderer.tile;
    const canvas = element("canvas", { width, height });
    paint(canvas, this.renderer.fromRest(fromBase64(input)), this.renderer);
    return canvas;
  }
}
