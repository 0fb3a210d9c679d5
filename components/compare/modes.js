// What the models are compared in: each mode has its controls, says which point a column shows, and which ones its sheet.
// Add one: a class here, and an entry in MODES.

import { DisturbPanel } from "../shared/bring/disturb_panel.js";
import { psnr } from "../shared/kinds/noise.js";
import { capitalized, element, zName } from "../shared/kit/dom.js";
import { followPointer, partUnder } from "../shared/kit/pointer.js";
import { examplePicker, labelled, numberWithButton, segmented } from "../shared/kit/toolbar.js";
import { SamplersOfAll } from "./samplers.js";
import { fixed } from "../shared/kit/numerals.js";

const REACH = 3; // σ to each side of the middle that a dimension is walked
const MAX_SEED = 999999;
const SAME_PRIOR = "The same random numbers for each model: where one has more dimensions, the first are the same.";
const WAITING = "What it draws from is being fitted to its codes.";
const SAME_SEED = "The same random numbers for each model; what they are drawn from is its own.";

/** What is common to modes that give the models an example. */
class OfExamples {
  /** @param {import("./side_by_side.js").SideBySide} stage */
  constructor(stage) {
    this.stage = stage;
    const { unit } = stage.source.model.kind;
    this.picker = examplePicker(stage.examples.count, (index) => stage.goTo(index), unit);
    this.node = element("div", { class: "cp-controls" }, this.picker.node);
  }

  /** What the models see of an example. */
  seen(values) {
    return values;
  }

  show() {
    this.picker.set(this.stage.seen.example);
  }

  get input() {
    const { stage } = this;
    const values = stage.values;
    return values && { caption: this.caption, values: this.seen(values), clean: values };
  }

  get caption() {
    return `Held-out ${this.stage.source.model.kind.unit} ${this.stage.seen.example}`;
  }

  point(column) {
    const { stage } = this;
    if (column.unread) return { reason: column.unread };
    const index = stage.seen.example;
    const label = stage.examples.label(index);
    const clean = stage.values;
    const values = clean && this.seen(clean);
    if (!values && stage.examples.atHand) return null; // it is on its way
    const z = column.encode(values, index, label);
    return { z, y: column.condition(label), beside: clean, words: (again) => (clean ? closeness(column.view, clean, again) : "") };
  }

  many(column, examples) {
    if (column.unread) return null;
    const { stage } = this;
    const labels = stage.window.map((index) => stage.examples.label(index));
    const points = stage.window.map((index, i) => column.encode(examples && this.seen(examples[i]), index, labels[i]));
    return { points, y: conditions(column, labels) };
  }
}

export class Reconstruction extends OfExamples {}

export class Noise extends OfExamples {
  constructor(stage) {
    super(stage);
    const { kind, strength } = stage.seen;
    this.panel = new DisturbPanel({
      renderer: stage.source.renderer, trained: true, start: { kind, strength },
      changed: () => {
        const { kind, strength } = this.panel.settings;
        stage.set({ kind, strength });
      },
      settled: () => stage.settle(),
    });
    this.node.append(this.panel.node);
  }

  seen(values) {
    return this.panel.apply(values);
  }

  get caption() {
    const { values } = this.stage;
    const noisy = this.seen(values);
    const level = psnr(noisy, values);
    return `${super.caption}, ${level === Infinity ? "as it is" : `PSNR ${fixed(level, 1)} dB`}`;
  }
}

export class Samples {
  constructor(stage) {
    this.stage = stage;
    this.samplers = new SamplersOfAll(stage.columns.map(({ model }) => model), stage.seen.sampler);
    stage.seen.sampler = this.samplers.linked;
    this.samplers.addEventListener("loaded", () => !stage.closed && stage.mode === this && stage.set({}));
    this.samplers.addEventListener("change", () => {
      stage.report("sampler", this.samplers.wanted);
      this.#drawn({ sampler: this.samplers.linked });
    });
    this.picker = numberWithButton({
      text: "Other seed", title: "Draw with another seed", name: "Seed of the samples", hint: "seed", max: MAX_SEED,
      draw: () => Math.floor(Math.random() * 1000),
      chosen: (seed) => this.#drawn({ seed }),
    });
    this.words = element("p", { class: "cp-words" });
    this.node = element("div", { class: "cp-controls" },
      element("span", { class: "lx-joined" }, this.picker.node, this.samplers.menu()), this.words);
  }

  input = null;

  /** Download what the models draw from; false, and the reason is shown, if it cannot be loaded. */
  async ready() {
    return (await this.samplers.ready()) !== null;
  }

  show() {
    this.picker.set(this.stage.seen.seed);
    this.words.textContent = this.samplers.chosen === "prior" ? SAME_PRIOR : SAME_SEED;
    if (!this.samplers.loaded(this.samplers.chosen)) this.ready();
  }

  point(column) {
    const gaussians = this.#gaussians(column);
    if (!gaussians) return column.z ? null : { reason: WAITING }; // what is drawn stays until there is more
    const y = column.condition(0);
    return { z: gaussians.draw(this.stage.seen.seed, y), y, words: () => this.#given(column) };
  }

  many(column) {
    const gaussians = this.#gaussians(column);
    if (!gaussians) return null;
    const { seed } = this.stage.seen;
    const seeds = Array.from({ length: column.sheet.size.count }, (_, i) => seed + i);
    const points = seeds.map((each, i) => gaussians.draw(each, column.condition(i)));
    return { points, y: conditions(column, seeds.map((_, i) => i)) };
  }

  #drawn(change) {
    this.stage.set(change);
    this.stage.settle();
  }

