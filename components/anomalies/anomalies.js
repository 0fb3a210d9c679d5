// The Anomalies page's component: the scores of a model's held-out examples, a threshold that is dragged, and all that
// follows from it. Everything that follows the line is computed here; Python hears of where it comes to rest.

import { element } from "../shared/kit/dom.js";
import { fetchTensors } from "../shared/latent/decoded_view.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { button, menu, segmented } from "../shared/kit/toolbar.js";
import { Curves } from "./series/curves.js";
import { Examples } from "./examples.js";
import { Beside, FoundPanel } from "./found_panel.js";
import { Histogram } from "./histogram.js";
import { Judged, quantile } from "./measures.js";
import { Live } from "./live.js";
import { saveScores } from "./saving.js";
import { Suggestions } from "./suggestions.js";
import { Timeline } from "./series/timeline.js";
import { Times } from "./series/times.js";

const NAMES = { neg_elbo: "−ELBO", nll: "Reconstruction (NLL)", kl: "KL", density: "Latent density" };
const SHARE = 0.99; // of the normal examples pass, where nobody has said anything else

class Anomalies extends Scene {
  #frame = 0;

  async load() {
    this.tensors = await fetchTensors(this.data.urls.scores);
    this.labels = this.tensors.get("y").data;
    this.times = new Times(this.data);
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
    this.examples = new Examples({ view: this.view, data, name: (index) => this.#nameOf(index), chosen: (index) => this.#choose(index) });
    this.stream = element("div", { hidden: true });
    this.series = element("div", { class: "an-series", hidden: data.window === null });
    this.root.classList.toggle("an-timed", data.window !== null);
    this.root.replaceChildren(
      element("div", { class: "an-top" }, choice, ...(this.#fewClasses ? [] : [this.#classMenu()]), this.stream, save),
      this.note, this.series,
      element("div", { class: "an-main" }, this.histogram.node, this.found.node),
      element("div", { class: "an-below" }, this.suggestions.node, this.curves.node, this.beside.node), this.examples.node);
    this.threshold = seen.threshold;
    this.#judge();
    this.#loadRest().catch((error) => {
      if (!this.closed) this.#tell(`The ${unit}s themselves could not be loaded (${error.message}).`);
    });
  }

  /** The series and what draws: nothing waits for them. */
  async #loadRest() {
    const { data, model } = this;
    const timed = data.window !== null && data.originals;
    const tensors = timed ? await fetchTensors(data.urls.series) : null;
    if (this.closed) return;
    if (tensors) this.#showSeries(tensors);
    else if (data.window !== null) this.series.replaceChildren(element("p", { class: "an-note" }, `The series that ${model.name} was measured on is not on this computer; its scores are.`));
    await this.examples.load(tensors && this.#windows(tensors));
    if (this.closed) return this.view.close(); // what draws has come since
    this.examples.move(this.threshold);
    this.examples.show(this.judged);
    const { example } = data.point;
    if (example !== null) this.#choose(example, false);
  }

  #showSeries(tensors) {
    const { data, model } = this;
    const offset = data.follows ? this.tensors.get("first").data.reduce((least, step) => Math.min(least, step), Infinity) : 0;
    this.timeline = new Timeline({
      model, data, tensors, offset, chosen: (index) => this.#choose(index), changed: (threshold) => this.#set(threshold), settled: () => this.#settled(),
    });
    this.live = new Live({ timeline: this.timeline, count: this.timeline.first.length, changed: (n) => {
      this.arrived = n;
      this.#set(this.threshold);
    } });
    this.stream.replaceWith(this.live.node);
    this.series.replaceChildren(this.timeline.node, this.live.said);
    this.timeline.show(this.judged, this.histogram.axis);
    this.timeline.move(this.threshold);
  }

  /** The windows of a series as examples. */
  #windows(tensors) {
    const { window } = this.data;
    const [channels, steps] = tensors.get("values").shape;
    const { data: all } = tensors.get("values");
    const first = tensors.get("first").data;
    const stride = Math.max(1, first.length > 1 ? first[1] - first[0] : 1);
    return {
      count: first.length, apart: Math.ceil(window / stride),
      of(index) {
        const values = new Float32Array(channels * window);
        for (let c = 0; c < channels; c++) values.set(all.subarray(c * steps + first[index], c * steps + first[index] + window), c * window);
        return values;
      },
    };
  }

