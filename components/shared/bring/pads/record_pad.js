// A record to fill in: a field a column, of numbers, flags and symbols. Every edit is heard.

import { element } from "../../kit/dom.js";
import { History } from "../../kit/history.js";
import { button, undoAndRedo } from "../../kit/toolbar.js";
import { broken } from "../../kinds/records.js";
import { keep, recall } from "../kept.js";

const [FARTHEST, LARGEST] = [1e4, 1e15]; // standard deviations, and a value: what lies beyond is a slip of the keys
const PAUSE_MS = 400;

export class RecordPad {
  #history; // of records as they were when an edit had ended
  #resting;

  /**
   * @param {import("../../kinds/index.js").Renderer} options.renderer  with `filling`
   * @param {string} options.unit  what is filled in, in a word
   * @param {ArrayLike<number>} options.start  what stands there before anything is typed
   * @param {() => void} options.changed  at every edit
   * @param {() => void} options.settled  the user has paused
   */
  constructor({ renderer: { filling }, unit, start, changed, settled }) {
    const { columns } = filling;
    Object.assign(this, { filling, changed, settled });
    // One record for all models of the same columns.
    this.kept = ["filled in", unit, ...columns.map(({ name }) => name)].join(" ");
    this.start = Float32Array.from(start, (value, i) => filling.scaled(i, filling.plain(i, value)));
    const typed = recall(this.kept);
    this.values = typed?.length === columns.length ? this.start.map((value, i) => this.#valid(i, typed[i]) ?? value) : this.start;
    this.#history = new History(this.values, () => this.#return());
    this.fields = columns.map((column, i) => this.#field(column, i));
    this.node = element("div", { class: "rc-pad rc-record-pad", role: "group", "data-testid": "record-pad", "aria-label": `Fill in the ${unit}` },
      ...columns.map(({ name, unit: measured }, i) =>
        element("label", {}, element("span", { title: name }, ...broken(measured ? `${name} (${measured})` : name)), this.fields[i])));
    this.status = element("p", { class: "rc-names", role: "status", "data-testid": "record-status" });
    this.tools = element("div", { class: "rc-painting" },
      element("div", { class: "lx-buttons rc-tools" },
        ...undoAndRedo(this.#history, false),
        button("Start again", `The ${unit} that stood there first`, () => this.#replace(this.start))),
      this.status);
    this.#fill();
  }

  #return() {
    this.values = this.#history.now;
    this.#fill();
    this.changed();
    this.#settle();
  }

  #replace(values) {
    this.values = values;
    this.#history.push(values);
    this.#return();
  }

  #field({ name, values }, i) {
    const edited = { oninput: () => this.#edit(i), onchange: () => this.#keep() };
    if (values.length === 2) return element("input", { type: "checkbox", title: `${name}: ${values[1]}, or ${values[0]}`, ...edited });
    if (values.length) return element("select", { title: name, ...edited }, ...values.map((value, id) => element("option", { value: id }, value)));
    return element("input", { type: "number", step: "any", inputmode: "decimal", title: name, ...edited });
  }

  /** What stands in the fields is the record. */
  #fill() {
    this.fields.forEach((field, i) => {
      const value = this.filling.plain(i, this.values[i]);
      if (field.type === "checkbox") field.checked = value === 1;
      else field.value = value;
      field.removeAttribute("aria-invalid");
    });
    this.status.textContent = "";
  }

  /** A field as the model takes it; null for what it cannot take. */
  #valid(i, value) {
    const symbols = this.filling.columns[i].values.length;
    if (typeof value !== "number" || !Number.isFinite(value)) return null;
    if (symbols) return Number.isInteger(value) && value >= 0 && value < symbols ? value : null;
    const scaled = this.filling.scaled(i, value);
    return Math.abs(scaled) <= FARTHEST && Math.abs(value) <= LARGEST ? scaled : null;
  }

  #edit(i) {
    const field = this.fields[i];
    const { name } = this.filling.columns[i];
    const typed = field.type === "checkbox" ? Number(field.checked) : field.value === "" ? NaN : Number(field.value);
    const value = this.#valid(i, typed);
    if (value === null) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (value === null) {
      this.status.textContent = Number.isNaN(typed) ? `${name} needs a number.` : `${field.value} is too far from all that ${name} was in the training data.`;
      return;
    }
    this.status.textContent = "";
    this.values = this.values.slice(); // the history holds the record as it is
    this.values[i] = value;
    this.changed();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#settle(), PAUSE_MS);
  }

  /** An edit has ended. */
  #keep() {
    if (this.values !== this.#history.now) this.#history.push(this.values);
    this.#settle();
  }

  #settle() {
    clearTimeout(this.#resting);
    keep(this.kept, Array.from(this.values, (value, i) => this.filling.plain(i, value)));
    this.settled();
  }
}
