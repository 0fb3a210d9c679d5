// The Reconstruct page's component: an input (drawn, uploaded or a stored example), what the model makes of it, and how
// the two differ. Everything is encoded and decoded here, at every event of a stroke or a slider.

import { DecodedView } from "./decoded_view.js";
import { element } from "./dom.js";
import { DrawPad, SIDE } from "./draw_pad.js";
import { toRGBA } from "./engine.js";
import { paintDifference } from "./heat_map.js";
import { oneHot, rounded } from "./latent_state.js";
import { mountOnce, sayFailure } from "./mounting.js";
import { disturbed, prepared } from "./preparing.js";
import { standardNormals } from "./random.js";
import { ScorePanel } from "./score_panel.js";
import { nearestRows, scored } from "./scores.js";
import { Sending } from "./sending.js";
import { tileOnto } from "./tiles.js";
import { button, examplePicker, segmented } from "./toolbar.js";

const SAMPLES = 8;
const NEAREST = 8;
const SLOW_MS = 150; // what is beside the picture follows at this pace
const BEST = "best";

export const mount = mountOnce(".lx", (...given) => new Reconstructor(...given));

class Reconstructor {
  #x = null;
  #slowly = 0;
  #timer = 0;
  #seed = 1;
  #absolute = false;
  #disturbance = { noise: 0, blur: 0, seed: 7 };
  #example = 0;
  #label = BEST;

  constructor(root, data, report, trigger) {
    Object.assign(this, { root, data, model: data.model });
    this.sending = new Sending(data.send, this.model, trigger);
    this.view = new DecodedView(this.model, data.decode_url);
    this.#start().catch((error) => sayFailure(root, error));
  }

