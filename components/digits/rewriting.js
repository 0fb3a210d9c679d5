// Kinds that are typed: one sentence, and what the model writes for each class in its place.

import { ClassChoice } from "../shared/latent/class_choice.js";
import { element } from "../shared/kit/dom.js";
import { scored } from "../shared/engine/scores.js";
import { TypePad } from "../shared/bring/pads/type_pad.js";

/** All classes beside each other as lines of words; those that the typed sentence does not have are marked. */
export class ClassLines {
  /**
   * @param {string[]} classes
   * @param {import("../shared/kinds/index.js").Renderer} renderer
   * @param {(label: number) => void} chosen
   */
  constructor(classes, renderer, chosen) {
    this.renderer = renderer;
    this.buttons = classes.map((name, label) =>
      element("button", { type: "button", "aria-label": `Class ${name}`, onclick: () => chosen(label) }, name));
    this.lines = classes.map(() => element("div", { "aria-live": "off" }));
    this.node = element("div", { class: "dg-lines", role: "group", "aria-label": "In all classes", "data-testid": "class-row" },
      ...classes.map((_, label) => element("div", { class: "dg-class" }, this.buttons[label], this.lines[label])));
  }

  /** @param {{values: Float32Array, count: number}} batch  one a class  @param {?ArrayLike<number>} beside */
  draw({ values, count }, beside) {
    const size = values.length / count;
    this.lines.forEach((node, label) =>
      node.replaceChildren(this.renderer.line(values.subarray(label * size, (label + 1) * size), beside)));
  }

  mark(isChosen) {
    this.buttons.forEach((button, label) => button.setAttribute("aria-pressed", isChosen(label)));
  }
}

export class Rewriting {
  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view  loaded, of a model that the page runs
   * @param {string} start  the sentence that stands there first
   * @param {number} longest  characters
   * @param {(z: number[]) => void} moved  what was typed has another code
   * @param {() => void} settled
   */
  constructor(view, start, longest, moved, settled) {
    Object.assign(this, { view, moved, settled });
    const { unit } = view.model.kind;
    this.pad = new TypePad({
      renderer: view.renderer, unit, start,
      changed: () => this.#run(),
      settled: () => this.read(),
    });
    this.pad.node.maxLength = longest;
    this.choice = new ClassChoice(view.model, () => this.read());
    this.put(start);
    this.node = element("section", { class: "dg-typing", "aria-label": `Your ${unit}` },
      element("div", {}, this.pad.node, this.pad.tools), ...this.choice.nodes);
  }

  get text() {
    return this.pad.node.value;
  }

  /** What was typed, as the model takes it. */
  get values() {
    return this.pad.values;
  }

  /** The class that the sentence is given. */
  get own() {
    return this.choice.label;
  }

  /** Let a sentence stand there that comes with its code, and perhaps with the model's own values of it. */
  put(text, values = null) {
    this.pad.put(text, values);
    if (this.values) this.choice.settle((y) => this.#lossOf(y));
  }

  /** Take the code of what stands there. */
  read() {
    if (!this.values) return;
    this.choice.settle((y) => this.#lossOf(y));
    this.#run();
    this.settled();
  }

  #run() {
    const { z } = scored(this.view.engine, this.values, this.choice.y, (mu) => mu);
    this.moved(z);
  }

  #lossOf(y) {
    return scored(this.view.engine, this.values, y, (mu) => mu).neg_elbo;
  }
}
