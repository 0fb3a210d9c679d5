// The mean of several examples' codes, and the stored example nearest to it. Of sentences: a summary by latent space.

import { element } from "../shared/kit/dom.js";
import { ExamplePictures, show } from "../shared/bring/example_pictures.js";
import { nearestRows, scored } from "../shared/engine/scores.js";
import { oneHot } from "../shared/engine/condition.js";
import { rounded } from "../shared/latent/latent_state.js";

const REST_MS = 400; // without a key, after which what was typed can be undone

export class Mean {
  static limits({ longest }) {
    return { least: 2, most: longest };
  }

  /** @param {object} page  the component: its slots, state, view, model and data */
  constructor(page) {
    const { state, model, view, data } = page;
    Object.assign(this, { page, state, model, view, typed: new Map() });
    const { unit } = model.kind;
    this.reads = Boolean(view.renderer.typing && view.engine);
    view.caption.textContent = `The mean of your ${unit}s`;
    view.caption.classList.add("ar-title");
    this.pictures = new ExamplePictures(view, data.originals, data.n_originals);
    this.nearest = this.reads ? element("p", { class: "lx-sentence", "data-testid": "nearest", dir: "auto" })
      : element("canvas", { ...view.renderer.tile, class: "ar-nearest-picture", "data-testid": "nearest", role: "img" });
    this.title = element("p", { class: "ar-heading" });
    this.said = element("p", { class: "lx-note ar-said", role: "status", "data-testid": "in-common" });
    this.nodes = [page.slots.node, ...(this.reads ? [this.#typing(data.longest)] : []),
      element("div", { class: "ar-mean" }, this.title, this.nearest), this.said];
    this.exports = {};
  }

  get described() {
    return { at: 0 };
  }

  /** Go to the mean after an example has changed; its class is that of the most. */
  aim() {
    const { points } = this.page.slots;
    const z = points[0].z.map((_, d) => points.reduce((sum, point) => sum + point.z[d], 0) / points.length);
    const labels = points.map(({ label }) => label);
    const times = (label) => labels.filter((each) => each === label).length;
    const label = labels.reduce((best, each) => (times(each) > times(best) ? each : best));
    this.state.assign(z, label === null ? null : oneHot(label, this.model.classes.length));
    this.#findNearest();
  }

  #findNearest() {
    const { view, state, model } = this;
    const labels = view.latents.get("y").data;
    const label = state.y?.indexOf(1) ?? null;
    const given = new Set(this.page.slots.points.map(({ example }) => example));
    const counts = (i) => !given.has(i) && (label === null || labels[i] === label);
    const [row] = nearestRows(state.z, view.latents.get("mu"), 1, counts);
    if (row === undefined) return;
    const what = model.classes.length ? `, ${model.classes[labels[row]]}` : "";
    this.title.textContent = `The nearest of the other stored ${model.kind.unit}s: no. ${row}${what}`;
    this.row = row;
    this.#drawNearest(row);
  }

  close() {
    clearTimeout(this.resting);
  }

  /** A field of sentences, a line each: they take the places of those that are there. */
  #typing(most) {
    const { typing } = this.view.renderer;
    const { unit } = this.model.kind;
    const status = element("p", { class: "lx-note", role: "status", "data-testid": "typed-status" });
    const read = () => {
      const lines = field.value.split("\n").filter((line) => line.trim());
      const found = lines.slice(0, most).map((line) => typing.read(line));
      const known = found.filter(({ values }) => values);
      const over = lines.length > most ? ` The first ${most} are taken.` : "";
      status.textContent = known.length < 2 ? `Type two ${unit}s or more, a line each.`
        : `${[...new Set(found.map(({ said }) => said))].join(" ")}${over}`.trim();
      if (known.length > 1) this.#take(known.map(({ values }) => values));
    };
    const field = element("textarea", {
      class: "ar-lines", rows: 4, maxlength: 2000, spellcheck: "false", "data-testid": "mean-lines",
      "aria-label": `Your ${unit}s, a line each`, placeholder: `Your own ${unit}s, a line each`,
      oninput: () => {
        clearTimeout(this.resting);
        this.resting = setTimeout(read, REST_MS);
      },
    });
    return element("div", {}, field, status);
  }

  #take(sentences) {
    const { engine } = this.view;
    const { classes, label: conditional } = this.model;
    const labels = conditional === null ? [null] : classes.map((_, label) => label);
    const y = (label) => (label === null ? null : oneHot(label, classes.length));
    const points = sentences.map((values) => {
      const each = labels.map((label) => ({ label, ...scored(engine, values, y(label), (mu) => mu.map(rounded)) }));
      const { z, label } = each.reduce((best, one) => (one.neg_elbo < best.neg_elbo ? one : best));
      this.typed.set(String(z), values);
      return { z, label, said: "yours" };
    });
    this.page.slots.set(points);
  }

  async #drawNearest(row) {
    if (!this.reads) {
      const known = this.pictures.has(row);
      const batch = await (known ? this.pictures.best([row], "nearest") : this.pictures.reconstructions([row], "nearest"));
      if (batch && row === this.row) show(this.nearest, batch);
      this.nearest.setAttribute("aria-label", this.title.textContent);
      return;
    }
    const own = (await this.pictures.values(row)) ?? this.#decoded(this.view.example(row));
    if (row !== this.row) return;
    const { renderer } = this.view;
    this.nearest.textContent = renderer.text(own);
    this.nearest.dataset.example = row;
    const given = this.page.slots.points.map((point) => this.typed.get(String(point.z)) ?? this.#decoded(point));
    const mean = renderer.inCommon(given, this.#decoded({ z: this.state.z, label: this.state.y?.indexOf(1) ?? null }));
    const stored = renderer.inCommon(given, own);
    this.said.textContent = mean.of
      ? `Of the ${mean.of} longer words in your ${given.length} ${this.model.kind.unit}s, the mean has ${share(mean)}, the stored one ${share(stored)}. `
        + "A summary would keep most of what they say: this is what their codes have in common."
      : "";
  }

  #decoded({ z, label }) {
    const { engine, model: { label: conditional, classes } } = this.view;
    return engine.decode(z, conditional === null ? null : oneHot(label, classes.length)).slice();
  }
}

const share = ({ kept, of }) => `${kept} (${Math.round((100 * kept) / of)}%)`;