  async #start() {
    await this.view.load();
    if (this.closed) return;
    if (!this.view.engine) throw new Error("it has layers that the page cannot run");
    this.#build();
    this.follow(this.data);
  }

  close() {
    this.closed = true;
    clearTimeout(this.#timer);
    this.view.close();
  }

  /** A rerun: another source, or another upload. */
  follow(data) {
    if (!this.pad) return;
    const { mode, input } = data;
    this.data = data;
    this.root.dataset.mode = mode;
    this.pad.node.hidden = this.pad.tools.hidden = mode !== "draw";
    this.inputCanvas.hidden = mode === "draw";
    this.sees.hidden = mode !== "draw";
    this.examples.node.hidden = mode !== "example";
    this.caption.textContent = { draw: "You draw", upload: "Model input", example: "Stored example, decoded" }[mode];
    if (mode === "upload") {
      if (!input) return;
      this.#take(Float32Array.from(atob(input), (byte) => byte.charCodeAt(0) / 255));
    } else if (mode === "example") this.#takeExample(this.#example);
    else this.#takeDrawing();
    this.#slow();
  }

  // What is on the screen

  #build() {
    const { model, view, data } = this;
    const [, height, width] = model.shape;
    this.pad = new DrawPad({
      dark: data.look.dark, changed: () => this.#takeDrawing(), settled: () => this.#slow(),
    });
    const picture = (testid, label) => element("canvas", {
      class: "lx-image", "data-testid": testid, width, height, role: "img", "aria-label": label,
    });
    this.inputCanvas = picture("input-image", "The model's input");
    this.seen = picture("seen-image", "What the model gets of the drawing");
    this.difference = picture("difference", "Reconstruction minus input");
    this.samples = element("canvas", { class: "rc-strip", role: "img", "aria-label": "Draws from the posterior, decoded" });
    this.neighbours = element("canvas", { class: "rc-strip", role: "img", "aria-label": "Nearest stored examples, decoded" });
    this.neighbourNames = element("p", { class: "rc-names" });
    this.examples = examplePicker(view.examples, (index) => {
      this.#takeExample(index);
      this.#slow();
    });
    this.caption = element("figcaption");
    this.panel = new ScorePanel(data);
    this.sees = element("figure", {}, element("figcaption", {}, "What the model gets"), this.seen);
    const inputs = element("figure", { class: "rc-input" }, this.caption, this.pad.node, this.inputCanvas,
      this.pad.tools, this.examples.node);
    const result = element("figure", { class: "rc-result" }, element("figcaption", {}, "Reconstruction"), view.canvas, view.hint,
      this.#disturbers());
    const signs = segmented("Difference", [[false, "Signed"], [true, "Absolute"]], false, (absolute) => {
      this.#absolute = absolute;
      this.#drawDifference();
    });
    const again = button("Draw again", "Other draws from the posterior", () => {
      this.#seed++;
      this.#drawStrips();
    });
    const variational = view.latents.has("logvar");
    this.root.replaceChildren(
      element("div", { class: "rc-pictures" }, inputs, result),
      element("div", { class: "rc-side" }, ...this.#classes(), this.panel.node, element("div", { class: "lx-buttons" }, ...this.sending.nodes)),
      element("div", { class: "rc-below" }, this.sees,
        element("figure", {}, element("figcaption", {}, "Difference"), this.difference, signs,
          element("p", { class: "rc-names" }, "Orange: the model adds. Blue: it leaves out.")),
        element("div", { class: "rc-strips" },
          element("figure", { hidden: !variational }, element("figcaption", {}, "Draws from the posterior ", again), this.samples),
          element("figure", {}, element("figcaption", {}, "Nearest stored examples, decoded"), this.neighbours, this.neighbourNames))));
  }

  #classes() {
    if (this.model.label === null) return [];
    const choices = [[BEST, "Best"], ...this.model.classes.map((name, label) => [label, name])];
    const picker = segmented("Class", choices, BEST, (label) => {
      this.#label = label;
      this.#run();
      this.#slow();
    });
    this.classSaid = element("p", { class: "rc-names" });
    return [element("div", {}, element("p", { class: "rc-heading" }, "Class given to the model"), picker, this.classSaid)];
  }

  #disturbers() {
    const slider = (name, title, max, step) => {
      const field = element("input", {
        type: "range", min: 0, max, step, value: 0, "aria-label": title, title, "data-testid": `${name}-slider`,
        oninput: () => {
          this.#disturbance = { ...this.#disturbance, [name]: Number(field.value) };
          field.style.setProperty("--at", field.value / max);
          this.#run();
        },
        onchange: () => this.#slow(),
      });
      field.style.setProperty("--at", 0);
      return element("label", { class: "rc-slider" }, title, field);
    };
    const [, height] = this.model.shape;
    return element("div", { class: "rc-disturb" },
      slider("noise", "Noise on the input", 0.6, 0.01), slider("blur", "Blur of the input", height / 10, height / 280));
  }

  // From the source to the input

  #takeDrawing() {
    if (this.data.mode === "draw") this.#take(prepared(this.pad.ink(), SIDE, this.model.shape, this.data.look));
  }

  #takeExample(index) {
    this.#example = index;
    this.examples.set(index);
    const { z, label } = this.view.example(index);
    this.#take(this.view.engine.decode(z, this.model.label === null ? null : oneHot(label, this.model.classes.length)).slice());
  }

  #take(x) {
    this.#x = x;
    this.#run();
  }

  // From the input to everything else

  #run() {
    if (!this.#x) return;
    const { view, model, data } = this;
    this.input = disturbed(this.#x, model.shape, this.#disturbance);
    const now = performance.now();
    const slow = now - this.#slowly > SLOW_MS;
    if (model.label !== null && (slow || !this.y)) this.y = this.#bestClass();
    const y = model.label === null ? null : this.y;
    this.scores = scored(view.engine, data.likelihood, this.input, y, (mu) => mu.map(rounded));
    view.draw(this.scores.z, y);
    this.again = view.engine.decode(this.scores.z, y).slice();
    paint(this.data.mode === "draw" ? this.seen : this.inputCanvas, this.input, model.shape);
    this.#drawDifference();
    if (slow) this.#slow();
    else if (!this.#timer) this.#timer = setTimeout(() => this.#slow(), SLOW_MS); // what a fast stroke skipped
  }

  #bestClass() {
    const n = this.model.classes.length;
    if (this.#label !== BEST) return oneHot(this.#label, n);
    const losses = this.model.classes.map((_, label) =>
      scored(this.view.engine, this.data.likelihood, this.input, oneHot(label, n), (mu) => mu).elbo);
    return oneHot(losses.indexOf(Math.min(...losses)), n);
  }

  /** What need not follow at every event. */
  #slow() {
    if (!this.#x) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#slowly = performance.now();
    if (this.model.label !== null) {
      const before = this.y?.join();
      this.y = this.#bestClass();
      if (this.y.join() !== before) this.#run();
      this.classSaid.textContent = this.#label === BEST
        ? `Best by −ELBO: ${this.model.classes[this.y.indexOf(1)]}` : "";
    }
    this.panel.show(this.scores, this.view.typicality.percentile(this.scores.z));
    this.sending.show({ z: this.scores.z, label: this.model.label === null ? null : this.y.indexOf(1) });
    this.#drawStrips();
  }

  #drawDifference() {
    const { model, difference } = this;
    const image = new ImageData(difference.width, difference.height);
    paintDifference(this.input, this.again, model.shape, this.#absolute, image.data);
    difference.getContext("2d").putImageData(image, 0, 0);
  }

  async #drawStrips() {
    const { view, model, scores } = this;
    const y = model.label === null ? null : this.y;
    if (scores.logvar) {
      const points = Array.from({ length: SAMPLES }, (_, k) => {
        const noise = standardNormals(scores.mu.length, this.#seed * SAMPLES + k);
        return scores.mu.map((mean, d) => mean + Math.exp(0.5 * scores.logvar[d]) * noise[d]);
      });
      const batch = await view.decodeMany(points, y, "samples");
      if (batch) tileOnto(this.samples, batch, 0, SAMPLES, SAMPLES);
    }
    const rows = nearestRows(scores.z, view.latents.get("mu"), NEAREST).map((index) => view.example(index));
    const classes = model.classes.length;
    // Each with its own class: that is what it was encoded with.
    const own = model.label === null ? null : rows.flatMap(({ label }) => oneHot(label, classes));
    const batch = await view.decodeMany(rows.map(({ z }) => z), own, "nearest");
    if (!batch) return;
    tileOnto(this.neighbours, batch, 0, NEAREST, NEAREST);
    this.neighbourNames.replaceChildren(...(classes ? rows.map(({ label }) => element("span", {}, model.classes[label])) : []));
    this.neighbours.dataset.labels = JSON.stringify(rows.map(({ label }) => label));
  }
}

function paint(canvas, x, shape) {
  const image = new ImageData(canvas.width, canvas.height);
  toRGBA(x, shape, image.data);
  canvas.getContext("2d").putImageData(image, 0, 0);
}
