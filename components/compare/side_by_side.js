// Models side by side: the same example, seed or place in each, at every event of a finger. Python hears of what is seen when the
// finger lifts.

import { showAddress } from "../shared/app/addresses/address.js";
import { mountOnce, showError } from "../shared/app/mounting.js";
import { linkTo } from "../shared/kit/exporting.js";
import { element } from "../shared/kit/dom.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { Soon } from "../shared/kit/soon.js";
import { segmented } from "../shared/kit/toolbar.js";
import { Column } from "./column.js";
import { Examples } from "./examples.js";
import { MODES } from "./modes.js";
import { batchOf, sizeOf } from "./sheet.js";

const [SHEET_MS, REPORT_MS] = [150, 200]; // sheets follow a finger at this pace, Python hears of what is at rest
const PAPER = "rgb(250, 250, 248)";

export const mount = mountOnce(".cp", (root, data, report) => {
  const stage = new SideBySide(root, data, report);
  stage.start().catch((error) => showError(root, error));
  return stage;
});

/**
 * @property {object} seen  what the page shows: the mode `show`, the number of the `example`, the `seed` and the `sampler`
 *   (null: usual for each model), the noise's `kind` and `strength`, and of the traversal the dimension `dim`, counted by
 *   what they carry if `ranked`, the place `at` on it in σ, and whether it `start`s at the example
 * @property {?Float32Array} values  of the example, once they are here
 * @property {number[]} window  the examples on the sheets
 */
export class SideBySide {
  #sheets = new Soon(SHEET_MS);
  #report = new Soon(REPORT_MS);
  #drawn = 0;

  constructor(root, data, report) {
    Object.assign(this, { root, data, report, seen: { ...data.seen }, columns: [], values: null });
  }

  async start() {
    const { root, data } = this;
    const columns = await Promise.all(data.models.map((model) => Column.of(model, data.decode_url)));
    if (this.closed) return columns.forEach((column) => column.close());
    this.columns = columns;
    this.source = columns[data.source].view;
    const { renderer } = this.source;
    root.style.setProperty("--lx-rendering", renderer.smooth ? "auto" : "pixelated");
    root.style.setProperty("--lx-ground", this.source.paper ? PAPER : "#000");
    this.examples = new Examples(this.source, data);
    this.seen.example = Math.min(this.seen.example, Math.max(0, this.examples.count - 1));
    this.first = this.seen.example;
    if (!MODES[this.seen.show].suits(this)) this.seen.show = Object.keys(MODES).find((id) => MODES[id].suits(this));
    // What does not need the stored codes is shown before they are here: they take longest.
    if (!this.examples.atHand || columns.some(({ model }) => model.label !== null)) await this.source.loadLatents();
    if (this.examples.count && !this.examples.atHand) await Promise.all(columns.map(({ view }) => view.loadLatents()));
    if (this.closed) return;
    this.#build();
    await this.goTo(this.seen.example);
  }

