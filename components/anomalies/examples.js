// Examples behind the scores: a row of them to choose from, and the chosen one with what did not fit and the nearest normal.

import { ExamplePictures, show } from "../shared/bring/example_pictures.js";
import { nearestRows } from "../shared/engine/scores.js";
import { capitalized, element } from "../shared/kit/dom.js";
import { segmented } from "../shared/kit/toolbar.js";
import { written } from "../shared/kinds/series/numbers.js";
import { blameOf } from "./blame.js";

const SHOWN = 8;
const SORTS = [["strangest", "Strangest"], ["line", "At the line"], ["least", "Most normal"]];

export class Examples {
  #ticket = 0;

  /**
   * @param {object} options
   * @param {import("../shared/latent/decoded_view.js").DecodedView} options.view  not loaded yet
   * @param {object} options.data  the component's
   * @param {(index: number) => string} options.name  what an example is called
   * @param {(index: number) => void} options.chosen  by its picture
   */
  constructor({ view, data, name, chosen }) {
    Object.assign(this, { view, data, name, chosen, unit: view.model.kind.unit, index: null, values: null });
    this.sort = SORTS[0][0];
    this.choice = segmented(`Which ${this.unit}s`, SORTS, this.sort, (sort) => {
      this.sort = sort;
      this.refresh();
    });
    this.strip = element("div", { class: "an-strip lx-read" });
    this.facts = element("p", { class: "an-facts", "data-testid": "chosen" });
    this.figures = element("div", { class: "an-figures" });
    this.node = element("section", { class: "an-examples", "aria-label": `${capitalized(this.unit)}s`, "data-testid": "examples", hidden: true },
      this.choice, this.strip, this.facts, this.figures);
  }

  /** Download what draws and encodes; `values` gives the originals of a series, else the server does. */
  async load(values) {
    const { view, data } = this;
    await view.load();
    this.values = values;
    this.pictures = new ExamplePictures(view, data.originals, data.n_originals);
    this.count = values ? values.count : this.pictures.haveOriginals ? data.n_originals : view.examples;
    view.engine?.assumeLikelihood(data.likelihood);
    this.blame = view.engine && blameOf(view.renderer, this.unit);
    const figure = (title, node) => element("figure", { class: "an-shown" }, element("figcaption", {}, title), node);
    this.pictureOf = ["This one", "The model’s", "Nearest normal"].map((title) => {
      const canvas = this.pictures.canvas(title);
      const words = element("p", { class: "an-small" });
      const node = figure(title, canvas);
      node.append(words);
      return Object.assign(node, { canvas, words });
    });
    const [own, again, nearest] = this.pictureOf;
    this.blamed = this.blame && figure(this.blame.title, this.blame.node);
    this.blamed?.classList.toggle("an-wide", Boolean(this.blame.wide));
    this.figures.replaceChildren(...(this.blamed ? [this.blamed] : []), own, again, nearest);
    this.buttons = Array.from({ length: SHOWN }, () => {
      const canvas = this.pictures.canvas();
      const words = element("span", {});
      const node = element("button", { type: "button", class: "lx-picture", onclick: () => this.chosen(node.index) }, canvas, words);
      return Object.assign(node, { canvas, words });
    });
    this.strip.replaceChildren(...this.buttons);
    this.node.hidden = false;
  }

  /** Other scores, or other labels. */
  show(judged) {
    this.judged = judged;
    this.refresh();
  }

  get ready() {
    return Boolean(this.buttons && this.judged);
  }

  /** The row again: the line has come to rest elsewhere. */
  async refresh(threshold = this.threshold) {
    this.threshold = threshold;
    if (!this.ready) return;
    const ticket = ++this.#ticket;
    const indices = this.#listed();
    const batch = await this.#batch(indices);
    if (!batch || ticket !== this.#ticket) return;
    const { judged } = this;
    this.buttons.forEach((node, i) => {
      node.hidden = i >= indices.length;
      if (node.hidden) return;
      const index = indices[i];
      node.index = index;
      node.dataset.index = index;
      const label = this.#labelOf(index);
      node.words.textContent = `${written(judged.scores[index])}${label ? ` · ${label}` : ""}`;
      node.title = `${this.name(index)}: click to see what did not fit`;
      node.setAttribute("aria-label", `${this.name(index)}, score ${written(judged.scores[index])}${label ? `, ${label}` : ""}`);
      show(node.canvas, batch, i);
    });
    this.strip.dataset.shown = indices.join();
    if (this.index === null && indices.length) await this.choose(indices[0]);
    else this.#tell();
  }

  #labelOf(index) {
    const { view } = this;
    return view.model.classes[view.latents.get("y").data[index]] ?? "";
  }

