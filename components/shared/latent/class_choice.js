// The class that a conditional model is given with a picture: chosen by hand, or the one of the highest ELBO.

import { element } from "../kit/dom.js";
import { labelOf, oneHot } from "../engine/condition.js";
import { chooser, MANY } from "../kit/class_picker.js";

const BEST = "best";

export class ClassChoice {
  #label = BEST;
  #next = 0;

  /** `changed()` when the user chooses below a `heading`. @property {?number[]} y  class weights [K]; null for an unconditional model */
  constructor({ label, classes, spoken }, changed, heading = "Class given to the model") {
    this.y = null;
    this.nodes = [];
    if (label === null) return;
    this.classes = classes;
    this.given = classes.map((_, index) => oneHot(index, classes.length));
    this.y = this.given[0];
    this.text = element("p", { class: "rc-names" });
    const many = classes.length > MANY; // a list bears the heading itself
    const names = many ? spoken : classes;
    const choices = [[BEST, many ? "the best match" : "Best"], ...names.map((name, index) => [index, name])];
    const picker = chooser(many ? heading : "Class", choices, BEST, (chosen) => {
      this.#label = chosen;
      if (chosen !== BEST) this.#take(this.given[chosen]);
      changed();
    });
    const above = many ? [] : [element("p", { class: "rc-heading" }, heading)];
    this.nodes = [element("div", {}, ...above, picker.node, this.text)];
  }

  /** The classes that a half-hidden picture may have: all, unless the user chose one; null for an unconditional model. */
  get possible() {
    return this.y && (this.#label === BEST ? this.given : [this.y]);
  }

  get label() {
    return labelOf(this.y);
  }

  /**
   * While a finger moves: compare `loss`, that of the present class, with one other class's, as all of them would take
   * longer than a frame. The better one is given from the next event on.
   */
  follow(lossOf, loss) {
    if (!this.y || this.#label !== BEST) return;
    const other = this.given[this.#next++ % this.given.length];
    if (other !== this.y && lossOf(other) < loss) this.#take(other);
  }

  /** Compare all classes. `lossOf(y)` is −ELBO in nats. */
  settle(lossOf) {
    if (!this.y) return;
    if (this.#label !== BEST) return this.#take(this.given[this.#label]);
    const losses = this.given.map(lossOf);
    this.#take(this.given[losses.indexOf(Math.min(...losses))]);
  }

  #take(y) {
    this.y = y;
    this.text.textContent = this.#label === BEST ? `Best by −ELBO: ${this.classes[this.label]}` : "";
  }
}