  close() {
    this.closed = true;
    for (const waiting of [this.#sheets, this.#report]) waiting.close();
    this.columns.forEach((column) => column.close());
  }

  // What is on the screen

  #build() {
    const { root, columns, source } = this;
    const suiting = Object.entries(MODES).filter(([, mode]) => mode.suits(this));
    const missing = Object.values(MODES).filter((mode) => !mode.suits(this) && mode.lacks);
    const choice = segmented("Compare", suiting.map(([id, { title }]) => [id, title]), this.seen.show, (show) => {
      this.set({ show });
      this.settle();
    });
    this.controls = element("div", { class: "cp-mode" });
    this.inputText = element("p", { class: "cp-title", "data-testid": "input-words" });
    this.inputView = source.renderer.view("What the models are given", "input-image", { still: true });
    const { columns: across } = sizeOf(source.renderer);
    this.inputSheet = new PictureButtons("Examples", this.window.map((index) => ({ name: this.#nameOf(index) })), source.renderer,
      (i) => this.goTo(this.window[i]), { class: "cp-buttons", style: `--columns: ${across}` });
    this.input = element("section", { class: "cp-column cp-input", "aria-label": "Input" },
      element("h3", { class: "cp-name" }, "Input"), this.inputText, element("div", { class: "cp-shown" }, this.inputView.node),
      element("p", { class: "cp-words" }), this.inputSheet.node);
    this.grid = element("div", { class: "cp-columns" }, this.input, ...columns.map(({ node }) => node));
    const notes = [...missing.map((mode) => mode.lacks(this)), ...this.#saidOfExamples()];
    root.replaceChildren(element("div", { class: "cp-head" }, choice, this.controls), this.grid,
      ...(notes.length ? [element("p", { class: "cp-note" }, notes.join(" "))] : []));
    const pick = this.examples.count
      ? { count: this.examples.count, chosen: (index) => this.#pick(index), done: () => this.settle() }
      : null;
    for (const column of columns) column.showPlane(pick);
  }

  #saidOfExamples() {
    const { examples, source } = this;
    const { unit } = source.model.kind;
    if (examples.atHand) return [];
    return [examples.count
      ? `The ${unit}s themselves are not on this computer: each model shows what it makes of the same held-out ${unit}.`
      : `The held-out ${unit}s are not on this computer, and the models have stored others each: they cannot be given the same.`];
  }

  #showMode() {
    const { show } = this.seen;
    if (this.mode !== this.modes?.[show] || !this.mode) {
      this.modes ??= {};
      this.mode = this.modes[show] ??= new MODES[show].Mode(this);
      this.controls.replaceChildren(this.mode.node);
      this.root.dataset.show = show;
    }
    this.mode.show?.();
  }

  // What is seen

  /** The examples on the sheets: the chosen one stands first unless it was chosen there. */
  get window() {
    const { count } = sizeOf(this.source.renderer);
    const all = this.examples.count;
    return Array.from({ length: Math.min(count, all) }, (_, i) => (this.first + i) % all);
  }

  /** Another example, from a picker, a sheet or a plane. */
  async goTo(example) {
    if (this.examples.count && !this.window.includes(example)) this.first = example;
    await this.#take(example);
    this.settle();
  }

  #pick(example) {
    if (this.seen.show === "samples") return this.#modeOfExamples(example);
    this.first = example;
    return this.#take(example);
  }

  /** Samples have no example: a press on a plane asks for the reconstruction of one. */
  #modeOfExamples(example) {
    this.root.querySelector('.cp-head [data-choice="examples"]').click();
    return this.#pick(example);
  }

  async #take(example) {
    const asked = ++this.#drawn;
    this.seen.example = example;
    this.values = this.examples.known(example);
    if (!this.values && this.examples.count) {
      const [values] = (await this.examples.values([example])) ?? [null];
      if (this.closed || asked !== this.#drawn) return; // the finger is elsewhere by now
      this.values = values;
    }
    this.set({ example });
  }

  /** Show something else: at once what the finger moves, soon all beside it. */
  set(change) {
    Object.assign(this.seen, change);
    this.#showMode();
    this.#showInput();
    for (const column of this.columns) {
      const point = this.mode.point(column);
      if (point) column.show(point);
    }
    this.root.dataset.seen = JSON.stringify(this.seen);
    this.#sheets.do(() => this.#showSheets());
  }

  /** The movement has ended. */
  settle() {
    for (const { view } of this.columns) view.shown.settle?.();
    showAddress(this.#link());
    this.#report.do(() => this.report("settled", this.seen));
  }

  #showInput() {
    const { input } = this.mode;
    this.input.hidden = !input;
    this.grid.style.setProperty("--n", this.columns.length + Number(Boolean(input)));
    if (!input) return;
    this.inputText.textContent = input.caption;
    this.inputView.show(input.values);
  }

  async #showSheets() {
    const { mode, window, source } = this;
    if (mode.ready && !(await mode.ready())) return;
    const ofExamples = Boolean(mode.seen);
    const examples = ofExamples ? await this.examples.values(window) : null;
    if (this.closed || mode !== this.mode || examples?.includes(null)) return;
    if (examples) {
      this.inputSheet.draw(batchOf(source.renderer, examples.map((values) => mode.seen(values))));
      window.forEach((index, i) => this.inputSheet.name(i, this.#nameOf(index)));
      this.inputSheet.mark((i) => window[i] === this.seen.example);
    }
    for (const column of this.columns) column.showSheet(mode.many(column, examples));
  }

  #nameOf(example) {
    return `Held-out ${this.source.model.kind.unit} ${example}`;
  }

  /** The address of what is seen. */
  #link() {
    const { runs, see } = this.data;
    return linkTo(location.pathname, { runs, see, ...parametersOf(this.seen) });
  }
}

/** What is seen as links.py reads it. */
function parametersOf({ show, example, seed, sampler, dim, at, ranked, start, kind, strength }) {
  return {
    examples: { show, example },
    noise: { show, example, noise: kind, strength: strength.toFixed(2) },
    samples: { show, seed, sampler },
    traversal: { show, example, dim, at: at.toFixed(2), ranked: Number(ranked), from: Number(start) },
  }[show];
}