  #gaussians(column) {
    return this.samplers.loadedOf(this.stage.columns.indexOf(column));
  }

  #given(column) {
    const { model } = column;
    const drawn = this.samplers.differ ? [`Drawn from: ${this.samplers.titleOf(this.stage.columns.indexOf(column))}.`] : [];
    if (model.label !== null) drawn.push(`It is given a class: here ${model.classes[0]}, below one after the other.`);
    return drawn.join(" ");
  }
}

export class Traversal {
  constructor(stage) {
    this.stage = stage;
    const most = Math.max(...stage.columns.map(({ model }) => model.latent_dim));
    this.dims = element("select", { class: "lx-number", "aria-label": "Dimension", "data-testid": "dimension", onchange: () => {
      stage.set({ dim: Number(this.dims.value) });
      stage.settle();
    } });
    this.most = most;
    this.slider = element("input", {
      type: "range", min: -REACH, max: REACH, step: "any", "aria-label": "Place on the dimension, in σ of the prior", "data-testid": "place-slider",
      oninput: () => stage.set({ at: Number(this.slider.value) }),
      onchange: () => stage.settle(),
    });
    followPointer(this.slider, ({ clientX }) => {
      stage.set({ at: REACH * (2 * partUnder(this.slider, clientX) - 1) });
    }, () => stage.settle());
    this.value = element("output", { class: "lx-value" });
    const by = segmented("Count dimensions", [[false, "By number"], [true, "By what they carry"]], stage.seen.ranked, (ranked) => {
      stage.set({ ranked });
      stage.settle();
    });
    this.from = segmented("Start from", [[true, "The example"], [false, "z = 0"]], stage.seen.start, (start) => {
      stage.set({ start });
      stage.settle();
    });
    this.from.hidden = !stage.examples.count;
    this.node = element("div", { class: "cp-controls" }, by, labelled("Dimension", this.dims),
      element("label", { class: "cp-place" }, this.slider, this.value), this.from);
  }

  input = null;

  show() {
    const { dim, at, ranked } = this.stage.seen;
    const names = Array.from({ length: this.most }, (_, i) => (ranked ? `no. ${i + 1}` : zName(i)));
    if (names.join() !== this.named) {
      this.named = names.join();
      this.dims.replaceChildren(...names.map((name, i) => element("option", { value: i }, name)));
    }
    this.dims.value = dim;
    this.slider.value = at;
    this.slider.style.setProperty("--at", (at + REACH) / (2 * REACH));
    const text = `${fixed(at, 2)} σ`;
    this.value.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }

  point(column) {
    const dim = this.#dim(column);
    if (dim === null) return { reason: `It has ${column.model.latent_dim} dimensions.` };
    const start = this.#start(column);
    if (!start) return null;
    const { index, kl } = column.model.dimensions.find((each) => each.index === dim);
    const carries = kl === null ? "" : `, carries ${kl.toFixed(2)} nats/${column.model.kind.unit}`;
    return { ...start, z: column.along(start.z, dim, this.stage.seen.at), words: () => `${zName(index)}${carries}` };
  }

  many(column) {
    const [dim, start] = [this.#dim(column), this.#start(column)];
    if (dim === null || !start) return null;
    const { count } = column.sheet.size;
    const points = Array.from({ length: count }, (_, i) => column.along(start.z, dim, REACH * ((2 * (i + 0.5)) / count - 1)));
    return { points, y: start.y };
  }

  /** The dimension of a model: of that number, or the one that carries so much; null where it has fewer. */
  #dim({ model }) {
    const { dim, ranked } = this.stage.seen;
    return dim >= model.latent_dim ? null : ranked ? model.dimensions[dim].index : dim;
  }

  #start(column) {
    const { stage } = this;
    if (!stage.seen.start || column.unread || !stage.examples.count) return { z: [...column.model.origin], y: column.condition(0) };
    const index = stage.seen.example;
    if (!stage.values && stage.examples.atHand) return null;
    const label = stage.examples.label(index);
    return { z: column.encode(stage.values, index, label), y: column.condition(label) };
  }
}

/** By id, as in a link: what a mode is called, what shows it, and whether it takes examples or pictures that can be disturbed. */
export const MODES = {
  examples: { title: "Reconstruction", Mode: Reconstruction, suits: ({ examples }) => examples.count > 0 },
  noise: {
    title: "Noise", Mode: Noise,
    suits: ({ examples, source }) => examples.atHand && Boolean(source.renderer.disturbed),
    lacks: ({ source }) => (source.renderer.disturbed
      ? "Noise needs the examples themselves, which are not on this computer."
      : `${capitalized(source.model.kind.unit)}s are not disturbed here: noise is for pictures.`),
  },
  samples: { title: "Samples", Mode: Samples, suits: () => true },
  traversal: { title: "Traversal", Mode: Traversal, suits: () => true },
};

function conditions(column, labels) {
  return column.model.label === null ? null : labels.flatMap((label) => column.condition(label));
}

/** How near what a model makes of an example comes to it, in a few words. */
function closeness({ renderer, engine }, x, again) {
  if (renderer.disturbed) return `PSNR ${fixed(psnr(again, x), 1)} dB`;
  if (renderer.reading) {
    const { kept, of } = renderer.reading.kept(x, again);
    return `${kept} of ${of} words kept`;
  }
  if (renderer.changed) return renderer.changed(x, again).sentence;
  const part = engine.likelihood.explained(x, again);
  return Number.isNaN(part) ? "" : `Explains ${Math.round(100 * part)}% of its variation`;
}
