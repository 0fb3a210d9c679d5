// The Reconstruct page's component: an input (drawn or painted, uploaded, sent or a stored example), what is done to it (noise, or a
// part hidden), what the model makes of it, and how the two differ. Everything is encoded and decoded here, at every
// event of a stroke or a slider.

import { describeInput, nameInput, nameResult } from "./captions.js";
import { Changes } from "./changes.js";
import { ClassChoice } from "../shared/latent/class_choice.js";
import { ColumnMask } from "./column_mask.js";
import { CompletionsPanel } from "./completions_panel.js";
import { DifferencePanel } from "./difference_panel.js";
import { DisturbPanel } from "../shared/bring/disturb_panel.js";
import { element } from "../shared/kit/dom.js";
import { SIDE } from "../shared/bring/pads/draw_pad.js";
import { fromBase64 } from "../shared/kit/bytes.js";
import { rounded } from "../shared/latent/latent_state.js";
import { offersOf, padFor } from "./making.js";
import { MaskPad } from "./mask_pad.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { paint, pictureCanvas } from "../shared/kinds/picture.js";
import { ScorePanel } from "./score_panel.js";
import { fitOf, scored } from "../shared/engine/scores.js";
import { StoredExamples } from "./stored_examples.js";
import { Strips } from "./strips.js";
import { WordPad } from "./word_pad.js";
import { segmented } from "../shared/kit/toolbar.js";

const SLOW_MS = 150; // what is beside the picture follows at this pace

class Reconstructor extends Scene {
  #x = null;
  #tool = "plain";
  #slowly = 0;
  #timer = 0;

  build() {
    if (!this.view.engine) throw new Error("it has layers that the page cannot run");
    this.view.engine.assumeLikelihood(this.data.likelihood);
    this.#build();
  }