  #nameOf(index) {
    const { unit, data, tensors, times } = this;
    const name = `${unit[0].toUpperCase()}${unit.slice(1)} ${index.toLocaleString("en")}`;
    if (!data.follows || times.begin === null) return name;
    const start = tensors.get("first").data[index];
    return `${name} (${times.span(start, start + data.window - 1)})`;
  }

  #choose(index, told = true) {
    this.examples.choose(index);
    this.timeline?.choose(index);
    this.example = index;
    if (told) this.#settled();
  }

  #tell(text) {
    this.note.hidden = false;
    this.note.textContent = `${this.note.textContent} ${text}`.trim();
  }

  close() {
    super.close();
    this.live?.close();
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

  /** Where there is nothing to choose. */
  get #fewClasses() {
    const { classes } = this.model;
    return classes.length < 2 || (classes.length === 2 && this.data.normal !== null);
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
    this.judged = new Judged(scores, wrong, data.follows ? { seconds: data.seconds === null ? null : data.seconds * this.#stride } : null);
    const { judged } = this;
    this.threshold ??= quantile(judged.normal, SHARE);
    this.histogram.show(judged, NAMES[this.score]);
    this.curves.show(judged);
    this.beside.show(judged);
    const normal = odd.size ? [...this.model.classes.keys()].filter((label) => !odd.has(label)) : null;
    this.suggestions.show(judged, this.score, normal);
    this.timeline?.show(judged, this.histogram.axis);
    this.examples.show(judged);
    this.note.textContent = `${this.#honestly()} ${this.data.advice}`.trim();
    this.note.hidden = !this.note.textContent;
    this.#set(this.threshold);
  }

  /** Steps from one window to the next. */
  get #stride() {
    const first = this.tensors.get("first")?.data;
    return first && first.length > 1 ? Math.max(1, first[1] - first[0]) : 1;
  }

  /** What has to be said before any number is believed. */
  #honestly() {
    const { data, judged, model, odd, unit } = this;
    if (!model.classes.length) return `These data have no labels: you see which ${unit}s are flagged, and nobody can say which of them are right.`;
    if (!judged.labelled) return `Nothing counts as an anomaly: choose classes under “Anomalies are …”.`;
    if (data.normal === null) {
      const names = [...odd].map((label) => model.classes[label]).slice(0, 4).join(", ");
      return `This model learned every class, ${names} too: as anomalies they are nothing new to it, and it need not find them. A detector learns what is normal alone: on Train, “One class”.${model.label === null ? "" : " And it is told the class of each example that it scores."}`;
    }
    return "";
  }

  // Where the line is

  #set(threshold) {
    this.threshold = threshold;
    const found = this.judged.at(threshold, this.arrived ?? this.judged.scores.length);
    this.histogram.move(threshold, this.found.show(found, this.judged));
    this.now = this.arrived ? this.judged.at(threshold) : found; // curves are of all, also while a stream arrives
    this.timeline?.move(threshold);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.curves.move(this.now);
      this.beside.move(this.now);
      this.examples.move(this.threshold);
    });
  }

  #priced() {
    this.suggestions.draw();
    this.#set(this.threshold);
    this.#settled();
  }

  #settled() {
    if (this.examples.sort === "line") this.examples.refresh(this.threshold);
    this.reportSoon("settled", () => ({ point: this.example === undefined ? {} : { example: this.example }, seen: this.#seen() }));
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
