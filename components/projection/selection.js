// What a lasso or a box holds: a contact sheet, the mean picture, the class counts, and a name for the group.

import { capitalized, element } from "../shared/kit/dom.js";
import { meanPicture, show } from "../shared/bring/example_pictures.js";
import { PictureButtons } from "../shared/kit/picture_buttons.js";
import { uniform } from "../shared/engine/random.js";
import { button } from "../shared/kit/toolbar.js";
import { MeasuredSummary } from "./measured.js";
import { WordCounts } from "./word_counts.js";

const SHEET = 100; // pictures on the contact sheet
const AVERAGED = 500; // pictures that the mean is taken of, at most

export class SelectionPanel {
  #ticket = 0;

  /**
   * @param {object} options
   * @param {import("../shared/bring/example_pictures.js").ExamplePictures} options.pictures
   * @param {object} options.model
   * @param {(index: number) => void} options.chosen  a picture of the sheet was clicked
   * @param {(name: string) => void} options.named
   * @param {() => void} options.cleared
   */
  constructor({ pictures, model, chosen, named, cleared }) {
    Object.assign(this, { pictures, model });
    this.title = element("h3", { class: "pj-title", "data-testid": "selection-title" });
    const entries = Array.from({ length: Math.min(SHEET, pictures.view.examples) }, () => ({ name: "Example" }));
    const attributes = { class: "pj-sheet", "data-testid": "contact-sheet" };
    this.sheet = new PictureButtons("Contact sheet", entries, pictures.view.renderer, (i) => chosen(this.shown[i]), attributes);
    this.note = element("p", { class: "pj-note" });
    this.mean = pictures.canvas("The mean of the selected pictures");
    this.mean.dataset.testid = "mean-image";
    this.decoded = pictures.canvas("The picture decoded from the mean of the selected latent vectors");
    const { renderer } = pictures.view;
    this.words = renderer.reading ? new WordCounts(pictures) : renderer.summary ? new MeasuredSummary(pictures) : null;
    this.counts = element("ul", {
      class: "pj-counts", "data-testid": "class-counts", tabindex: 0, "aria-label": "How many of each class",
    });
    this.name = element("input", {
      type: "text", class: "lx-number pj-name", maxlength: 40, placeholder: "Name this group", "aria-label": "Name this group",
      onkeydown: (event) => event.key === "Enter" && keep(),
    });
    const keep = () => this.name.value.trim() && named(this.name.value.trim());
    this.said = element("p", { class: "pj-note", role: "status" });
    const figure = (canvas, caption) => element("figure", { class: "pj-small" }, canvas, element("figcaption", {}, caption));
    this.node = element("section", { class: "pj-selection", "aria-label": "Selection", hidden: true },
      element("div", { class: "pj-head" }, this.title,
        button("✕", "End the selection", cleared, { class: "lx-icon", "aria-label": "End the selection" })),
      element("div", { class: "pj-head" }, this.name,
        button("Keep", "Keep this group under its name; Arithmetic can use it", keep)),
      this.said,
      element("div", { class: "pj-row" },
        ...(this.words ? [] : [figure(this.mean, "Mean picture")]), figure(this.decoded, "Mean vector, decoded"), this.counts),
      ...(this.words ? [this.words.node] : []),
      this.sheet.node, this.note);
  }

  setNote(text) {
    this.said.textContent = text ?? "";
  }

  hide() {
    this.#ticket++;
    this.node.hidden = true;
  }

  /** @param {number[]} indices  of stored examples; @param {{z: number[], name: string}[]} own  pictures of the user's own */
  async show(indices, own, labels) {
    const ticket = ++this.#ticket;
    this.indices = indices;
    this.node.hidden = false;
    this.setNote("");
    this.name.value = "";
    const total = indices.length + own.length;
    const { unit } = this.pictures.view.model.kind;
    const counted = (n) => `${n.toLocaleString("en")} ${unit}${n === 1 ? "" : "s"}`;
    this.title.textContent = `${counted(total)} selected`;
    this.#count(indices, own, labels);
    for (const part of [this.sheet.node, this.mean.parentNode, this.decoded.parentNode, this.words?.node]) if (part) part.hidden = !indices.length;
    this.note.textContent = indices.length ? "" : `None of the stored ${unit}s is in it; your own are.`;
    if (!indices.length) return;
    this.shown = drawn(indices, SHEET);
    const [sheet, averaged, decoded] = await Promise.all([
      this.pictures.best(this.shown, "sheet"), this.words ? true : this.pictures.best(drawn(indices, AVERAGED), "mean"), this.#meanVector(indices, labels),
    ]);
    if (ticket !== this.#ticket || !sheet || !averaged) return;
    this.sheet.draw(sheet);
    this.shown.forEach((index, i) => this.sheet.name(i, `${capitalized(unit)} ${index}${this.#className(labels[index])}`));
    if (this.words) this.words.show(indices);
    else show(this.mean, meanPicture(averaged));
    if (decoded) show(this.decoded, decoded);
    const shown = this.shown.length < indices.length ? `${this.shown.length} of them, drawn at random. ` : "";
    this.note.textContent = `${shown}${this.pictures.haveOriginals ? "Originals." : "Reconstructions: the originals are not at hand."}`;
    const { node } = this.sheet;
    node.setAttribute("aria-label", `Contact sheet of ${this.shown.length} of ${counted(total)}`);
    node.dataset.count = this.shown.length;
    node.dataset.frames = Number(node.dataset.frames ?? 0) + 1;
  }

  #className(label) {
    const { classes } = this.model;
    return classes.length ? `, ${classes[label]}` : "";
  }

  #count(indices, own, labels) {
    const { classes, colors } = this.model;
    const counts = new Map();
    for (const index of indices) counts.set(labels[index], (counts.get(labels[index]) ?? 0) + 1);
    const rows = classes.length ? [...counts].sort((a, b) => b[1] - a[1]) : [];
    this.counts.replaceChildren(...rows.map(([label, count]) => {
      const bar = `--part: ${count / indices.length}; --color: ${colors[label]}`;
      return element("li", { "data-label": label, "data-count": count },
        element("span", { class: "lm-dot", style: `background: ${colors[label]}` }),
        element("span", {}, classes[label]), element("span", { class: "pj-bar", style: bar }),
        element("span", {}, count.toLocaleString("en")));
    }), ...(own.length ? [element("li", {}, `Your own: ${own.length}`)] : []));
  }

  /** The mean of the latent vectors, decoded, for the class that most of them have. */
  #meanVector(indices, labels) {
    const { view } = this.pictures;
    const sum = new Array(this.model.latent_dim).fill(0);
    const weights = new Array(this.model.classes.length).fill(0);
    for (const index of indices) {
      view.example(index).z.forEach((value, d) => (sum[d] += value));
      weights[labels[index]]++;
    }
    const most = weights.indexOf(Math.max(...weights));
    const y = this.model.label === null ? null : weights.map((_, label) => Number(label === most));
    return view.decodeStrips([sum.map((value) => value / indices.length)], y, "mean vector");
  }
}

/** At most `n` of the numbers, drawn at random but always the same ones, in order. */
function drawn(indices, n) {
  if (indices.length <= n) return indices;
  const next = uniform(indices.length);
  const pool = [...indices];
  for (let i = 0; i < n; i++) {
    const other = i + Math.floor(next() * (pool.length - i));
    [pool[i], pool[other]] = [pool[other], pool[i]];
  }
  return pool.slice(0, n).sort((a, b) => a - b);
}
