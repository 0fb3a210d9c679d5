// The Arithmetic page's component: images as latent points, and what lies between them, what a concept makes of one, and
// what is to C as B is to A. Everything that follows the finger happens here.

import { Analogy } from "./analogy.js";
import { Between } from "./between.js";
import { ConceptTool } from "./concept.js";
import { element } from "../shared/kit/dom.js";
import { exportMenu, pixelSwitch, timingReadout } from "../shared/latent/menus.js";
import { linkTo } from "../shared/kit/exporting.js";
import { Mean } from "./mean.js";
import { LatentState } from "../shared/latent/latent_state.js";
import { Palette } from "./palette.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { Slots } from "./slots.js";
import { actionRow, copyLinkButton, menu, undoButtons, undoKeys } from "../shared/kit/toolbar.js";

const TOOLS = { between: Between, palette: Palette, concept: ConceptTool, analogy: Analogy, mean: Mean };

class Arithmetic extends Scene {
  build() {
    const { data, view, root } = this;
    const Tool = TOOLS[data.mode];
    this.slots = new Slots(view, this.samplers, data.points, Tool.limits(data));
    const { z, y } = this.slots.withClasses[0];
    this.state = new LatentState(z, y);
    this.tool = new Tool(this);
    this.#build();
    undoKeys(root, this.slots);
    this.state.addEventListener("change", () => this.#changed());
    this.state.addEventListener("settle", () => this.#settled());
    this.slots.addEventListener("change", () => {
      this.tool.aim();
      this.#settled();
    });
    this.tool.aim();
    this.#changed();
    this.sending.show(this.#point());
  }

  /** Take over what a rerun may bring: an uploaded picture, or what Python says of a concept. */
  update(data) {
    const { taken } = data;
    if (taken && taken.id !== this.takenId) {
      this.takenId = taken.id;
      this.slots.take({ ...taken, said: `your ${this.model.kind.unit}` });
    }
    this.tool.follow?.(data);
  }

  close() {
    super.close();
    this.tool?.close();
    this.stopTiming?.();
  }

  #build() {
    const { root, view, state, data, tool } = this;
    const timing = timingReadout(view);
    this.stopTiming = timing.stop;
    const exporting = exportMenu({ view, state, animationUrl: data.animation_url, link: () => this.#link(), ...tool.exports });
    const [open, ...sending] = this.sending.nodes;
    const actions = element("div", { class: "ar-actions" },
      actionRow("Actions", [open, copyLinkButton(() => this.#link())], [
        element("div", { class: "lx-buttons" }, ...undoButtons(this.slots), ...sending, exporting,
          menu("View", pixelSwitch(root), ...timing.nodes)),
      ]));
    root.dataset.mode = data.mode;
    root.replaceChildren(view.node, element("div", { class: "ar-side" }, ...tool.nodes), actions, ...(tool.below ?? []));
  }

  #changed() {
    this.view.draw(this.state.z, this.state.y);
    this.tool.drawn?.();
  }

  #settled() {
    this.sending.show(this.#point());
    this.reportSoon("settled", () =>
      ({ points: this.slots.described, ...this.tool.described, taken: this.takenId ?? null }));
  }

  /** What is seen, as other pages take it. */
  #point() {
    const { z, y } = this.state;
    return { z, label: y ? y.indexOf(Math.max(...y)) : null, example: null };
  }

  #link() {
    const points = this.slots.described.map(({ z, label, example }) =>
      (example === null ? z.join(",") : `e${example}`) + (label === null ? "" : `y${label}`));
    return linkTo(location.pathname, {
      checkpoint: this.model.name, mode: this.data.mode, points: points.join("~"), ...this.tool.described,
      ...this.tool.linked, sampler: this.samplers.linked,
    });
  }
}

export const mount = mountScene(".ar", Arithmetic);
