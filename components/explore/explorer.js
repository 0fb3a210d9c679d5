// The Explore page's component: sliders, pad and pictures around one latent point. Everything that follows the finger
// happens here; Python hears of a point when the finger lifts.

import { dimensionAxes, directionAxes } from "../shared/latent/axes.js";
import { Beside } from "./beside.js";
import { Draws } from "./draws.js";
import { glanceAt, mayGlance } from "./first_view.js";
import { element } from "../shared/kit/dom.js";
import { exportMenu, pixelSwitch, timingReadout } from "../shared/latent/menus.js";
import { linkTo } from "../shared/kit/exporting.js";
import { LatentPad } from "../shared/latent/pad.js";
import { drawAllPreviews, LatentSlider } from "../shared/latent/slider.js";
import { showAddress } from "../shared/app/addresses/address.js";
import { oneHot } from "../shared/engine/condition.js";
import { classPicker } from "../shared/kit/class_picker.js";
import { LatentState } from "../shared/latent/latent_state.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { randomPicker } from "../shared/kit/sampler_choice.js";
import {
  actionRow, copyLinkButton, examplePicker, historyButtons, labelled, menu, resetButton, segmented, undoKeys,
} from "../shared/kit/toolbar.js";

const TILES_OF_CURVES = 7; // along a side of the pad: more are not legible
const [PREVIEW_INTERVAL_MS, READ_INTERVAL_MS] = [150, 300]; // filmstrips follow a drag at this pace, the picture itself at every event

class Explorer extends Scene {
  #axesKind = "dimensions";
  #range = "quantiles";
  #sliders = [];
  #pad = null;
  #fade = true;
  #touched = null;
  #previewed = 0;

  /** What judges the point comes later: on a slow line the picture follows the finger long before. */
  load() {
    return this.view.loadDecoder();
  }

