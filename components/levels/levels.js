// The Levels page's component: one long level from a walk through latent space. It is decoded, stitched and drawn here
// at every event; Python hears of it when the movement ends, and says whether the level can be played.

import { describeMoves, Judge } from "./judging.js";
import { Moving } from "./moving.js";
import { Overlay } from "./overlay.js";
import { setting } from "./setting.js";
import { LevelMaker } from "./stitching.js";
import { exportMenu, levelLink } from "./taking.js";
import { meanStep, movesBetween, shifted, walkBetween, withMoves } from "./walk.js";
import { element } from "../shared/kit/dom.js";
import {
  actionRow, button, copyLinkButton, labelled, numberWithButton, segmented, undoButtons, undoKeys,
} from "../shared/kit/toolbar.js";
import { loadRenderer } from "../shared/kinds/index.js";
import { LatentState } from "../shared/latent/latent_state.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { fixed } from "../shared/kit/numerals.js";

const NOT_HERE = "This model has layers that the page cannot run, so its levels cannot follow your finger. Choose another one.";

/**
 * The state's `z` are the numbers that sliders move: the step, then the shifts. Its `y` is all else, replaced and never
 * changed: {seed, windows, between, moved, sampler}.
 */
class Levels extends Scene {
  #frames = 0;
  #chosen = null;
  #renderers = new Map(); // by the number of windows
  #found = null;

  async load() {
    await Promise.all([super.load(), this.samplers.load()]);
    if (!this.view.engine) return;
    const { model, data: { overlap, limits: { windows: [least, most] } } } = this;
    this.maker = new LevelMaker(this.view.engine, overlap);
    for (let n = least; n <= most; n++) {
      this.#renderers.set(n, await loadRenderer(model.kind, [this.maker.rows, this.maker.columns(n)]));
    }
  }

