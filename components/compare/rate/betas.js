// A slider over models that differ in β alone: what each makes of the same examples and the same z, and what its dimensions
// carry. All of them are in the page, so every movement of the finger draws anew; between two of them there is no model.

import { Engine } from "../../shared/engine/engine.js";
import { standardNormals } from "../../shared/engine/random.js";
import { ask } from "../../shared/engine/server.js";
import { loadRenderer } from "../../shared/kinds/index.js";
import { element, zName } from "../../shared/kit/dom.js";
import { followPointer, partUnder } from "../../shared/kit/pointer.js";
import { button } from "../../shared/kit/toolbar.js";
import { Strip } from "../../shared/latent/strip.js";
import { nats } from "./plane.js";

const FIRST = 1; // the β to begin with: the plain VAE

export class BetaSeries {
  #frames = 0;
  #set = 0; // of examples
  #seed = 1;

  /**
   * @param {object} data  as rate.py sends it
   * @param {object[]} points  of the series, by rising β
   * @param {(name: string) => void} moved  the slider stands at another model, or at the same anew
   */
  constructor(data, points, moved) {
    Object.assign(this, { data, points, moved });
    const last = points.length - 1;
    this.index = Math.max(0, points.findIndex(({ beta }) => beta >= FIRST));
    this.input = element("input", {
      type: "range", min: 0, max: last, step: 1, "data-testid": "beta-slider", "aria-label": "β, the weight of the KL",
      oninput: () => this.#to(Number(this.input.value)),
    });
    followPointer(this.input, (event) => this.#to(Math.round(partUnder(this.input, event.clientX) * last)), () => {});
    const ticks = points.map(({ beta }, i) => element("span", { style: `--at: ${i / last}` }, String(beta)));
    this.title = element("output", { class: "rd-beta" });
    this.numbers = element("span", {});
    this.pictures = element("div", { class: "rd-pictures", "data-testid": "beta-pictures" });
    this.bars = element("div", { class: "rd-bars", role: "img", "data-testid": "beta-kl" });
    const most = Math.max(...points.flatMap((point) => point.kl_per_dim));
    this.columns = points[0].kl_per_dim.map(() => {
      const [value, bar, name] = [element("span", { class: "rd-kl" }), element("i", {}), element("em", {})];
      this.bars.append(element("div", { class: "rd-column" }, value, element("b", {}, bar), name));
      return { value, bar, name };
    });
    this.most = most;
    this.node = element("section", { class: "rd-betas", "aria-label": "Slider over β" },
      element("p", { class: "rd-head" }, this.title, this.numbers),
      element("div", { class: "rd-slider" }, this.input, element("div", { class: "rd-ticks", "aria-hidden": "true" }, ...ticks)),
      this.pictures,
      element("div", { class: "lx-buttons" },
        button(`Other ${data.unit}s`, "Other held-out examples", () => this.#otherExamples()),
        button("Other z", "Draw other points from the prior", () => this.#draws(++this.#seed))),
      element("p", { class: "rd-caption" }, `KL of each dimension, nats/${data.unit}`), this.bars);
    this.#tell();
  }

  close() {
    this.closed = true;
  }

  /** Download all models of the series, and the examples. */
  async load() {
    const { data, points } = this;
    const { kind, shape } = points[0].model;
    const query = new URLSearchParams({ index: data.examples.flat().join(), as: "values" });
    const [renderer, originals, ...engines] = await Promise.all([
      loadRenderer(kind, shape),
      data.originals && ask(`${data.originals}?${query}`).then((response) => response.arrayBuffer()),
      ...points.map(({ model }) => loadEngine(model)),
    ]);
    if (this.closed) return;
    Object.assign(this, { renderer, engines });
    this.node.style.setProperty("--lx-rendering", renderer.smooth ? "auto" : "pixelated");
    const columns = data.examples[0].length;
    const named = [["original", `Held-out ${data.unit}s`], ["again", "Reconstructed"], ["drawn", "Drawn from z"]];
    const shown = originals ? named : named.slice(2);
    this.rows = Object.fromEntries(shown.map(([id, text]) => {
      const strip = new Strip(renderer, columns, { role: "img", "aria-label": text, "data-testid": `beta-${id}` });
      this.pictures.append(element("span", { class: "rd-row-name", "aria-hidden": "true" }, text), strip.node);
      return [id, strip];
    }));
    this.values = originals && renderer.fromRest(new Uint8Array(originals));
    this.#showExamples();
    this.#draws(this.#seed);
  }

  /** Go to a model of the series by its name; another one's changes nothing. */
  choose(name) {
    const index = this.points.findIndex((point) => point.name === name);
    if (index >= 0) this.#to(index);
  }

  #to(index) {
    this.index = index;
    this.#tell();
    this.#draw();
    this.moved(this.points[index].name);
  }

  #otherExamples() {
    this.#set = (this.#set + 1) % this.data.examples.length;
    this.#showExamples();
    this.#draw();
  }

  #showExamples() {
    if (!this.values) return;
    const size = this.values.length / this.data.examples.flat().length;
    const before = this.data.examples.slice(0, this.#set).flat().length;
    this.examples = this.data.examples[this.#set].map((_, i) => this.values.subarray((before + i) * size, (before + i + 1) * size));
    this.rows.original.draw(this.#batch(this.examples));
    this.pictures.dataset.examples = JSON.stringify(this.data.examples[this.#set]);
  }

  /** Other points of the prior, the same for every model. */
  #draws(seed) {
    const { latent_dim: dims } = this.points[0].model;
    this.zs = this.data.examples[0].map((_, i) => standardNormals(dims, 1000 * seed + i));
    this.pictures.dataset.z = JSON.stringify(this.zs);
    this.#draw();
  }

  /** What the model that the slider stands at makes of all of them. */
  #draw() {
    if (!this.engines || !this.zs) return;
    const engine = this.engines[this.index];
    const decoded = (zs) => this.#batch(zs.map((z) => engine.decode(z).slice()));
    if (this.examples) this.rows.again.draw(decoded(this.examples.map((x) => engine.encode(x).mu.slice())));
    this.rows.drawn.draw(decoded(this.zs));
    Object.assign(this.pictures.dataset, { frames: ++this.#frames, model: this.points[this.index].name });
  }

  #batch(examples) {
    const { width, height } = this.renderer.tile;
    const size = 4 * width * height;
    const pixels = new Uint8ClampedArray(size * examples.length);
    examples.forEach((values, i) => this.renderer.paint(values, pixels.subarray(i * size, (i + 1) * size)));
    return { pixels, count: examples.length, width, height };
  }

  /** The slider, the numbers and the bars. */
  #tell() {
    const { index, points, input, data } = this;
    const { beta, kl, nll, kl_per_dim: perDim } = points[index];
    const text = `KL ${nats(kl)} + NLL ${nats(nll)} = −ELBO ${nats(kl + nll)}`;
    input.value = index;
    input.style.setProperty("--at", index / (points.length - 1));
    input.setAttribute("aria-valuetext", `β ${beta}: ${text} nats per ${data.unit}`);
    this.title.textContent = `β = ${beta}`;
    this.numbers.textContent = `${text} nats/${data.unit}`;
    const order = [...perDim.keys()].sort((a, b) => perDim[b] - perDim[a]);
    order.forEach((dim, i) => {
      const { value, bar, name } = this.columns[i];
      value.textContent = perDim[dim].toFixed(2);
      bar.style.height = `${(100 * perDim[dim]) / this.most}%`;
      name.textContent = zName(dim);
    });
    const said = order.map((dim) => `${zName(dim)} ${perDim[dim].toFixed(2)}`).join(", ");
    this.bars.setAttribute("aria-label", `KL of each dimension: ${said} nats per ${data.unit}`);
    this.bars.dataset.kl = JSON.stringify(order.map((dim) => [dim, perDim[dim]]));
  }
}

async function loadEngine({ url, encoder }) {
  const [decoding, encoding] = await Promise.all([url, encoder].map(async (address) => (await ask(address)).arrayBuffer()));
  const engine = Engine.parse(decoding);
  engine.addEncoder(encoding);
  return engine;
}
