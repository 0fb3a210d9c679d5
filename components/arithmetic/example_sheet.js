// A contact sheet of stored held-out examples to choose from, one or several, of one class or of all.

import { element } from "../shared/kit/dom.js";
import { oneHot } from "../shared/engine/condition.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { uniform } from "../shared/engine/random.js";
import { button } from "../shared/kit/toolbar.js";

const [COUNT, READ] = [32, 12];

export class ExampleSheet {
  #seed = 0;
  #label = null;
  #rows = [];

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view
   * @param {string} name  what the sheet is for, to a screen reader; no two on a page share one
   * @param {(index: number) => void} chosen
   * @param {(index: number) => boolean} isChosen
   */
  constructor(view, name, chosen, isChosen) {
    Object.assign(this, { view, name, isChosen });
    const entries = Array.from({ length: Math.min(view.renderer.line ? READ : COUNT, view.examples) }, () => ({ name: "Example" }));
    this.pictures = new PictureButtons(name, entries, view.renderer, (i) => {
      chosen(this.#rows[i]);
      this.mark();
    }, { class: "lx-sheet", "data-testid": "example-sheet" });
    const { classes } = view.model;
    const filter = element("select", {
      class: "lx-number", "aria-label": `Class of the examples: ${name}`,
      onchange: () => {
        this.#label = filter.value === "" ? null : Number(filter.value);
        this.show();
      },
    }, element("option", { value: "" }, "all classes"), ...classes.map((text, label) => element("option", { value: label }, text)));
    filter.hidden = !classes.length;
    const others = button("Others", "Show other examples", () => {
      this.#seed++;
      this.show();
    });
    this.node = element("div", { class: "lx-choose" }, element("div", { class: "lx-buttons" }, filter, others), this.pictures.node);
  }

  /** Draw another selection, at random but the same for the same seed. */
  async show() {
    const { view, pictures } = this;
    const { classes, label } = view.model;
    const labels = view.latents.get("y").data;
    const next = uniform(this.#seed + 1);
    const fitting = Array.from(labels.keys()).filter((i) => this.#label === null || labels[i] === this.#label);
    const rows = Array.from({ length: Math.min(pictures.buttons.length, fitting.length) }, () =>
      fitting.splice(Math.floor(next() * fitting.length), 1)[0]);
    const conditions = label === null ? null : rows.flatMap((row) => oneHot(labels[row], classes.length));
    const batch = await view.decodeStrips(rows.map((row) => view.example(row).z), conditions, this.name);
    if (!batch) return;
    this.#rows = rows;
    pictures.draw(batch, rows.length);
    rows.forEach((row, i) => pictures.name(i, `Example ${row}${classes.length ? `, ${classes[labels[row]]}` : ""}`));
    this.mark();
  }

  mark() {
    this.pictures.mark((i) => i < this.#rows.length && this.isChosen(this.#rows[i]));
  }
}