  /** The examples of the row: of windows that overlap, only the strangest. */
  #listed() {
    const { judged, count, threshold, sort, data } = this;
    const { scores } = judged;
    const far = { strangest: (i) => -scores[i], least: (i) => scores[i], line: (i) => Math.abs(scores[i] - threshold) }[sort];
    const order = Uint32Array.from({ length: Math.min(count, scores.length) }, (_, i) => i).sort((a, b) => far(a) - far(b));
    const found = [];
    for (const index of order) {
      if (found.length === SHOWN) break;
      if (!data.follows || found.every((other) => Math.abs(other - index) >= this.#apart)) found.push(index);
    }
    return sort === "line" ? found.sort((a, b) => scores[b] - scores[a]) : found;
  }

  /** Examples between two windows that share nothing. */
  get #apart() {
    return this.values ? this.values.apart : 1;
  }

  async #batch(indices) {
    const { values, view, pictures } = this;
    if (!values || view.renderer.line) return pictures.best(indices, "anomalies");
    const { width, height } = view.renderer.tile;
    const pixels = new Uint8ClampedArray(4 * width * height * indices.length);
    indices.forEach((index, i) => view.renderer.paint(values.of(index), pixels.subarray(4 * width * height * i, 4 * width * height * (i + 1))));
    return { pixels, count: indices.length, width, height };
  }

  /** Show one, what did not fit in it, and the nearest normal one. */
  async choose(index) {
    this.index = index;
    if (!this.ready) return;
    const { view, judged } = this;
    const { z, label } = view.example(index);
    const isNormal = (i) => i < this.count && i !== index && !(judged.wrong ? judged.wrong[i] : judged.scores[i] > this.threshold) && (!this.data.follows || Math.abs(i - index) >= this.#apart);
    const [nearest] = nearestRows(z, view.latents.get("mu"), 1, isNormal);
    const asked = [index, ...(nearest === undefined ? [] : [nearest])];
    const [x, beside, batch, again] = await Promise.all([
      this.#original(index), nearest === undefined ? null : this.#original(nearest), this.#batch(asked), this.pictures.reconstructions([index], "anomalies again"),
    ]);
    if (this.index !== index || !batch) return;
    const [own, made, normal] = this.pictureOf;
    show(own.canvas, batch, 0);
    if (again) show(made.canvas, again, 0);
    normal.hidden = nearest === undefined;
    if (!normal.hidden) show(normal.canvas, batch, 1);
    own.hidden = !x; // else it is what the model makes of it
    if (this.blamed) this.blamed.hidden = !x;
    if (x && this.blamed) this.#blame(x, z, view.condition(label));
    normal.words.textContent = beside && this.blame?.wide ? view.renderer.text(beside) : "";
    this.node.dataset.chosen = index;
    this.nearest = nearest;
    this.#tell(x);
  }

  #blame(x, z, y) {
    const { engine } = this.view;
    const { likelihood } = engine;
    const again = engine.decode(z, y).slice();
    const costs = (likelihood.misfits ?? likelihood.nlls)?.(engine.given(x), x) ?? [];
    this.blame.show({ x, again, costs });
    this.node.dataset.worst = costs.indexOf(Math.max(...costs));
  }

  #tell(x = this.x) {
    this.x = x;
    const { index, judged, threshold, nearest } = this;
    if (index === null) return;
    const label = this.#labelOf(index);
    const state = judged.scores[index] > threshold ? "flagged" : "passes";
    const beside = nearest === undefined ? "" : ` The nearest normal one is ${this.name(nearest).replace(/^\w/, (letter) => letter.toLowerCase())}.`;
    const missing = x ? "" : ` Its original is not on this computer, so you see what the model makes of it.`;
    this.facts.textContent = `${this.name(index)} scores ${written(judged.scores[index])} nats: ${state}${label ? `; labelled ${label}` : ""}.${beside}${missing}`;
  }

  async #original(index) {
    return this.values ? this.values.of(index) : this.pictures.values(index);
  }

  /** The row marks what is flagged, without asking for pictures. */
  move(threshold) {
    this.threshold = threshold;
    if (!this.ready) return;
    for (const node of this.buttons) node.dataset.flagged = this.judged.scores[node.index] > threshold;
    this.#tell();
  }
}
