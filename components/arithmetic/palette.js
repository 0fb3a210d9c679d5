// What lies between four images: a palette of three by three, the four in its corners.

import { element } from "../shared/kit/dom.js";
import { LatentPath } from "../shared/latent/path.js";
import { clamped, rounded } from "../shared/latent/latent_state.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { heldOut, typicalText } from "../shared/latent/verdict.js";

const SIDE = 3;
const LAST = SIDE * SIDE - 1;

export class Palette {
  static limits() {
    return { least: 4, most: 4 };
  }

  constructor(page) {
    const { model, view, data } = page;
    Object.assign(this, { page, model, cell: Math.round(LAST * clamped(data.at ?? 0.5, [0, 1])) });
    this.way = model.dimensions[0].kl === null ? "linear" : "spherical"; // without a prior there is no shell to keep to
    const entries = Array.from({ length: SIDE * SIDE }, (_, i) => ({ name: `Place ${i + 1}` }));
    this.grid = new PictureButtons("Palette", entries, view.renderer, (i) => this.#go(i), { class: "ar-palette", "data-testid": "palette" });
    this.nodes = [
      page.slots.node,
      element("p", { class: "ar-said" }, "A and B are the upper corners, C and D the lower ones. What lies between mixes them."),
      this.grid.node,
    ];
    this.exports = { frames: () => this.#cells() };
  }

  get described() {
    return { at: rounded(this.cell / LAST) };
  }

  aim() {
    this.#show();
    this.#draw();
  }

  close() {}

  #go(cell) {
    this.cell = cell;
    this.#show();
    this.page.state.settle();
  }

  #show() {
    const { z, y } = this.#at(this.cell);
    this.page.state.assign(z, y);
    this.grid.mark((i) => i === this.cell);
  }

  /** On the way from left to right, of what lies as far down on the ways between the upper and the lower corners. */
  #at(cell) {
    const [a, b, c, d] = this.page.slots.withClasses;
    const between = (points, part) => new LatentPath(points, this.way, this.model.origin).at(part);
    const [across, down] = [cell % SIDE, Math.floor(cell / SIDE)].map((steps) => steps / (SIDE - 1));
    const { z, y } = between([between([a, c], down), between([b, d], down)], across);
    return { z: z.map(rounded), y };
  }

  #cells() {
    return Array.from({ length: SIDE * SIDE }, (_, i) => this.#at(i));
  }

  async #draw() {
    const { view, model, slots } = this.page;
    const { points } = slots;
    const cells = this.#cells();
    const batch = await view.decodeStrips(cells.map(({ z }) => z), cells[0].y && cells.flatMap(({ y }) => y), "palette");
    if (!batch || points !== slots.points) return;
    this.grid.draw(batch);
    const corners = { 0: "A", [SIDE - 1]: "B", [LAST - SIDE + 1]: "C", [LAST]: "D" };
    cells.forEach(({ z }, i) => {
      const percent = view.typicality.percentile(z);
      this.grid.buttons[i].dataset.z = JSON.stringify(z);
      this.grid.buttons[i].style.setProperty("--typical", `${percent}%`);
      this.grid.name(i, `${corners[i] ?? "A mixture"}. ${typicalText(percent, heldOut(model))}`);
    });
  }
}
