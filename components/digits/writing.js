// A text in one handwriting: each of its characters is a class, drawn in the current style.

import { element } from "../shared/kit/dom.js";
import { downloadPng } from "../shared/kit/exporting.js";
import { putTile } from "../shared/kit/contact_sheet.js";
import { button } from "../shared/kit/toolbar.js";
import { MANY } from "../shared/kit/class_picker.js";

const SCALE = 8; // a saved pixel's side
const MOST = 40; // pictures in a row

/**
 * Which classes a text names: one a character, or separated by commas where names are longer than a character.
 *
 * @returns {{labels: (number|null)[], unknown: string[]}}  null is a space
 */
export function spell(text, classes) {
  const labels = [];
  const unknown = new Set();
  for (const part of isLong(classes) ? words(text, classes) : [...text]) {
    const exact = classes.indexOf(part);
    const label = exact >= 0 ? exact : classes.findIndex((name) => name.toLowerCase() === part.toLowerCase());
    if (label >= 0) labels.push(label);
    else if (part.trim() === "") labels.push(null);
    else unknown.add(part);
  }
  return { labels: labels.slice(0, MOST), unknown: [...unknown] };
}

/** Whether classes have names, and not only signs. */
function isLong(classes) {
  return !classes.every(isSign);
}

/** Whether a class is a single sign: its picture says which. */
export function isSign(name) {
  return [...name].length === 1;
}

/** A text cut at its commas, but not inside the name of a class. */
function words(text, classes) {
  const byLength = classes.toSorted((a, b) => b.length - a.length);
  const found = [];
  for (let rest = text.trimStart(); rest; rest = rest.replace(/^[\s,]+/, "")) {
    const name = byLength.find((name) =>
      rest.toLowerCase().startsWith(name.toLowerCase()) && /^\s*(,|$)/.test(rest.slice(name.length)));
    const part = name ?? rest.split(",")[0];
    if (part.trim()) found.push(part.trim());
    rest = rest.slice(part.length);
  }
  return found;
}

/** The names of classes in a sentence: those of many that follow each other in the alphabet as a range, "A–Z". */
export function listed(classes) {
  if (classes.length <= MANY || isLong(classes)) return classes.join(", ");
  const runs = [];
  for (const name of classes) {
    const run = runs.at(-1);
    if (run && name.codePointAt(0) === run.at(-1).codePointAt(0) + 1) run.push(name);
    else runs.push([name]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}–${run.at(-1)}` : run.join(", "))).join(", ");
}

/** What is written at first: a word, where the classes are letters, the year of a handwriting, where they are digits, else
 * the first few classes. */
export function firstText(classes) {
  if ([..."HELLO"].every((letter) => classes.includes(letter))) return "HELLO";
  if (!spell("2026", classes).unknown.length) return "2026";
  return classes.slice(0, 4).join(isLong(classes) ? ", " : "");
}

export class Writing {
  #pictures = new Map(); // by label: a batch, and its place in it
  #z = null;
  #frames = 0;

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view
   * @param {string} text
   * @param {number} longest  characters
   * @param {() => void} changed  another text is being typed: it may need other classes
   * @param {() => void} settled  another text stands there
   */
  constructor({ model, renderer: { tile } }, text, longest, changed, settled) {
    Object.assign(this, { model, tile });
    const long = isLong(model.classes);
    this.field = element("input", {
      type: "text", class: "lx-number dg-text", "data-long": long, value: text, maxlength: longest, autocomplete: "off", spellcheck: "false",
      oninput: () => {
        this.#draw();
        changed();
      },
      onchange: settled,
    });
    this.said = element("p", { class: "lx-note", role: "status" });
    this.canvas = element("canvas", { class: "dg-strip", "data-testid": "written", role: "img" });
    this.save = button("Save PNG", "Save what is written as a picture", () =>
      downloadPng(this.canvas, SCALE, `${model.name}-${this.text.replace(/[^\p{L}\p{N}]+/gu, "-") || "text"}.png`));
    this.node = element("section", { class: "dg-writing", "aria-label": "Write" },
      element("div", { class: "dg-line" },
        element("label", {}, long ? "In a row, with commas between the classes " : "Write in this style ", this.field), this.save),
      this.said, this.canvas);
  }

  get text() {
    return this.field.value;
  }

  /** The classes that the text is made of, each once. */
  get needed() {
    return [...new Set(spell(this.text, this.model.classes).labels)].filter((label) => label !== null);
  }

  /** Take the pictures of some classes, all or those needed, decoded at z. */
  draw(batch, labels, z) {
    this.#pictures = new Map(labels.map((label, at) => [label, { batch, at }]));
    this.#z = z;
    this.#draw();
  }

  #draw() {
    const { model, canvas } = this;
    const { labels, unknown } = spell(this.text, model.classes);
    const quoted = unknown.map((part) => `“${part}”`).join(", ");
    this.said.textContent = unknown.length
      ? `${quoted} cannot be drawn: this model knows ${listed(model.classes)}.`
      : "";
    canvas.hidden = this.save.disabled = !labels.length; // with nothing written the canvas keeps what stood there
    canvas.setAttribute("aria-label", `“${this.text}” in the current style`);
    if (!labels.length || !labels.every((label) => label === null || this.#pictures.has(label))) return; // they are on the way
    const { width, height } = this.tile;
    if (canvas.width !== labels.length * width || canvas.height !== height) {
      Object.assign(canvas, { width: labels.length * width, height });
      canvas.style.setProperty("--characters", labels.length);
    }
    const context = canvas.getContext("2d");
    labels.forEach((label, i) => {
      if (label === null) context.clearRect(i * width, 0, width, height);
      else putTile(context, this.#pictures.get(label).batch, this.#pictures.get(label).at, i * width, 0, 1);
    });
    canvas.dataset.labels = JSON.stringify(labels);
    canvas.dataset.z = JSON.stringify(this.#z);
    canvas.dataset.frames = ++this.#frames;
  }
}
