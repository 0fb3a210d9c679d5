// The images that one calculates with: A, B, C …, each a latent point with its class, and the tools that change one.

import { capitalized, element } from "../shared/kit/dom.js";
import { ExampleSheet } from "./example_sheet.js";
import { oneHot } from "../shared/engine/condition.js";
import { History } from "../shared/kit/history.js";
import { rounded } from "../shared/latent/latent_state.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { randomPicker } from "../shared/kit/sampler_choice.js";
import { button, examplePicker, labelled, menu } from "../shared/kit/toolbar.js";

const LETTERS = "ABCDEFGH";

/**
 * @typedef {object} Point
 * @property {number[]} z
 * @property {?number} label  the class it is drawn as, of a conditional model
 * @property {?number} example  the stored example that it is
 * @property {?string} said  where else it comes from
 */

/** Event "change": another image, or one more or less. */
export class Slots extends EventTarget {
  #history;
  #selected = 0;

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view
   * @param {import("../shared/kit/sampler_choice.js").SamplerChoice} samplers
   * @param {object[]} points  {z, label, example}, as links carry them
   * @param {{least: number, most: number}} limits
   */
  constructor(view, samplers, points, limits) {
    super();
    Object.assign(this, { view, model: view.model, samplers, limits });
    this.#history = new History(points.map((point) => this.#whole(point)));
    this.holder = element("div", { class: "ar-cards" });
    this.tools = element("div", { class: "ar-tools", role: "group" });
    this.node = element("div", { class: "ar-slots" }, this.holder, this.tools);
    this.#buildTools();
    this.#build();
  }

  /** @type {Point[]} */
  get points() {
    return this.#history.now;
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /** Class weights of an image, null for an unconditional model. */
  y(i) {
    const { label } = this.points[i];
    return label === null ? null : oneHot(label, this.model.classes.length);
  }

  get withClasses() {
    return this.points.map(({ z }, i) => ({ z, y: this.y(i) }));
  }

  /** What a link or Python needs of each. */
  get described() {
    return this.points.map(({ z, label, example }) => ({ z: example === null ? z : null, label, example }));
  }

  /** Put another point into the selected place. */
  take(point) {
    this.#go(this.points.map((old, i) => (i === this.#selected ? this.#whole(point) : old)));
  }

  /** Put other points into all places. */
  set(points) {
    this.#go(points.map((point) => this.#whole(point)));
  }

  undo() {
    this.#change(() => this.#history.undo());
  }

  redo() {
    this.#change(() => this.#history.redo());
  }

  #whole({ z, label = null, example = null, said = null }) {
    const stored = example === null ? null : this.view.example(example);
    const conditional = this.model.label !== null;
    return {
      z: (z ?? stored.z).map(rounded),
      label: conditional ? label ?? stored?.label ?? 0 : null,
      example: z ? null : example,
      said,
    };
  }

  #go(points) {
    this.#change(() => this.#history.push(points));
  }

  /** Do what changes the points, and show them. */
  #change(work) {
    const before = this.points;
    work();
    if (this.points === before) return;
    this.#selected = Math.min(this.#selected, this.points.length - 1);
    if (this.points.length !== before.length) this.#build();
    else this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  #build() {
    const entries = this.points.map((_, i) => ({ name: LETTERS[i], text: " " }));
    this.pictures = new PictureButtons(capitalized(`${this.model.kind.unit}s`), entries, this.view.renderer, (i) => {
      this.#selected = i;
      this.#mark();
    }, { class: "ar-row" });
    this.pictures.buttons.forEach((node, i) => (node.dataset.testid = `slot-${LETTERS[i]}`));
    this.levels = this.pictures.buttons.map((node) => {
      const level = element("i", { class: "lx-level" });
      node.append(level);
      return level;
    });
    this.holder.replaceChildren(this.pictures.node);
    this.#draw();
  }

  #buildTools() {
    const { view, model, limits } = this;
    const { unit } = model.kind;
    const put = (example) => this.take({ example });
    const sheet = new ExampleSheet(view, "Choose an example", put, (index) => this.points[this.#selected].example === index);
    const random = randomPicker(this.samplers, () => this.y(this.#selected), (z, seed) =>
      this.take({ z, label: this.points[this.#selected].label, said: `random ${seed}` }));
    this.example = examplePicker(view.examples, put, unit);
    const numbers = element("div", { class: "lx-buttons" },
      labelled("Example", this.example.field), labelled("Seed", random.field));
    const choose = menu("Choose", sheet.node, numbers);
    choose.addEventListener("toggle", () => choose.open && sheet.show());
    this.heading = element("span", { class: "ar-heading" });
    const tools = [this.heading, choose, random.node, this.example.button];
    if (model.label !== null) {
      this.classes = element("select", {
        class: "lx-number ar-class", "aria-label": `Class of the ${unit}`,
        onchange: () => {
          const point = this.points[this.#selected];
          const changed = { ...point, label: Number(this.classes.value) };
          this.#go(this.points.map((old) => (old === point ? changed : old)));
        },
      }, ...model.spoken.map((text, label) => element("option", { value: label }, text)));
      tools.push(element("label", {}, "as ", this.classes));
    }
    if (limits.most > limits.least) {
      this.more = button(`Add ${unit}`, `One more ${unit} to go through`, () => {
        const n = this.points.length;
        this.#selected = n;
        this.#go([...this.points, this.#whole({ example: Math.floor(Math.random() * view.examples) })]);
      });
      this.fewer = button("Remove", `Take the selected ${unit} out`, () =>
        this.#go(this.points.filter((_, i) => i !== this.#selected)));
      tools.push(this.more, this.fewer);
    }
    this.tools.append(...tools);
  }

  #mark() {
    const { points, limits } = this;
    const { example, label } = points[this.#selected];
    const letter = LETTERS[this.#selected];
    this.pictures.mark((i) => i === this.#selected);
    this.heading.textContent = points.length > 1 || limits.most > 1 ? `Change ${letter}` : "Change it";
    this.tools.setAttribute("aria-label", `Change ${this.model.kind.unit} ${letter}`);
    this.example.set(example);
    if (this.classes) this.classes.value = label;
    if (this.more) {
      this.more.hidden = points.length >= limits.most;
      this.fewer.hidden = points.length <= limits.least;
    }
  }

  async #draw() {
    const { points, pictures, view } = this;
    const { classes } = this.model;
    points.forEach((point, i) => {
      const { example, said, label } = point;
      const shows = label ?? (example === null ? null : view.example(example).label);
      const from = example !== null ? `no. ${example}` : said ?? "a point";
      const what = shows !== null && classes.length ? `${from}, ${classes[shows]}` : from;
      const { level, sentence } = view.verdictOn(point.z, this.y(i));
      pictures.name(i, `${capitalized(this.model.kind.unit)} ${LETTERS[i]}: ${what}. ${sentence}`, `${LETTERS[i]} · ${what}`);
      pictures.buttons[i].dataset.z = JSON.stringify(point.z);
      this.levels[i].dataset.level = level;
      this.levels[i].title = sentence;
    });
    this.#mark();
    const y = this.model.label === null ? null : points.flatMap((_, i) => this.y(i));
    const batch = await view.decodeStrips(points.map(({ z }) => z), y, "slots");
    if (batch && pictures === this.pictures) pictures.draw(batch);
  }
}
