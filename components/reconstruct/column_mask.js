// The columns of a record that are hidden: each pressed away, or many at a press. As MaskPad is to a page.

import { element } from "../shared/kit/dom.js";
import { button } from "../shared/kit/toolbar.js";

export class ColumnMask {
  /**
   * @param {import("../shared/kinds/index.js").Renderer} options.renderer  with `filling`
   * @param {string} options.unit  what an example is called
   * @param {() => ArrayLike<number>} options.typical  the record that stands in for what is hidden
   * @param {() => void} options.changed  a column was hidden, or is shown again
   * @param {() => void} options.settled  always after that
   */
  constructor({ renderer: { filling }, unit, typical, changed, settled }) {
    const { columns } = filling;
    Object.assign(this, { filling, typical, changed, settled });
    this.visible = new Float32Array(columns.length).fill(1);
    this.values = columns.map(() => element("span"));
    this.buttons = columns.map(({ name }, i) => element("button", {
      type: "button", class: "rc-column", "aria-pressed": "false", title: `Hide ${name}, or show it`,
      onclick: () => this.#set((k) => (k === i ? !this.visible[i] : this.visible[k])),
    }, element("span", {}, name), this.values[i]));
    this.node = element("div", { class: "rc-columns", role: "group", "data-testid": "column-mask", "aria-label": `Columns of the ${unit}; press one to hide it` },
      ...this.buttons);
    const symbols = (i) => columns[i].values.length > 0;
    const mixed = columns.some((_, i) => symbols(i)) && columns.some((_, i) => !symbols(i));
    const parts = mixed ? [["Hide symbols", (i) => !symbols(i)], ["Hide numbers", symbols]] : [["Hide the second half", (i) => i < columns.length / 2]];
    this.first = parts[0][1];
    this.tools = element("div", { class: "lx-buttons rc-tools" },
      ...parts.map(([text, seen]) => button(text, text, () => this.#set(seen))), button("Show all", "Hide nothing", () => this.#set(() => true)));
  }

  get empty() {
    return this.visible.every((value) => value === 1);
  }

  /** Something to see at once. */
  hideHalf() {
    this.#set(this.first);
  }

  /** x with a typical record's values where it is hidden: no symbol is empty. */
  apply(x) {
    const typical = this.typical();
    return x.map((value, i) => (this.visible[i] ? value : typical[i]));
  }

  /** Show x with what is hidden covered. */
  paint(x) {
    this.values.forEach((node, i) => (node.textContent = this.visible[i] ? this.filling.told(i, x[i]) : "hidden"));
  }

  #set(seen) {
    this.visible = this.visible.map((_, i) => Number(seen(i)));
    this.buttons.forEach((node, i) => node.setAttribute("aria-pressed", String(!this.visible[i])));
    this.changed();
    this.settled();
  }
}