  async build() {
    const { z, y, example, given } = this.firstPoint;
    this.example = example;
    this.state = new LatentState(z, y);
    const { state } = this;
    if (given) this.#touch();
    for (const event of ["pointerdown", "keydown"]) this.root.addEventListener(event, () => this.#touch());
    const glances = !given && mayGlance(this.model.name);
    this.pictures = element("div", { class: "lx-pictures" }, this.view.node);
    this.actions = element("div", { class: "lx-actions" });
    this.axesHolder = element("div", { class: "lx-axes" });
    this.root.replaceChildren(this.pictures, this.axesHolder, this.actions);
    undoKeys(this.root, state);
    state.addEventListener("change", () => this.#changed());
    state.addEventListener("settle", () => this.#settled());
    this.samplers.addEventListener("change", () => showAddress(this.#link()));
    this.#build();
    await this.update(this.data);
    this.#changed();
    this.#send();
    this.view.load().then(() => this.#judged(), (error) => this.view.setHint(error.message));
    if (glances && this.#sliders.length) this.endGlance = glanceAt(this.model.name, this.#sliders[0]);
  }

  /** The stored examples are here, and what says how far a picture can be trusted. */
  #judged() {
    if (this.closed) return;
    this.#mark();
    this.#previewPad();
    this.beside.draw();
  }

  close() {
    super.close();
    this.endGlance?.();
    for (const slider of this.#sliders) slider.stop();
    this.stopTiming?.();
    this.beside?.close();
  }

  /** Take over what a rerun may change: the models beside the first. The point stays where the user has it. */
  update(data) {
    return this.beside.show(data.models.slice(1), data.decode_url);
  }

  // What is on the screen

  #build() {
    const { state, model } = this;
    this.beside = new Beside(this.view, state, {
      match: this.data.match,
      example: () => this.example,
      goToExample: (index) => this.#goToExample(index),
      place: (nodes) => {
        this.pictures.replaceChildren(this.view.node, ...nodes);
        this.root.dataset.pictures = nodes.length + 1;
      },
    });
    const parts = [this.#actions(), this.beside.control];
    if (state.y) parts.unshift(classPicker(state, model));
    if (this.view.renderer.legend) parts.push(this.#legend());
    if (Draws.suit(this.view)) {
      this.draws = new Draws(this.view);
      parts.unshift(this.draws.node);
    }
    this.actions.replaceChildren(...parts);
    if (model.directions.length < 2) this.#axesKind = "dimensions";
    this.#buildAxes();
  }

  /** What the symbols mean; folded where there is little room. */
  #legend() {
    const open = !matchMedia("(max-width: 760px)").matches;
    return element("details", { class: "lx-folded lx-legend", open }, element("summary", {}, "Legend"),
      this.view.renderer.legend());
  }

  #buildAxes() {
    const { state, model } = this;
    for (const slider of this.#sliders) slider.stop();
    this.#sliders = [];
    const axes = this.#axesKind === "dimensions"
      ? dimensionAxes(model.dimensions, model.origin, model.kind.unit)
      : directionAxes(model.directions, model.center, model.origin);
    const active = axes.filter((axis) => axis.active);
    const inactive = axes.filter((axis) => !axis.active);
    const sliders = (some) => some.map((axis) => {
      const slider = new LatentSlider(state, axis, this.#range, this.view.renderer, (touched) => (this.#touched = touched));
      this.#sliders.push(slider);
      return slider.node;
    });
    this.#pad = null;
    const nodes = [];
    if (axes.length === 2) {
      const ordered = [...axes].sort((a, b) => a.name.localeCompare(b.name));
      this.#pad = new LatentPad(state, ordered, this.#range, this.view.renderer.misfit ? TILES_OF_CURVES : undefined);
      nodes.push(this.#pad.node);
    }
    nodes.push(element("div", { class: "lx-sliders" }, ...sliders(active.slice(0, this.data.shown))));
    nodes.push(...this.#folded((n) => `${n} more ${n === 1 ? "dimension" : "dimensions"}`, active.slice(this.data.shown), sliders));
    nodes.push(...this.#folded((n) => `${n} inactive ${n === 1 ? "dimension" : "dimensions"}: ${n === 1 ? "it carries" : "they carry"} nothing`, inactive, sliders, !active.length));
    this.axesHolder.replaceChildren(...nodes);
    this.#mark();
    this.#preview();
    this.#previewPad();
  }

  #folded(title, axes, sliders, open = false) {
    if (!axes.length) return [];
    const folded = element("details", { class: "lx-folded", open }, element("summary", {}, title(axes.length)));
    // Built only when opened: a 512-dimensional model has many.
    folded.addEventListener("toggle", () => {
      folded.append(...sliders(axes));
      this.#preview();
    }, { once: true });
    return [folded];
  }

  #actions() {
    const { state, model, view } = this;
    const random = randomPicker(this.samplers, () => state.y, (z) => state.go(z));
    const examples = examplePicker(view.examples, (index) => this.#goToExample(index), model.kind.unit);
    this.showExample = examples.set;
    examples.set(this.example);
    return actionRow("Actions", [random.node, examples.button, copyLinkButton(() => this.#link())], [
      element("div", { class: "lx-buttons" }, resetButton(state, model), ...historyButtons(state)),
      element("div", { class: "lx-buttons" }, labelled("Seed", random.field), labelled("Example", examples.field)),
      element("div", { class: "lx-buttons" }, ...this.sending.nodes, this.#exportMenu(), this.#viewMenu()),
    ]);
  }

  #exportMenu() {
    const { view, state, data } = this;
    return exportMenu({
      view, state,
      animationUrl: data.animation_url,
      link: () => this.#link(),
      axes: () => this.#sliders,
      moved: () => this.#touched ?? this.#sliders[0],
    });
  }

  #viewMenu() {
    const again = (change) => (value) => {
      change(value);
      this.#buildAxes();
    };
    const kinds = [["dimensions", "Dimensions"], ["directions", "Principal directions"]];
    const switches = [
      segmented("Range", [["quantiles", "Data range"], ["sigmas", "±3 σ"]], this.#range, again((v) => (this.#range = v))),
      segmented("Guesses", [[true, "Fade guesses"], [false, "Show all"]], this.#fade, again((v) => (this.#fade = v))),
    ];
    if (this.model.directions.length >= 2) {
      switches.unshift(segmented("Sliders", kinds, this.#axesKind, again((v) => (this.#axesKind = v))));
    }
    const timing = timingReadout(this.view);
    this.stopTiming = timing.stop;
    return menu("View", ...switches, pixelSwitch(this.root), ...timing.nodes);
  }

  // The first view

  /** Somebody takes over: numbers appear, and nothing moves by itself any more. */
  #touch() {
    this.root.dataset.touched = "";
  }

  // What follows the point

  #changed() {
    this.view.draw(this.state.z, this.state.y);
    this.beside.draw();
    for (const slider of this.#sliders) slider.show();
    this.#pad?.show();
    const now = performance.now();
    if (now - this.#previewed > (this.view.renderer.line ? READ_INTERVAL_MS : PREVIEW_INTERVAL_MS)) {
      this.#previewed = now;
      this.#preview();
    }
    if (this.state.y !== this.previewedY) this.#previewPad();
  }

  #settled() {
    this.#preview();
    this.#send();
    showAddress(this.#link());
    this.report("settled", {
      point: { z: this.state.z, label: this.#label(), example: this.example, match: this.beside.match },
    });
  }

  /** Filmstrips of all sliders that are there. */
  async #preview() {
    const sliders = [...this.#sliders];
    const points = sliders.flatMap((slider) => slider.previewPoints());
    this.draws?.show(this.state.z, this.state.y);
    const batch = points.length && (await this.view.decodeStrips(points, this.state.y, "strips"));
    if (batch) drawAllPreviews(sliders, batch, this.#sentence());
  }

  /** What is read now, for what is marked beside it. */
  #sentence() {
    const { engine, renderer } = this.view;
    return renderer.line && engine ? engine.decode(this.state.z, this.state.y) : null;
  }

  async #previewPad() {
    this.previewedY = this.state.y;
    const pad = this.#pad;
    if (!pad) return;
    const points = pad.previewPoints();
    const batch = await this.view.decodeMany(points, this.state.y, "pad");
    if (batch) pad.drawPreviews(batch, points, this.#fade ? this.view.typicality : null);
  }

  #send() {
    this.sending.show({ z: this.state.z, label: this.#label(), example: this.example });
  }

  #mark() {
    const z = this.example === null || !this.view.latents ? null : this.view.example(this.example).z;
    for (const slider of this.#sliders) slider.setMark(z);
  }

  async #goToExample(index) {
    const { state, model } = this;
    await this.view.loadLatents();
    const { z, label } = this.view.example(index);
    this.example = index;
    this.showExample?.(index);
    state.go(z, state.y && oneHot(label, model.classes.length));
    this.#mark();
    this.beside.draw();
  }

  #label() {
    return this.state.y?.indexOf(1) ?? null;
  }

  #link() {
    const { names, match } = this.beside;
    return linkTo(location.pathname, {
      checkpoint: this.model.name,
      y: this.#label(),
      z: this.state.z.join(","),
      example: this.example,
      sampler: this.samplers.linked,
      compare: names,
      match: names && match,
    });
  }
}

export const mount = mountScene(".lx", Explorer);
