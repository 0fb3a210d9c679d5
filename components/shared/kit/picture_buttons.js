// Pictures that are buttons: the classes in a row, the styles in a grid. One stop of the Tab key; arrow keys go on.

import { element } from "./dom.js";
import { putPicture } from "./contact_sheet.js";

export class PictureButtons {
  /**
   * @param {string} label  what they are together
   * @param {{name: string, text?: string}[]} entries  each one's name for a screen reader, and what stands below it
   * @param {{width: number, height: number}} tile  of a picture, until the first is drawn
   * @param {(index: number) => void} chosen
   * @param {object} attributes  of the group
   */
  constructor(label, entries, { width, height }, chosen, attributes) {
    this.canvases = entries.map(() => element("canvas", { width, height, "aria-hidden": "true" }));
    this.buttons = entries.map(({ name, text }, i) =>
      element("button", {
        type: "button", class: "lx-picture", "aria-label": name, title: name, tabindex: i ? -1 : 0,
        onclick: () => {
          this.#rove(i);
          chosen(i);
        },
      }, this.canvases[i], ...(text ? [element("span", {}, text)] : [])));
    this.node = element("div", { role: "group", "aria-label": label, ...attributes, onkeydown: (event) => this.#key(event) },
      ...this.buttons);
  }

  /** Draw a decoded batch, a picture each; those that it has no picture for are not there. */
  draw(batch, count = batch.count) {
    this.buttons.forEach((button, i) => (button.hidden = i >= count));
    this.canvases.slice(0, count).forEach((canvas, i) => putPicture(canvas, batch, i));
    if (this.buttons.some((button) => button.hidden && button.tabIndex === 0)) this.#rove(0);
  }

  /** Give a picture another name and, where it has one, another text. */
  name(i, name, text) {
    const button = this.buttons[i];
    button.title = name;
    button.setAttribute("aria-label", name);
    if (text !== undefined) button.querySelector("span").textContent = text;
  }

  /** Show which are chosen. */
  mark(isChosen) {
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", isChosen(i)));
    const chosen = this.buttons.findIndex((_, i) => isChosen(i));
    if (chosen >= 0 && !this.node.contains(document.activeElement)) this.#rove(chosen);
  }

  #rove(index) {
    this.buttons.forEach((button, i) => (button.tabIndex = i === index ? 0 : -1));
  }

  #key(event) {
    const at = this.buttons.indexOf(document.activeElement);
    const { offsetTop } = this.buttons[0];
    const columns = this.buttons.filter((button) => button.offsetTop === offsetTop).length;
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns };
    const last = this.buttons.findLastIndex((button) => !button.hidden);
    const targets = { ...steps, Home: 0, End: last };
    if (at < 0 || !(event.key in targets)) return;
    event.preventDefault();
    const target = this.buttons[targets[event.key]];
    if (!target || target.hidden) return;
    this.#rove(targets[event.key]);
    target.focus();
  }
}
