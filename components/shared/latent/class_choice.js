// The class that a conditional model is given with a picture: chosen by hand, or the one of the highest ELBO.

import { element } from "../kit/dom.js";
import { labelOf, oneHot } from "../engine/condition.js";
import { segmented } from "../kit/toolbar.js";

const BEST = "best";

export class ClassChoice {
  #label = BEST;
  #next = 0;

  /** `changed()` when the user chooses. @property {?number[]} y  class weights [K]; null for an unconditional model */
  constructor({ label, classes }, changed) {
    this.y = null;
    this.nodes = [];
    if (label === null) return;
    this.classes = classes;
    this.given = classes.map((_, index) => oneHot(index, classes.length));
    this.y = this.given[0];
    this.text = element("p", { class: "rc-names" });
    const choices = [[BEST, "Best"], ...classes.map((name, index) => [index, name])];
    const picker = segmented("Class", choices, BEST, (chosen) => {
      this.#label = chosen;
      changed();
    });
    this.nodes = [element("div", {}, element("p", { class: "rc-heading" }, "Class given to the model"), picker, this.text)];
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
