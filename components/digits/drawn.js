// A style taken from what is drawn by hand: the code of the drawing follows every stroke, and all that is drawn in it.

import { ClassChoice } from "../shared/latent/class_choice.js";
import { DrawPad, SIDE } from "../shared/bring/pads/draw_pad.js";
import { element } from "../shared/kit/dom.js";
import { guideLines } from "../shared/bring/pads/guide_lines.js";
import { paint, pictureCanvas } from "../shared/kinds/picture.js";
import { rounded } from "../shared/latent/latent_state.js";
import { scored } from "../shared/engine/scores.js";

export class Drawn {
  #x = null;

  /** Whether a model's examples can be drawn here and read in the page. */
  static suits({ renderer, engine }) {
    return Boolean(renderer.fromDrawing && engine?.encodes);
  }

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view  loaded
   * @param {object} look  of the training pictures, see drawing.js
   * @param {(z: number[], y: number[]) => void} moved  what is drawn has another code
   * @param {() => void} settled
   */
  constructor(view, look, moved, settled) {
    Object.assign(this, { view, look, moved, settled });
    this.pad = new DrawPad({ dark: Boolean(look?.dark), coloured: view.renderer.coloured, changed: () => this.#take(), settled: () => this.#settle() });
    guideLines(this.pad, look?.lines);
    this.choice = new ClassChoice(view.model, () => this.#settle(), "It shows");
    this.seen = pictureCanvas(view.renderer, "seen-image", "What the model sees of the drawing");
    this.node = element("div", { class: "dg-panel dg-drawn" },
      this.pad.node,
      element("div", { class: "dg-panel" },
        element("p", { class: "dg-said" }, look?.lines ? "Draw one between the lines: everything here is drawn in its style." : "Draw one by hand: everything here is drawn in its style."),
        ...this.choice.nodes, this.pad.tools,
        element("figure", { class: "dg-seen" }, element("figcaption", {}, "What the model sees"), this.seen)));
  }

  #take() {
    if (this.pad.empty) return;
    const { view, choice, look } = this;
    this.#x = view.renderer.fromDrawing(this.pad.inks(), SIDE, look);
    paint(this.seen, this.#x, view.renderer);
    const { z, neg_elbo } = scored(view.engine, this.#x, choice.y, (mu) => mu.map(rounded));
    this.moved(z, choice.y);
    choice.follow((y) => this.#lossOf(y), neg_elbo);
  }

  #settle() {
    if (this.pad.empty || this.pad.fresh) return;
    this.#x = this.view.renderer.fromDrawing(this.pad.inks(), SIDE, this.look);
    this.choice.settle((y) => this.#lossOf(y));
    this.#take();
    this.settled();
  }

  #lossOf(y) {
    return scored(this.view.engine, this.#x, y, (mu) => mu).neg_elbo;
  }
}
