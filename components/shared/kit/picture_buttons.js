// Pictures that are buttons: the classes in a row, the styles in a grid. One stop of the Tab key; arrow keys go on. What is
// read stands there as lines of words.

import { element } from "./dom.js";
import { putPicture } from "./contact_sheet.js";

export class PictureButtons {
  /**
   * @param {string} label  what they are together
   * @param {{name: string, text?: string}[]} entries  each one's name for a screen reader, and what stands below it
   * @param {{tile: {width: number, height: number}, line?: Function}} renderer  of what is drawn, see kinds/index.js
   * @param {(index: number) => void} chosen
   * @param {object} attributes  of the group
   */
  constructor(label, entries, { tile, line }, chosen, attributes) {
    this.line = line;
    this.canvases = entries.map(() => element(line ? "div" : "canvas", { ...(line ? {} : tile), "aria-hidden": "true" }));
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
    if (line) this.node.classList.add("lx-read");
  }

  /**
   * Draw a decoded batch (DecodedView.decodeStrips), a picture or a line each; those that it has none for are not there.
   *
   * @param {?(i: number) => number} beside  which line of the batch another one is compared with: new words are marked
   */
  draw(batch, count = batch.count, beside = null) {
    this.buttons.forEach((button, i) => (button.hidden = i >= count));
    const size = batch.values && batch.values.length / batch.count;
    const values = (i) => batch.values.subarray(i * size, (i + 1) * size);
    this.canvases.slice(0, count).forEach((canvas, i) => {
      if (this.line) canvas.replaceChildren(this.line(values(i), beside && values(beside(i))));
      else putPicture(canvas, batch, i);
    });
    if (this.buttons.some((button) => button.hidden && button.tabIndex === 0)) this.#rove(0);
  }

  /** Draw a decoded batch of pictures from the button `first` on; the others stay as they are. */
  drawFrom(first, batch) {
    for (let i = 0; i < batch.count; i++) putPicture(this.canvases[first + i], batch, i);
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

  /** The button below (`way` 1) or above (−1) another one, in the nearest row; −1 where there is none. */
  #beyond(at, way) {
    if (at < 0) return -1;
    const { offsetTop, offsetLeft } = this.buttons[at];
    const away = (button) => way * (button.offsetTop - offsetTop);
    const there = this.buttons.filter((button) => !button.hidden && away(button) > 0);
    const row = there.filter((button) => away(button) === Math.min(...there.map(away)));
    const aside = (button) => Math.abs(button.offsetLeft - offsetLeft);
    return this.buttons.indexOf(row.find((button) => aside(button) === Math.min(...row.map(aside))));
  }

  #key(event) {
    const at = this.buttons.indexOf(document.activeElement);
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: this.#beyond(at, 1), ArrowUp: this.#beyond(at, -1) };
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
