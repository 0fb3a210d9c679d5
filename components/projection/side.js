// What stands beside a projection: the chosen point in words, its nearest examples, and the picture under the pointer.

import { capitalized, element } from "../shared/kit/dom.js";
import { show } from "../shared/bring/example_pictures.js";
import { numberWithButton } from "../shared/kit/toolbar.js";

export const NEIGHBOURS = 10;
const SELECTED = 50; // images around a point, unless another number is typed
const HOVER_GAP = 14; // pixels between pointer and picture

/** The stored examples nearest to the chosen point in latent space, as a row of pictures to click. */
export class NeighbourStrip {
  #ticket = 0;

  /**
   * @param {import("../shared/bring/example_pictures.js").ExamplePictures} pictures
   * @param {object} model
   * @param {(index: number) => void} chosen
   * @param {(count: number) => void} selected  so many around the chosen point
   */
  constructor(pictures, model, chosen, selected) {
    Object.assign(this, { pictures, model });
    this.buttons = Array.from({ length: NEIGHBOURS }, () => {
      const canvas = pictures.canvas();
      const words = element("span", {});
      const node = element("button", { type: "button", class: "pj-neighbour", onclick: () => chosen(node.index) }, canvas, words);
      return Object.assign(node, { canvas, words });
    });
    this.title = element("h3", { class: "pj-title" });
    const { unit } = model.kind;
    const around = numberWithButton({
      text: "Select", title: `Select so many ${unit}s nearest to the chosen point`, name: `How many ${unit}s to select`,
      hint: "how many", max: 2000, draw: () => Number(around.node.querySelector("input").value) || SELECTED,
      chosen: (count) => selected(Math.max(1, count)),
    });
    around.set(SELECTED);
    this.node = element("section", { class: "pj-neighbours", "aria-label": "Nearest in latent space", "data-testid": "neighbours" },
      element("div", { class: "pj-head" }, this.title, around.node), element("div", { class: "pj-strip" }, ...this.buttons));
  }

  async show(indices, labels) {
    const ticket = ++this.#ticket;
    this.title.textContent = `Nearest in latent space (${this.pictures.kind}s)`;
    const batch = await this.pictures.best(indices, "neighbours");
    if (!batch || ticket !== this.#ticket) return;
    this.buttons.forEach((node, i) => {
      node.hidden = i >= indices.length;
      if (node.hidden) return;
      node.index = indices[i];
      node.dataset.index = indices[i];
      const said = this.model.classes[labels[indices[i]]];
      node.words.textContent = said ?? "";
      node.title = `${capitalized(this.model.kind.unit)} ${indices[i]}${said ? `, class ${said}` : ""}: click to choose it`;
      node.setAttribute("aria-label", node.title);
      show(node.canvas, batch, i);
    });
    this.node.dataset.shown = indices.join();
  }
}

/** The picture of the point under the pointer: its original, where that is at hand, and its reconstruction. */
export class HoverPicture {
  #index = null;

  constructor(pictures, model) {
    Object.assign(this, { pictures, model });
    const figure = (canvas, caption) => element("figure", { class: "pj-small" }, canvas, element("figcaption", {}, caption));
    this.original = pictures.canvas();
    this.reconstruction = pictures.canvas();
    this.originalFigure = figure(this.original, "original");
    this.words = element("p", {});
    this.node = element("div", { class: "pj-hover", hidden: true, "data-testid": "hover-picture", "aria-hidden": "true" },
      element("div", { class: "pj-row" }, this.originalFigure, figure(this.reconstruction, "reconstruction")), this.words);
  }

  hide() {
    this.#index = null;
    this.node.hidden = true;
  }

  /** Show example `index` beside a place on the screen. */
  async show(index, { left, top }, labels) {
    const { width } = document.documentElement.getBoundingClientRect();
    this.node.hidden = false;
    const own = this.node.getBoundingClientRect();
    const over = left + HOVER_GAP + own.width > width ? left - HOVER_GAP - own.width : left + HOVER_GAP;
    this.node.style.left = `${Math.max(4, over)}px`;
    this.node.style.top = `${Math.max(4, Math.min(top + HOVER_GAP, innerHeight - own.height - 4))}px`;
    if (index === this.#index) return;
    this.#index = index;
    this.node.dataset.index = index;
    const name = this.model.classes[labels[index]];
    this.words.textContent = `${capitalized(this.model.kind.unit)} ${index}${name ? `, class ${name}` : ""}`;
    this.#tell(index);
    const [batch] = await Promise.all([this.pictures.reconstructions([index], "hover"), this.#showOriginal(index)]);
    if (batch && index === this.#index) show(this.reconstruction, batch);
  }

  /** Of a record, what its picture does not say. */
  async #tell(index) {
    const { renderer } = this.pictures.view;
    if (!renderer.filling) return;
    const found = await this.pictures.valuesOf([index], "hover values");
    if (found && index === this.#index) this.words.append(element("br"), renderer.text(found.values));
  }

  async #showOriginal(index) {
    this.originalFigure.hidden = !this.pictures.haveOriginals;
    if (!this.pictures.haveOriginals) return;
    const batch = await this.pictures.best([index], "hover original");
    if (batch && index === this.#index && this.pictures.haveOriginals) show(this.original, batch);
  }
}
