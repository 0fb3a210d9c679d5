// The Classes page's component: one latent vector, all classes of a conditional model in it. Of pictures it is a style, in
// which a text is written; of sentences it is what they say, and a typed one is written for each class.
// Everything that follows the finger happens here; Python hears of a style or a text when the movement ends.

import { dimensionAxes } from "../shared/latent/axes.js";
import { ExamplePictures } from "../shared/bring/example_pictures.js";
import { ClassLines, Rewriting } from "./rewriting.js";
import { Drawn } from "./drawn.js";
import { MANY } from "../shared/kit/class_picker.js";
import { Mixing, mixed } from "./mixing.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { Styles } from "./styles.js";
import { Rows, startRows } from "./rows.js";
import { Writing, firstText, isSign } from "./writing.js";
import { element } from "../shared/kit/dom.js";
import { exportMenu, pixelSwitch, timingReadout } from "../shared/latent/menus.js";
import { showAddress } from "../shared/app/addresses/address.js";
import { linkTo } from "../shared/kit/exporting.js";
import { LatentPad } from "../shared/latent/pad.js";
import { drawAllPreviews, LatentSlider } from "../shared/latent/slider.js";
import { oneHot } from "../shared/engine/condition.js";
import { LatentState } from "../shared/latent/latent_state.js";
import { named } from "../shared/latent/verdict.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { randomPicker } from "../shared/kit/sampler_choice.js";
import {
  actionRow, copyLinkButton, examplePicker, historyButtons, labelled, menu, resetButton, segmented, undoKeys,
} from "../shared/kit/toolbar.js";

const PREVIEW_INTERVAL_MS = 200; // filmstrips follow a drag at this pace; the row is drawn as fast as the worker can
const PAD_TILES = 9;

class Classes extends Scene {
  #sliders = [];
  #touched = null;
  #previewed = 0;
  #tool = "style";