  build() {
    if (!this.view.engine) {
      this.root.replaceChildren(element("p", { class: "lx-hint" }, NOT_HERE));
      return;
    }
    const { seed, step, windows, between, shifts, moved, sampler } = this.data.level;
    this.vectors = this.data.directions.map(({ vector }) => vector);
    const numbers = [step, ...this.vectors.map((_, i) => shifts?.[i] ?? 0)];
    this.state = new LatentState(numbers, { seed, windows, between, moved: moved ?? [], sampler });
    this.moving = new Moving(this.state);
    this.judge = new Judge(this.data, this.model);
    this.#build();
    undoKeys(this.root, this.state);
    this.samplers.addEventListener("change", () => this.#sample());
    this.state.addEventListener("change", () => this.#changed());
    this.state.addEventListener("settle", () => {
      this.#settled();
      this.reportSoon("settled", () => this.#view());
    });
    this.#changed();
    this.#settled();
  }

  close() {
    super.close();
    this.moving?.stop();
    this.judge?.close();
  }

  // What is on the screen

  #build() {
    this.level = element("div", { class: "lv-level" });
    this.numbers = element("div", { class: "lv-windows", role: "group", "aria-label": "Windows" });
    this.scroll = element("div", { class: "lv-scroll", tabindex: 0, role: "group", "aria-label": "The level: scroll sideways" },
      element("div", { class: "lv-strip" }, this.level, this.numbers));
    this.repairButton = button("Make it playable", "Move as few windows as needed, as little as needed", () => this.#repair(),
      { class: "lv-primary" });
    this.whereButton = button("Show where", "Scroll to where one gets no further", () => this.#show(this.#lastWindow()));
    const walk = this.#walkControls();
    const verdict = element("div", { class: "lv-row" },
      this.judge.verdict, this.repairButton, this.whereButton, this.judge.note, this.#actions());
    this.repairButton.hidden = this.whereButton.hidden = true; // until somebody is stuck
    this.root.replaceChildren(this.scroll, verdict, walk, this.#sliders(), this.judge.facts);
  }

  #walkControls() {
    const { state, data: { limits } } = this;
    const settle = () => state.settle();
    this.settings = [
      setting({
        label: "Step", title: "How far each window is from the one before, in radians", range: limits.step, settle,
        read: () => state.z[0], write: (value) => this.#set(0, value), text: (value) => `${value.toFixed(2)} rad`,
        testid: "step-slider",
      }),
      setting({
        label: "Windows", title: "How many windows the level has", range: limits.windows, whole: true, settle,
        read: () => state.y.windows, write: (windows) => this.#walk({ windows }), text: String, testid: "windows-slider",
      }),
    ];
    this.seedField = numberWithButton({
      text: "Random", title: "Begin another walk", name: "Seed of the walk", hint: "seed", max: limits.seed,
      draw: () => Math.floor(Math.random() * 1000), chosen: (seed) => this.#go({ seed }),
    });
    this.randomNode = element("span", { class: "lx-joined" }, this.seedField.button, this.samplers.menu());
    this.endFields = ["From", "To"].map((text, end) => numberWithButton({
      text, title: "Choose a held-out level", name: `${text}: number of the held-out level`, hint: "sent",
      max: this.view.examples - 1, draw: () => Math.floor(Math.random() * this.view.examples),
      chosen: (example) => this.#go({ between: state.y.between.map((old, i) => (i === end ? { example, z: null } : old)) }),
    }));
    const modes = [[false, "Random walk"], [true, "Between two levels"]];
    this.mode = segmented("Walk", modes, Boolean(state.y.between), (between) => this.#go({ between: between ? this.data.ends : null }));
    this.chosenLabel = element("span");
    this.sendingNode = element("span", { class: "lv-sending", hidden: true }, this.chosenLabel, ...this.sending.nodes);
    return element("div", { class: "lv-row" }, this.mode, ...this.endFields.map(({ node }) => node), this.sendingNode);
  }

  /** The walk's own sliders, then what there is more of. */
  #sliders() {
    const { state, data: { directions, limits: { shift } } } = this;
    const sigmas = (value) => `${value > 0 ? "+" : ""}${fixed(value, 1)} σ`;
    const shifts = directions.map(({ name }, k) => setting({
      label: name, title: `${name}: all windows move along this direction, in standard deviations`, range: [-shift, shift],
      home: 0, read: () => state.z[k + 1], write: (value) => this.#set(k + 1, value), settle: () => state.settle(),
      text: sigmas, testid: "shift-slider",
    }));
    this.settings.push(...shifts);
    const reset = button("Reset", "Take all that there is more of back to 0", () =>
      state.go([state.z[0], ...directions.map(() => 0)]));
    return element("div", { class: "lv-settings" }, ...this.settings.map(({ node }) => node), ...(shifts.length ? [reset] : []));
  }

  #actions() {
    const exporting = exportMenu(this.model.name, () => this.rows, () => this.shown.picture);
    const copying = copyLinkButton(() => levelLink(this.model.name, this.#view()));
    this.seedLabel = labelled("Seed", this.seedField.field);
    return element("div", { class: "lv-actions" },
      actionRow("Actions", [this.randomNode, copying], [
        element("div", { class: "lx-buttons" }, ...undoButtons(this.state), this.seedLabel),
        exporting,
      ]));
  }

  /** A new canvas, where the number of windows is another one. */
  #layOut() {
    const { maker, state: { y: { windows } } } = this;
    if (this.overlay?.n === windows) return;
    this.overlay = new Overlay(maker, windows);
    this.shown = this.#renderers.get(windows).view(`A level of ${windows} windows`, "long-level");
    this.level.replaceChildren(this.shown.node, this.overlay.node);
    this.level.style.setProperty("--columns", maker.columns(windows));
    this.level.style.setProperty("--rows", maker.rows);
    this.level.onclick = (event) => {
      const { left, width } = this.level.getBoundingClientRect();
      this.#choose(this.overlay.windowAt((event.clientX - left) / width));
    };
    this.numbers.style.setProperty("--edge", `${(50 * maker.overlap) / maker.columns(windows)}%`);
    this.numbers.replaceChildren(...Array.from({ length: windows }, (_, i) =>
      button(String(i + 1), `Choose window ${i + 1}, to take it elsewhere`, () => this.#choose(i))));
    if (this.#chosen >= windows) this.#choose(null);
  }

  // What changes the level

  /** A slider's number. Another step is another walk, whose windows nobody has moved. */
  #set(index, value) {
    const { state } = this;
    this.moving.stop();
    const y = index === 0 && state.y.moved.length ? { ...state.y, moved: [] } : state.y;
    state.assign(state.z.map((old, i) => (i === index ? value : old)), y);
  }

  /** Another walk. */
  #walk(change) {
    const { state } = this;
    this.moving.stop();
    state.assign(state.z, { ...state.y, ...change, moved: [] });
  }

  #go(change) {
    this.#walk(change);
    this.state.settle();
  }

  /** The walk of the same seed where another sampler draws. */
  async #sample() {
    const { samplers, state } = this;
    const { chosen } = samplers;
    if (!(await samplers.ready())) return samplers.set(state.y.sampler); // as before, with the reason
    if (samplers.chosen === chosen && !this.closed) this.#go({ sampler: chosen });
  }

  /** Codes [N][D] before windows are moved. */
  #path() {
    const { state: { z: [step, ...shifts], y: { seed, windows, between, sampler } }, model, samplers } = this;
    const ends = between?.map(({ z, example }) => z ?? this.view.example(example).z);
    const walk = ends ? walkBetween(...ends, windows, model.origin) : samplers.loaded(sampler).walk(windows, step, seed);
    return shifted(walk, this.vectors, shifts);
  }

  async #repair() {
    const { state, judge } = this;
    const { z, y } = state;
    if (!this.#found || this.#found.playable || this.repairButton.ariaBusy === "true") return;
    this.repairButton.ariaBusy = "true";
    judge.note.textContent = "Looking for a level nearby that can be played…";
    try {
      const { playable, codes } = await judge.repair(this.codes);
      if (this.closed || state.z !== z || state.y !== y) return; // the user has gone on
      if (playable) {
        const moved = movesBetween(this.#path(), codes);
        this.moving.start(moved, () => this.#show(moved[0]?.window));
      } else judge.note.textContent = "None was found near this one. Try another seed, or a smaller step.";
    } catch (error) {
      judge.note.textContent = `That did not work: ${error.message}`;
    } finally {
      this.repairButton.ariaBusy = "false";
      if (state.z !== z || state.y !== y) this.#describe();
    }
  }

  // What follows

  #changed() {
    this.#layOut();
    const { y } = this.state;
    this.codes = withMoves(this.#path(), y.moved);
    const tiles = this.maker.level(this.codes);
    this.shown.show(tiles);
    const { canvas } = this.shown;
    canvas.dataset.codes = JSON.stringify(this.codes);
    canvas.dataset.frames = ++this.#frames;
    this.rows = JSON.parse(canvas.dataset.tiles);
    this.#found = null;
    this.judge.forget();
    this.overlay.draw(null);
    this.#mark();
    for (const slider of this.settings) slider.show();
    this.randomNode.hidden = this.seedLabel.hidden = Boolean(y.between);
    this.settings[0].node.hidden = Boolean(y.between);
    for (const field of this.endFields) field.node.hidden = !y.between;
    [...this.mode.children].forEach((node, i) => node.setAttribute("aria-pressed", Boolean(y.between) === Boolean(i)));
  }

  /** What is seen, as links.py has it. */
  #view() {
    const { z: [step, ...shifts], y } = this.state;
    return { ...y, step, shifts };
  }

  async #settled() {
    const { seed, between, sampler } = this.state.y;
    this.seedField.set(seed);
    if (sampler !== this.samplers.chosen) this.samplers.set(sampler); // undone
    this.endFields.forEach((field, end) => field.set(between?.[end].example));
    this.shown.settle();
    this.#describe();
    const found = await this.judge.check(this.codes);
    if (!found || this.closed) return;
    this.#found = found;
    this.overlay.draw(found.path, found.playable);
    this.repairButton.hidden = this.whereButton.hidden = found.playable;
  }

  #describe() {
    const { y: { moved, windows } } = this.state;
    this.judge.note.textContent = describeMoves(moved, windows);
    this.judge.distance.textContent = `Neighbouring windows are ${meanStep(this.codes).toFixed(1)} apart in latent space on average.`;
  }

  #mark() {
    const moved = this.state.y.moved.map(({ window }) => window);
    this.overlay.mark(moved, this.#chosen);
    [...this.numbers.children].forEach((node, i) => {
      node.setAttribute("aria-pressed", i === this.#chosen);
      node.textContent = moved.includes(i) ? `${i + 1} moved` : String(i + 1);
    });
    if (this.#chosen !== null) this.sending.show({ z: this.codes[this.#chosen] });
  }

  #choose(window) {
    this.#chosen = window === this.#chosen ? null : window;
    this.sendingNode.hidden = this.#chosen === null;
    this.chosenLabel.textContent = `Window ${this.#chosen + 1}:`;
    this.#mark();
  }

  /** The window in which the way ends. */
  #lastWindow() {
    return this.overlay.windowAt((this.#found.end + 0.5) / this.overlay.columns);
  }

  /** Scroll a window into view. */
  #show(window) {
    this.numbers.children[window]?.scrollIntoView({ block: "nearest", inline: "center" });
  }
}

export const mount = mountScene(".lv", Levels);
