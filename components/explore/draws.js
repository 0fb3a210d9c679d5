// Beside the most likely sentence: three that are drawn from p(x | z), at a temperature of the user's.

import { element } from "../shared/kit/dom.js";
import { Strip } from "../shared/latent/strip.js";
import { button } from "../shared/kit/toolbar.js";

const [COUNT, COLDEST, HOTTEST, START] = [3, 0, 1.5, 0.7];

export class Draws {
  #at = null;
  #seed = 1;

  /** Whether a model draws what is read: symbols, in the page. */
  static suit({ renderer, engine }) {
    return Boolean(renderer.line && engine?.likelihood.symbols);
  }

  /** @param {import("../shared/latent/decoded_view.js").DecodedView} view */
  constructor(view) {
    this.view = view;
    this.strip = new Strip(view.renderer, COUNT, { "data-testid": "draws", role: "group", "aria-label": "Drawn at this point" });
    this.value = element("output");
    this.input = element("input", {
      type: "range", min: COLDEST, max: HOTTEST, step: 0.05, value: START, "aria-label": "Temperature", "data-testid": "temperature",
      title: "0: the most likely words. 1: as likely as the model holds them. Above: braver.",
      oninput: () => this.#draw(),
    });
    this.node = element("div", { class: "lx-draws" },
      element("div", { class: "lx-draws-head" },
        element("span", {}, `Three draws of the words at this point, temperature `, this.value), this.input,
        button("Draw again", "Other draws of the words", () => {
          this.#seed++;
          this.#draw();
        })),
      this.strip.node);
  }

  show(z, y) {
    this.#at = [z, y];
    this.#draw();
  }

  async #draw() {
    const temperature = Number(this.input.value);
    this.value.textContent = temperature.toFixed(2);
    this.input.style.setProperty("--at", (temperature - COLDEST) / (HOTTEST - COLDEST));
    if (!this.#at) return;
    const [z, y] = this.#at;
    const batch = await this.view.drawMany(Array(COUNT).fill(z), y, { temperature, seed: this.#seed, channel: "draws" });
    if (batch) this.strip.draw(batch, 0, this.view.engine.decode(z, y));
  }
}