  build() {
    const { model, view, data: { point: { z, label, example }, written, opening } } = this;
    this.reads = Boolean(view.renderer.typing && view.engine);
    this.what = this.reads ? "content" : "style";
    this.many = !this.reads && model.classes.length > MANY;
    this.opens = this.reads && !opening.given; // what stands in the field decides where it opens
    const y = mixed(label, written.to ?? label, written.mix, model.classes.length);
    const state = (this.state = new LatentState(z ?? (this.reads ? opening.code : model.origin), y));
    this.example = example;
    if (!z && example !== null) state.go(view.example(example).z);
    this.root.dataset.reads = this.reads;
    this.root.dataset.many = this.many;
    this.#build();
    if (this.opens) this.#open();
    else if (this.reads && example !== null) this.#putExample(example);
    undoKeys(this.root, state);
    state.addEventListener("change", () => this.#changed());
    state.addEventListener("settle", () => this.#settled());
    this.samplers.addEventListener("change", () => {
      showAddress(this.#link());
      if (this.#tool === "styles") this.styles.show();
    });
    this.#changed();
    this.#previewPad();
    this.sending.show(this.#point());
  }

  /** Take over what a rerun may bring: the style of an uploaded picture. All else stays where the user has it. */
  update({ taken }) {
    if (!taken || taken.id === this.takenId) return;
    this.takenId = taken.id;
    const { classes, kind } = this.model;
    const mine = kind.name === "image" ? "picture" : kind.unit;
    this.said.textContent = `The ${this.what} of your ${mine}, as ${this.reads ? classes[taken.label] : named(classes[taken.label], kind.classed)}.`;
    if (this.reads) this.writing.put(this.#lineAt(taken.z, taken.label));
    this.state.go(taken.z, oneHot(taken.label, classes.length));
  }

  close() {
    super.close();
    for (const slider of this.#sliders) slider.stop();
    this.mixing?.player.stop();
    this.stopTiming?.();
  }

  // What is on the screen

  #build() {
    const { state, model, view, data } = this;
    const { classes } = model;
    const choose = (label) => state.go(state.z, oneHot(label, classes.length));
    this.row = this.reads ? new ClassLines(classes, view.renderer, choose)
      : new PictureButtons("All classes in this style",
        classes.map((name, label) => ({ name: `Class ${model.spoken[label]}`, text: this.many && isSign(name) ? "" : name })),
        view.renderer, choose, { class: "dg-row", "data-testid": "class-row" });
    if (this.many) startRows(this.row.buttons, classes);
    this.axes = dimensionAxes(model.dimensions, model.origin, model.kind.unit);
    this.mixing = new Mixing(state, model, data.written.to, data.animation_url);
    this.styles = new Styles(state, view, this.samplers, this.axes, this.what);
    this.writing = this.reads ? this.#rewriting()
      : new Writing(view, data.written.text ?? firstText(classes), data.longest, () => this.rows.draw(), () => this.#report());
    this.rows = new Rows(view, state, this.row, this.writing, this.many);
    const panels = { style: this.#stylePanel(), styles: this.styles.node, mix: this.mixing.node };
    if (Drawn.suits(view)) {
      const drawn = new Drawn(view, data.look, (z, y) => this.#takeDrawn(z, y), () => state.settle());
      panels.draw = drawn.node;
    }
    const open = (tool) => {
      this.#tool = tool;
      for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== tool;
      if (tool === "styles") this.styles.show();
      if (tool === "style") this.#previewAll();
    };
    const names = [["style", this.reads ? "Content" : "Style"], ["styles", `Many ${this.what}s`], ["mix", "Between classes"]];
    if (panels.draw) names.push(["draw", "Draw one"]);
    open(state.y.includes(1) ? "style" : "mix"); // a link to a mixture shows its slider
    const tools = element("div", { class: "dg-tools" },
      segmented("Tool", names, this.#tool, open), ...Object.values(panels));
    const parts = [this.row.node, view.node, tools, this.#actions()];
    this.root.replaceChildren(...(this.reads || this.many ? [this.writing.node, ...parts] : [...parts, this.writing.node]));
  }

  #rewriting() {
    const { state, view, data } = this;
    this.originals = new ExamplePictures(view, data.originals, data.n_originals);
    const given = data.written.text ?? (this.opens ? data.first : null);
    const start = given ?? this.#lineAt(state.z, data.opening.label);
    return new Rewriting(view, start, data.longest,
      (z) => {
        this.example = null;
        state.assign(z);
      },
      () => state.settle());
  }

  /** Start with the sentence that stands there, and with another class than it is of. */
  #open() {
    const { state, writing, model: { classes } } = this;
    writing.read();
    state.go(state.z, oneHot((writing.own + 1) % classes.length, classes.length));
  }

  /** What the model writes at a point for a class. */
  #lineAt(z, label) {
    const { renderer, engine } = this.view;
    return renderer.text(engine.decode(z, oneHot(label, this.model.classes.length)));
  }

  #stylePanel() {
    const { state, axes, data, view } = this;
    const sliders = (some) => some.map((axis) => {
      const slider = new LatentSlider(state, axis, "quantiles", view.renderer, (touched) => (this.#touched = touched));
      this.#sliders.push(slider);
      return slider.node;
    });
    const nodes = [];
    if (axes.length > 1 && !this.reads) { // a plane of sentences could not be read
      this.pad = new LatentPad(state, axes.slice(0, 2), "quantiles", PAD_TILES);
      nodes.push(this.pad.node);
    }
    const active = axes.filter((axis) => axis.active);
    const further = [...active.slice(data.shown), ...axes.filter((axis) => !axis.active)];
    nodes.push(element("div", { class: "lx-sliders" }, ...sliders(active.slice(0, data.shown))));
    if (further.length) {
      const folded = element("details", { class: "lx-folded" }, element("summary", {}, `${further.length} more ${further.length === 1 ? "dimension" : "dimensions"}`));
      folded.addEventListener("toggle", () => {
        folded.append(...sliders(further));
        this.#preview();
      }, { once: true });
      nodes.push(folded);
    }
    return element("div", { class: "dg-panel dg-style" }, ...nodes);
  }

  #actions() {
    const { state, model, view, data } = this;
    const examples = examplePicker(view.examples, (index) => this.#takeStyle(index), this.model.kind.unit);
    examples.set(this.example);
    this.showExample = examples.set;
    this.said = element("p", { class: "dg-said", role: "status" });
    const timing = timingReadout(view);
    this.stopTiming = timing.stop;
    const exporting = exportMenu({
      view, state,
      animationUrl: data.animation_url,
      link: () => this.#link(),
      axes: () => this.#sliders,
      moved: () => this.#touched ?? this.#sliders[0],
    });
    const random = randomPicker(this.samplers, () => state.y, (z) => state.go(z));
    return element("div", { class: "dg-actions" },
      actionRow(`Take a ${this.what}`, [random.node, examples.button, copyLinkButton(() => this.#link())], [
        element("div", { class: "lx-buttons" }, resetButton(state, model), ...historyButtons(state)),
        element("div", { class: "lx-buttons" }, labelled("Seed", random.field), labelled("Example", examples.field)),
        element("div", { class: "lx-buttons" },
          ...this.sending.nodes, exporting, menu("View", pixelSwitch(this.root), ...timing.nodes)),
      ]),
      this.said);
  }

  // What follows the point

  #changed() {
    const { state } = this;
    this.view.draw(state.z, state.y);
    for (const slider of this.#sliders) slider.show();
    this.pad?.show();
    this.row.mark((label) => state.y[label] === 1);
    this.mixing.follow();
    this.rows.draw();
    const now = performance.now();
    if (now - this.#previewed > PREVIEW_INTERVAL_MS) {
      this.#previewed = now;
      this.#preview();
    }
    if (state.y !== this.previewedY) this.#previewClass();
  }

  #settled() {
    this.#previewAll();
    if (this.#tool === "styles") this.styles.show();
    this.sending.show(this.#point());
    this.#report();
  }

  /** What is drawn by hand: its style, as the class that it shows. */
  #takeDrawn(z, y) {
    this.example = null;
    this.said.textContent = "";
    this.state.assign(z, y);
  }

  #previewClass() {
    this.previewedY = this.state.y;
    if (this.#tool === "style") this.#previewPad();
    if (this.#tool === "styles") this.styles.show();
  }

  #previewAll() {
    this.#preview();
    this.#previewPad();
  }

  /** Filmstrips of all sliders that are there. */
  async #preview() {
    if (this.#tool !== "style") return;
    const sliders = [...this.#sliders];
    const points = sliders.flatMap((slider) => slider.previewPoints());
    const batch = points.length && (await this.view.decodeStrips(points, this.state.y, "strips"));
    if (batch) drawAllPreviews(sliders, batch);
  }

  async #previewPad() {
    if (!this.pad || this.#tool !== "style") return;
    const points = this.pad.previewPoints();
    const batch = await this.view.decodeMany(points, this.state.y, "pad");
    if (batch) this.pad.drawPreviews(batch, points, this.view.typicality);
  }

  /** The style of a held-out example, its posterior mean; the class stays what the user chose. */
  #takeStyle(index) {
    const { z, label } = this.view.example(index);
    const { classes, kind: { unit } } = this.model;
    this.example = index;
    this.showExample(index);
    for (const slider of this.#sliders) slider.setMark(z);
    this.said.textContent = `The ${this.what} of held-out ${unit} ${index}, which ${this.reads ? "is" : "shows"} ${classes[label]}.`;
    if (this.reads) this.#putExample(index);
    this.state.go(z);
  }

  /** The sentence of a held-out example: its own words where they are at hand. */
  async #putExample(index) {
    const { z, label } = this.view.example(index);
    const own = await this.originals.values(index);
    if (this.closed || this.example !== index) return;
    this.writing.put(own ? this.view.renderer.text(own) : this.#lineAt(z, label), own);
    this.rows.forget(); // what is marked depends on it
    this.rows.draw();
  }

  // What others hear of it

  #report() {
    const { to, mix } = this.mixing.written;
    showAddress(this.#link());
    this.report("settled", {
      point: { ...this.#point(), match: "z" },
      written: { text: this.writing.text, to, mix },
    });
  }

  #point() {
    return { z: this.state.z, label: this.mixing.written.label, example: this.example };
  }

  #link() {
    const { label, to, mix } = this.mixing.written;
    return linkTo(location.pathname, {
      checkpoint: this.model.name, y: label, z: this.state.z.join(","), example: this.example,
      sampler: this.samplers.linked, text: this.writing.text, to, mix,
    });
  }
}

export const mount = mountScene(".dg", Classes);
