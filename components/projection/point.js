// The chosen point of a projection: a latent vector, and what it is: a stored image, a picture of the user's own, or the
// place on a map that was clicked.

import { oneHot } from "../shared/engine/condition.js";
import { capitalized } from "../shared/kit/dom.js";
import { LatentState } from "../shared/latent/latent_state.js";

const SAME = 0.0015; // a link keeps three decimals
const NOTHING = { example: null, own: null, kept: null };

/** Fires "change" when it moves, "rest" when a movement has ended. */
export class ChosenPoint extends EventTarget {
  #visited = new Map(); // what a latent vector was, for undo and the remembered points
  #going = false;

  /** @param {import("../shared/latent/decoded_view.js").DecodedView} view  loaded; it starts at `z`, or else at `example` */
  constructor(view, { z, label, example }) {
    super();
    Object.assign(this, NOTHING, { view, model: view.model, labels: view.latents.get("y").data });
    const first = z ? { z, label } : view.example(example ?? 0);
    this.state = new LatentState(first.z, view.condition(first.label));
    this.state.addEventListener("change", () => this.#going || this.#revisit());
    this.state.addEventListener("settle", () => this.#going || this.dispatchEvent(new Event("rest")));
  }

  get z() {
    return this.state.z;
  }

  get y() {
    return this.state.y;
  }

  /** A stored image. */
  chooseExample(index) {
    const { z, label } = this.view.example(index);
    this.#go(z, label, { ...NOTHING, example: index });
  }

  /** A picture of the user's own; see OwnPictures. */
  chooseOwn(own) {
    this.#go(own.z, own.label, { ...NOTHING, own });
  }

  /** A point of latent space; it may be that of a stored image. */
  chooseVector(z, label, example) {
    const same = example !== null && this.view.example(example).z.every((value, d) => Math.abs(value - z[d]) < SAME);
    if (same) this.chooseExample(example);
    else this.#go(z, label, NOTHING);
  }

  /** A place on a map, which stays where the user put it; `z` is where it leads back to. */
  keepAt(map, place, z, settle = true) {
    const label = this.y ? map.space.vote(place, this.labels) : null;
    this.#go(z, label, { ...NOTHING, kept: { url: map.url, slot: map.slot, way: map.way, place } }, settle);
  }

  /** How a map's places lead back, in words. */
  setWay(map, way) {
    map.way = way;
    if (this.kept?.url === map.url) this.kept.way = way;
  }

  /** The user's own pictures are on other maps now. */
  followOwn(all) {
    if (this.own) this.own = all.find(({ id }) => id === this.own.id) ?? null;
  }

  /** Where it lies on a map. */
  placeOn(map) {
    const { example, own, kept } = this;
    if (example !== null) return map.space.placeOfExample(example);
    if (own?.places[map.slot]) return own.places[map.slot];
    return kept?.url === map.url ? kept.place : map.space.placeOf(this.z);
  }

  get inWords() {
    const { example, own, kept, model, labels } = this;
    if (example !== null) {
      const name = model.classes[labels[example]];
      return `${capitalized(model.kind.unit)} ${example}${name ? `, class ${name}` : ""}: its reconstruction.`;
    }
    if (own) return `Your ${model.kind.unit} ${own.name}: its reconstruction.`;
    return kept ? `A place on the map, ${kept.way}.` : "A point of latent space.";
  }

  #go(z, label, what, settle = true) {
    const { state, model } = this;
    this.#going = true;
    const same = !state.y || label === null || state.y[label] === 1;
    state.assign(z, same ? state.y : oneHot(label, model.classes.length));
    if (settle) state.settle();
    this.#going = false;
    Object.assign(this, what);
    this.#visited.set(this.z.join(), what);
    this.dispatchEvent(new Event("change"));
    if (settle) this.dispatchEvent(new Event("rest"));
  }

  #revisit() {
    Object.assign(this, this.#visited.get(this.z.join()) ?? NOTHING);
    this.dispatchEvent(new Event("change"));
  }
}
