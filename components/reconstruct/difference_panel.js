// How the reconstruction and the input differ, value by value, for kinds of data that can paint it.

import { element } from "../shared/kit/dom.js";
import { segmented } from "../shared/kit/toolbar.js";
import { paintOnto, pictureCanvas } from "../shared/kinds/picture.js";

const NOTES = {
  plain: "Orange: the model adds. Blue: it leaves out.",
  noise: "Blue: the model takes away. Orange: it adds.",
  paper: "Orange: lighter than the input. Blue: darker.",
  colour: "Orange: lighter than the input. Blue: darker. Purple: of another hue.",
};

export class DifferencePanel {
  #absolute = false;
  #shown = null;

  /** @param {import("../shared/latent/decoded_view.js").DecodedView} view */
  constructor(view) {
    this.view = view;
    const { renderer } = view;
    this.canvas = pictureCanvas(renderer, "difference", "Reconstruction minus input");
    this.title = element("figcaption");
    this.note = element("p", { class: "rc-names" });
    const signs = segmented("Difference", [[false, "Signed"], [true, "Absolute"]], false, (absolute) => {
      this.#absolute = absolute;
      this.#draw();
    });
    this.node = element("figure", { hidden: !renderer.paintDifference }, this.title, this.canvas, signs, this.note);
  }

  /** Say what the colours mean where a tool is used. */
  name(tool) {
    const { renderer, paper } = this.view;
    this.title.textContent = tool === "noise" ? "What it takes away" : "Difference";
    this.note.textContent = renderer.coloured ? NOTES.colour : paper ? NOTES.paper : (NOTES[tool] ?? NOTES.plain);
  }

  show(input, result) {
    this.#shown = [input, result];
    this.#draw();
  }

  #draw() {
    const { renderer } = this.view;
    if (!renderer.paintDifference || !this.#shown) return;
    paintOnto(this.canvas, (rgba) => renderer.paintDifference(...this.#shown, this.#absolute, rgba));
  }
}
