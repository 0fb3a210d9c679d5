// From one class to another at one style, by mixing the two entries of the condition vector.

import { element } from "../shared/kit/dom.js";
import { oneHot } from "../shared/engine/condition.js";
import { rounded } from "../shared/latent/latent_state.js";
import { MorphPlayer, Path } from "../shared/latent/morph.js";

/** Class weights, `part` (0 to 1) of the way from one class to another: they add up to 1. */
export function mixed(from, to, part, n) {
  const y = oneHot(from, n);
  if (to === from || !part) return y;
  y[from] = rounded(1 - part);
  y[to] = rounded(part);
  return y;
}

export class Mixing {
  /**
   * @param {import("../shared/latent/latent_state.js").LatentState} state
   * @param {object} model
   * @param {?number} to  the other class
   * @param {string} url  where animations are made
   */
  constructor(state, model, to, url) {
    Object.assign(this, { state, model });
    this.from = state.y.indexOf(Math.max(...state.y));
    this.to = to ?? this.#other(this.from);
    const choose = (end) => (label) => {
      // Choosing the class that stands at the other end turns the way round.
      const opposite = end === "from" ? "to" : "from";
      if (this[opposite] === label) this[opposite] = this[end];
      this[end] = label;
      this.player.stop();
      state.go(state.z, this.weights(0));
    };
    this.selects = { from: this.#select("From class", choose("from")), to: this.#select("To class", choose("to")) };
    this.player = new MorphPlayer({
      show: ([part]) => state.assign(state.z, this.weights(part)),
      settle: () => state.settle(),
      clear: () => {
        this.player.stop();
        state.go(state.z, this.weights(0));
      },
      request: (points) => ({
        checkpoint: model.name,
        points: points.map(() => state.z),
        y: points.map(([part]) => this.weights(part)),
      }),
      url,
      what: "mixture",
    });
    this.player.path = new Path([[0], [1]]);
    this.said = element("p", { class: "dg-said", "aria-live": "polite" });
    this.node = element("div", { class: "dg-panel" },
      element("div", { class: "dg-line" },
        element("label", {}, "From ", this.selects.from), element("label", {}, " to ", this.selects.to)),
      this.player.node,
      this.said,
      element("p", { class: "dg-said" },
        "The model was never trained on mixtures: every picture it learned from had one class. What lies between is its ",
        "own guess."));
    this.follow();
  }

  weights(part) {
    return mixed(this.from, this.to, part, this.model.classes.length);
  }

  /** What a link must carry beside the class: nothing where there is no mixture. */
  get written() {
    const { y } = this.state;
    return y.includes(1) ? { label: y.indexOf(1), to: null, mix: null } : { label: this.from, to: this.to, mix: y[this.to] };
  }

  /** Follow the state's class weights, wherever they come from: the row, undo, the slider. */
  follow() {
    const { classes } = this.model;
    const there = classes.map((_, label) => label).filter((label) => this.state.y[label] > 0);
    if (!there.every((label) => label === this.from || label === this.to)) {
      this.from = there[0];
      this.to = there[1] ?? (this.to === this.from ? this.#other(this.from) : this.to);
    }
    const part = this.state.y[this.to];
    for (const end of ["from", "to"]) this.selects[end].value = this[end];
    if (!this.player.playing) this.player.part = part;
    const share = Math.round(100 * part);
    this.said.textContent = `The condition is ${100 - share}% “${classes[this.from]}” and ${share}% “${classes[this.to]}”.`;
  }

  #other(label) {
    return (label + 5) % this.model.classes.length === label ? (label + 1) % this.model.classes.length
      : (label + 5) % this.model.classes.length;
  }

  #select(name, chosen) {
    return element("select", { class: "lx-number", "aria-label": name, onchange: (event) => chosen(Number(event.target.value)) },
      ...this.model.spoken.map((text, label) => element("option", { value: label }, text)));
  }
}
