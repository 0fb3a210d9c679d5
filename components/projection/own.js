// The user's own pictures on the maps: small pictures with a frame, to click.

import { element } from "../shared/kit/dom.js";
import { inPolygon } from "./map.js";

export class OwnPictures {
  #own = [];

  /** @param {(own: object) => void} chosen */
  constructor(model, chosen) {
    Object.assign(this, { model, chosen });
  }

  /**
   * Hear what Python says: {id, name, z, label, pixels, places: {slot: [x, y]}} each, `pixels` the model's input.
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

  #canvas({ pixels }) {
    const [channels, height, width] = this.model.shape;
    const canvas = element("canvas", { width, height });
    const bytes = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[(c % channels) * width * height + i];
      image.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }
}
