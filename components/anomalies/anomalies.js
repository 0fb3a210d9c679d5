// The Anomalies page's component: the scores of a model's held-out examples, a threshold that is dragged, and all that
// follows from it. Everything that follows the line is computed here; Python hears of where it comes to rest.

import { element } from "../shared/kit/dom.js";
import { fetchTensors } from "../shared/latent/decoded_view.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { button, menu, segmented } from "../shared/kit/toolbar.js";
import { Curves } from "./curves.js";
import { Beside, FoundPanel } from "./found_panel.js";
import { Histogram } from "./histogram.js";
import { Judged, quantile } from "./measures.js";
import { saveScores } from "./saving.js";
import { Suggestions } from "./suggestions.js";

const NAMES = { neg_elbo: "−ELBO", nll: "Reconstruction (NLL)", kl: "KL", density: "Latent density" };
const SHARE = 0.99; // of the normal examples pass, where nobody has said anything else

class Anomalies extends Scene {
  #frame = 0;

  async load() {
    this.tensors = await fetchTensors(this.data.urls.scores);
    this.labels = this.tensors.get("y").data;
  }

  build() {
    const { model, data } = this;
    const { unit } = model.kind;
    const { seen } = data;
    this.unit = unit;
    this.score = data.scores.some(({ id }) => id === seen.score) ? seen.score : data.scores[0].id;
    this.odd = new Set(seen.anomalies ?? this.#usualAnomalies());
    this.found = new FoundPanel({ unit, miss: seen.miss ?? 10, alarm: seen.alarm ?? 1, costs: () => this.#priced() });
    this.histogram = new Histogram({ unit, changed: (threshold) => this.#set(threshold), settled: () => this.#settled() });
    this.curves = new Curves();
    this.beside = new Beside();
    this.suggestions = new Suggestions({
      unit, url: data.urls.tail, prices: () => this.found.prices,
      chosen: (threshold) => {
        this.#set(threshold);
        this.#settled();
      },
    });
    this.note = element("p", { class: "an-note", role: "note" });
    this.scoreTitle = element("p", { class: "an-small" });
    const choice = segmented("Score", data.scores.map(({ id, title }) => [id, NAMES[id], title]), this.score, (id) => {
      this.score = id;
      this.threshold = null;
      this.#judge();
      this.#settled();
    });
    const save = button("Scores as CSV", `Save every ${unit} with its scores, its label and whether it is flagged`, () => saveScores(this));
    this.root.replaceChildren(
      element("div", { class: "an-top" }, choice, ...(model.classes.length ? [this.#classMenu()] : []), save),
      this.note,
      element("div", { class: "an-main" }, this.histogram.node, this.found.node),
      element("div", { class: "an-below" }, this.suggestions.node, this.curves.node, this.beside.node));
    this.threshold = seen.threshold;
    this.#judge();
  }

  close() {
    super.close();
    cancelAnimationFrame(this.#frame);
  }

  // Which examples are anomalies

  /** What is held out to be found; else the first class, so that there is something to see. */
  #usualAnomalies() {
    const { classes } = this.model;
    const { normal } = this.data;
    if (normal !== null) return [...classes.keys()].filter((label) => label !== normal);
    return classes.length > 1 ? [0] : [];
  }

  #classMenu() {
    const { classes } = this.model;
    const boxes = classes.map((name, label) => {
      const box = element("input", {
        type: "checkbox", checked: this.odd.has(label), onchange: () => {
          if (box.checked) this.odd.add(label);
          else this.odd.delete(label);
          if (this.odd.size === classes.length) { // something has to be normal
            this.odd.delete(label);
            box.checked = false;
          }
          this.threshold = null;
          this.#judge();
          this.#settled();
        },
      });
      return element("label", { class: "an-class" }, box, name);
    });
    return menu("Anomalies are …", element("div", { class: "an-classes", role: "group", "aria-label": "Classes that count as anomalies" }, ...boxes));
  }

  #judge() {
    const { odd, labels, data } = this;
    const scores = this.tensors.get(this.score).data;
    const wrong = odd.size ? Uint8Array.from(labels, (label) => Number(odd.has(label))) : null;
    this.judged = new Judged(scores, wrong, data.follows ? { seconds: data.seconds } : null);
    const { judged } = this;
    this.threshold ??= quantile(judged.normal, SHARE);
    this.histogram.show(judged, NAMES[this.score]);
    this.curves.show(judged);
    this.beside.show(judged);
    const normal = odd.size ? [...this.model.classes.keys()].filter((label) => !odd.has(label)) : null;
    this.suggestions.show(judged, this.score, normal);
    this.note.textContent = this.#honestly();
    this.note.hidden = !this.note.textContent;
    this.#set(this.threshold);
  }

  /** What has to be said before any number is believed. */
  #honestly() {
    const { data, judged, model, odd, unit } = this;
    if (!model.classes.length) return `These data have no labels: you see which ${unit}s are flagged, and nobody can say which of them are right.`;
    if (!judged.labelled) return `Nothing counts as an anomaly: choose classes under “Anomalies are …”.`;
    if (data.normal === null) {
      const names = [...odd].map((label) => model.classes[label]).slice(0, 4).join(", ");
      return `This model learned every class, ${names} too: as anomalies they are nothing new to it, and it need not find them. A detector learns what is normal alone.`;
    }
    return "";
  }

  // Where the line is

  #set(threshold) {
    this.threshold = threshold;
    const found = this.judged.at(threshold);
    this.histogram.move(threshold, this.found.show(found, this.judged));
    this.now = found;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.curves.move(this.now);
      this.beside.move(this.now);
    });
  }

  #priced() {
    this.suggestions.draw();
    this.#set(this.threshold);
    this.#settled();
  }

  #settled() {
    this.reportSoon("settled", () => ({ point: {}, seen: this.#seen() }));
  }

  #seen() {
    const usual = this.#usualAnomalies();
    const odd = [...this.odd].sort((a, b) => a - b);
    const { miss, alarm } = this.found.prices;
    return {
      score: this.score, threshold: Number(this.threshold.toPrecision(8)),
      anomalies: odd.join() === usual.join() || !odd.length ? null : odd, miss: miss === 10 ? null : miss, alarm: alarm === 1 ? null : alarm,
    };
  }
}

export const mount = mountScene(".an", Anomalies);