  close() {
    super.close();
    clearTimeout(this.#timer);
    this.completions?.close();
  }

  /** Another source, or another upload. */
  update({ mode, input, point }) {
    this.root.dataset.mode = mode;
    this.#showTool();
    if (mode === "upload") {
      if (!input) return;
      this.#take(this.view.renderer.fromRest(fromBase64(input)));
    } else if (mode === "example") this.#takeExample(this.examples.index);
    else if (mode === "sent") this.#takeDecoded(point);
    else this.#takeDrawing();
    this.#settle();
  }

  // What is on the screen

  #build() {
    const { model, view, data } = this;
    const { renderer } = view;
    this.offers = offersOf(view);
    const { unit } = model.kind;
    const dark = Boolean(data.look?.dark);
    const heard = { changed: () => this.#run(), settled: () => this.#settle() };
    const drawn = { changed: () => this.#takeDrawing(), settled: () => this.#settle() };
    this.pad = padFor(renderer, { unit, look: data.look, start: () => this.#clearExample(), heard: drawn });
    this.noise = new DisturbPanel({ renderer, trained: data.trained_on_noise, ...heard });
    if (this.offers.filling) this.mask = new ColumnMask({ renderer, unit, typical: () => this.#typical(), ...heard });
    else if (this.offers.hiding) this.mask = new MaskPad({ renderer, unit, background: renderer.background ?? (dark ? 0 : 1), ...heard });
    if (renderer.reading) this.words = new WordPad({ renderer, masks: data.trained_on_masks, changed: () => this.#rehide() });
    this.shownInput = renderer.view("The model's input", "input-image", { still: true });
    this.seen = pictureCanvas(renderer, "seen-image", "What the model sees of the drawing");
    this.difference = new DifferencePanel(view);
    this.strips = new Strips(view);
    this.completions = new CompletionsPanel(view, data, (...given) => this.#takeCompletion(...given), (found) => view.shown.fan?.(found));
    this.examples = new StoredExamples(view, data, (index) => {
      this.#takeExample(index);
      this.#settle();
      this.report("settled", { example: index });
    });
    this.panel = new ScorePanel(data, model);
    this.choice = new ClassChoice(model, () => this.#settle());
    const tools = [["plain", "As it is", true], ["noise", "Add noise or blur", this.offers.noise], ["hide", "Hide a part", this.offers.hiding]];
    const offered = tools.filter(([, , possible]) => possible).map(([tool, name]) => [tool, name]);
    this.tools = segmented(`What to do with the ${unit}`, offered, "plain", (tool) => this.#use(tool));
    this.tools.hidden = offered.length < 2;
    this.caption = element("figcaption");
    this.resultTitle = element("figcaption");
    this.misfit = element("p", { class: "rc-names", hidden: !renderer.misfit, "data-testid": "misfit" });
    this.sees = element("figure", {}, element("figcaption", {}, "What the model sees"), this.seen);
    this.root.replaceChildren(
      element("div", { class: "rc-main" },
        element("div", { class: "rc-row" }, this.tools, this.examples.node),
        element("div", { class: "rc-pictures" },
          element("figure", {}, this.caption, this.pad.node, ...(this.pad.controls ? [this.pad.controls] : []), this.shownInput.node, ...(this.mask ? [this.mask.node] : [])),
          element("figure", {}, this.resultTitle, this.#result(), view.hint)),
        ...(this.changes ? [this.changes.text] : []), this.misfit, this.pad.tools, this.noise.node, this.noise.text, ...(this.mask ? [this.mask.tools] : []), ...(this.words ? [this.words.node] : [])),
      element("div", { class: "rc-side" }, ...this.choice.nodes, this.panel.node,
        element("div", { class: "lx-buttons" }, ...this.sending.nodes)),
      this.completions.node,
      element("div", { class: "rc-below" }, this.sees, this.difference.node, this.strips.node));
  }

  /** What the model draws at the middle of its latent space. */
  #typical() {
    return this.view.engine.decode(this.model.origin, this.choice.y ?? this.firstCondition).slice();
  }

  /** The reconstruction, with what it changes marked where the kind can say that. */
  #result() {
    const { shown, renderer } = this.view;
    if (!this.offers.changes) return shown.node;
    this.changes = new Changes(renderer, shown);
    return element("div", { class: "rc-marked" }, shown.node, this.changes.canvas);
  }

  /** What the first view of the model shows. */
  #clearExample() {
    const { z, y } = this.firstPoint;
    return this.view.engine.decode(z, y).slice();
  }

  #use(tool) {
    this.#tool = tool;
    this.#showTool();
    if (tool === "hide" && this.mask.empty) this.mask.hideHalf(); // something to see at once
    else {
      this.#run();
      this.#settle();
    }
  }

  #showTool() {
    const { mode } = this.data;
    const tool = this.#tool;
    const drawing = mode === "draw" && tool === "plain";
    for (const part of [this.pad.node, this.pad.tools, this.pad.controls]) if (part) part.hidden = !drawing;
    this.sees.hidden = !drawing || !this.offers.drawing;
    this.shownInput.node.hidden = drawing || tool === "hide";
    this.#showCompletions();
    if (this.mask) this.mask.node.hidden = this.mask.tools.hidden = tool !== "hide";
    this.noise.node.hidden = this.noise.text.hidden = tool !== "noise";
    this.examples.node.hidden = mode !== "example";
    this.caption.textContent = nameInput(mode, tool, this.offers, this.examples.name);
    this.caption.title = mode === "example" ? this.examples.reservation : "";
    this.#nameResult();
    this.difference.name(tool);
  }

  #nameResult() {
    this.resultTitle.textContent = nameResult(this.#tool === "hide" || this.#hiding, this.words);
  }

  /** A part may be hidden by a tool, or by pressing its words. */
  #showCompletions() {
    const hides = this.#tool === "hide" || this.#hiding;
    this.root.dataset.tool = hides ? "hide" : this.#tool;
    this.completions.node.hidden = !hides;
  }

  #rehide() {
    this.#run();
    this.#showCompletions();
    this.#settle();
  }

  // From the source to the input

  #takeDrawing() {
    if (this.data.mode !== "draw") return;
    const { painting, typing, sketching, filling } = this.offers;
    if (painting || sketching || filling || (typing && this.pad.values)) this.#take(this.pad.values, this.pad.words);
    else if (this.offers.drawing) this.#take(this.view.renderer.fromDrawing(this.pad.inks(), SIDE, this.data.look));
  }

  #takeExample(index) {
    this.examples.choose(index);
    this.#showTool(); // some examples are originals, and some may not be
    if (this.examples.original) this.#takeOriginal(index);
    else {
      this.#takeDecoded(this.examples.decoded);
      this.root.dataset.example = index;
    }
  }

  async #takeOriginal(index) {
    const x = await this.examples.values();
    if (this.closed || this.data.mode !== "example" || this.examples.index !== index) return;
    if (!x) { // they went away
      this.#showTool();
      this.#takeDecoded(this.examples.decoded);
    } else this.#take(x);
    this.root.dataset.example = index;
    this.#settle();
  }

  #takeDecoded({ z, label }) {
    this.#take(this.view.engine.decode(z, this.view.condition(label)).slice());
  }

  #take(x, typed = null) {
    this.#x = x;
    this.words?.take(x, typed);
    this.#run();
    if (this.words) this.#showCompletions();
  }

  /** Send a completion's point on, and let it be heard where examples sound. */
  #takeCompletion(z, label, values, number) {
    this.#send(z, label);
    if (!this.offers.sounding) return;
    this.view.draw(z, this.view.condition(label), values);
    this.changes?.show(this.#x, values);
    this.resultTitle.textContent = `Completion ${number}`;
  }

  // From the input to everything else

  #run() {
    if (!this.#x) return;
    const { view } = this;
    this.input = this.#disturbed();
    this.y = this.choice.y;
    this.scores = scored(view.engine, this.input, this.y, (mu) => mu.map(rounded));
    this.again = this.scores.shown.slice();
    this.fit = fitOf(view.engine, this.again, this.#x, this.#hiding?.visible ?? null);
    this.#blame();
    this.words?.show(view.engine.likelihood.nlls(view.engine.logits, this.#x), view.engine.logits);
    view.shown.compare?.(this.#x);
    view.draw(this.scores.z, this.y, this.again);
    this.#nameResult();
    if (this.#tool === "hide") this.mask.paint(this.#x);
    else if (!this.shownInput.node.hidden) this.shownInput.show(this.input);
    else if (!this.sees.hidden) paint(this.seen, this.input, view.renderer);
    this.difference.show(this.input, this.again);
    this.changes?.show(this.input, this.again);
    this.choice.follow((y) => this.#lossOf(y), this.scores.neg_elbo);
    if (performance.now() - this.#slowly > SLOW_MS) this.#showBeside();
    else if (!this.#timer) this.#timer = setTimeout(() => this.#showBeside(), SLOW_MS); // what a fast stroke skipped
  }

  /** What each visible value of the example costs, marked in the reconstruction and said. */
  #blame() {
    const { engine, shown, renderer } = this.view;
    if (!renderer.misfit) return;
    const visible = this.#hiding?.visible;
    const costs = engine.likelihood.misfits(engine.logits, this.#x).map((cost, i) => (visible && !visible[i % visible.length] ? 0 : cost));
    this.costs = costs;
    shown.fan?.([]);
    shown.blame(costs);
    this.misfit.textContent = renderer.misfit(costs, this.#x);
  }

  #disturbed() {
    if (this.#tool === "noise") return this.noise.apply(this.#x);
    return this.#hiding ? this.#hiding.apply(this.#x) : this.#x;
  }

  #lossOf(y) {
    return scored(this.view.engine, this.input, y, (mu) => mu).neg_elbo;
  }

  /** What need not follow at every event. */
  #showBeside() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#slowly = performance.now();
    this.panel.show(this.scores, describeInput(this.model.kind.unit, this.#hiding, this.#noise), this.#found());
    if (this.#tool === "noise") this.noise.judge(this.#x, this.input, this.again);
    this.#send(this.scores.z, this.y?.indexOf(1) ?? null);
    this.strips.show(this.scores, this.y, this.#x);
  }

  /** What the verdict rests on: the example before anything was done to it, and what came out. */
  #found() {
    const { view, fit, scores } = this;
    return {
      input: view.reader.read(this.#x), result: view.reader.readDrawn(this.again), loss: fit.nll, explained: fit.explained,
      typical: view.typicality.percentile(scores.z),
      worst: this.costs ? Math.max(...this.costs) : 0,
      kept: view.renderer.reading?.kept(this.#x, this.again),
      how: this.#hiding ? "hidden" : this.#noise ? "noisy" : this.data.mode === "draw" ? "drawn" : "given",
    };
  }

  /** The noise that is added now, in words; empty or false without any. */
  get #noise() {
    return this.#tool === "noise" && this.noise.description;
  }

  /** What hides a part now: the mask, or the words; null where all is seen. */
  get #hiding() {
    const pad = this.words ?? (this.#tool === "hide" ? this.mask : null);
    return pad && !pad.empty ? pad : null;
  }

  /** A movement has ended. */
  #settle() {
    if (!this.#x) return;
    this.choice.settle((y) => this.#lossOf(y));
    if (this.choice.y !== this.y) this.#run();
    this.#showBeside();
    if (this.#hiding) this.completions.show(this.#x, this.#hiding.visible.slice(), this.choice.possible, this.words && this.input);
    else this.completions.clear();
  }

  #send(z, label) {
    this.sending.show({ z: z.map(rounded), label });
  }
}

export const mount = mountScene(".lx", Reconstructor);
