// How often each score occurs, among normal examples and among anomalies, and the threshold as a line to drag.

import { element } from "../shared/kit/dom.js";
import { followPointer } from "../shared/kit/pointer.js";
import { written } from "../shared/kinds/series/numbers.js";
import { quantile } from "./measures.js";

const BINS = 72;
const FAR = 1.5; // times the middle half's width above the median, from where on the axis is logarithmic
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
const KEYS = 200; // steps from one end of the axis to the other
const HELP = "Arrow keys move the line, with Shift or Page keys faster; Home and End go to the ends.";

const svg = (tag, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

/** From scores to places between 0 and 1, and back: even around the middle, logarithmic where scores go far. */
export class ScoreAxis {
  /**
   * @param {Float32Array} sorted  scores in ascending order
   * @param {Float32Array} normal  those of normal examples, which take up most of the axis
   */
  constructor(sorted, normal) {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(normal, share));
    this.middle = middle;
    this.width = Math.max(high - low, 1e-6 * Math.max(1, Math.abs(middle))) * FAR;
    const ends = [sorted[0], sorted[sorted.length - 1]].map((score) => this.#bent(score));
    const margin = 0.02 * (ends[1] - ends[0]) || 1;
    [this.first, this.last] = [ends[0] - margin, ends[1] + margin];
  }

  #bent(score) {
    return Math.asinh((score - this.middle) / this.width);
  }

  part(score) {
    return Math.min(1, Math.max(0, (this.#bent(score) - this.first) / (this.last - this.first)));
  }

  score(part) {
    return this.middle + this.width * Math.sinh(this.first + part * (this.last - this.first));
  }

  /** Round scores for labels, about `n`, with room between them. */
  ticks(n = 7) {
    const found = [];
    for (let i = 0; i < n; i++) {
      const rounded = round(this.score((i + 0.5) / n), this.score((i + 1) / n) - this.score(i / n));
      const part = this.part(rounded);
      if (part > 0.01 && part < 0.99 && !found.some((other) => Math.abs(other.part - part) < 0.5 / n)) found.push({ score: rounded, part });
    }
    return found;
  }
}

/** The roundest number within a fifth of `room` of a value. */
function round(value, room) {
  for (let power = 10 ** Math.ceil(Math.log10(Math.abs(value) + room)); power > room / 1000; power /= 10) {
    for (const step of [power, power / 2, power / 5]) {
      const found = Math.round(value / step) * step;
      if (Math.abs(found - value) <= room / 4) return found;
    }
  }
  return value;
}

export class Histogram {
  /**
   * @param {object} options
   * @param {string} options.unit  what an example is called
   * @param {(threshold: number) => void} options.changed  at every move of the line
   * @param {() => void} options.settled
   */
  constructor({ unit, changed, settled }) {
    Object.assign(this, { unit, changed, settled });
    this.bars = svg("svg", { viewBox: `0 0 ${BINS} 100`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.ticks = element("div", { class: "an-ticks", "aria-hidden": "true" });
    this.line = element("div", { class: "an-line" }, element("span", { class: "an-grip" }));
    this.tag = element("output", { class: "an-tag", "aria-hidden": "true" });
    const help = element("span", { class: "an-hidden", id: "an-threshold-help" }, HELP);
    this.plot = element("div", {
      class: "an-plot", role: "slider", tabindex: 0, "data-testid": "threshold", "aria-label": "Threshold, in nats",
      "aria-orientation": "horizontal", "aria-describedby": help.id, onkeydown: (event) => this.#key(event),
    }, this.bars, this.line, this.tag, element("span", { class: "an-side an-left", "aria-hidden": "true" }, "◂ passes"),
    element("span", { class: "an-side an-right", "aria-hidden": "true" }, "flagged ▸"));
    followPointer(this.plot, (event) => this.changed(this.#under(event)), () => this.settled());
    this.legend = element("p", { class: "an-legend" });
    this.axisName = element("p", { class: "an-axis" });
    this.node = element("section", { class: "an-histogram", "aria-label": "Distribution of the scores" }, this.legend, this.plot, this.ticks, this.axisName, help);
  }

  /** @param {import("./measures.js").Judged} judged */
  show(judged, name) {
    const { scores, wrong, labelled } = judged;
    this.axis = new ScoreAxis(Float32Array.from(scores).sort(), judged.normal);
    const counts = [new Float64Array(BINS), new Float64Array(BINS)];
    scores.forEach((score, i) => counts[labelled && wrong[i] ? 1 : 0][Math.min(BINS - 1, Math.floor(BINS * this.axis.part(score)))]++);
    const highest = counts.map((some) => Math.max(1, ...some)); // each group by itself: anomalies are few
    this.bars.replaceChildren(...counts.flatMap((some, group) => [...some.keys()].filter((i) => some[i]).map((i) => {
      const height = Math.max(1, (88 * some[i]) / highest[group]);
      return svg("rect", { class: group ? "an-odd" : "an-usual", x: i + (group ? 0.3 : 0.04), y: 100 - height, width: group ? 0.4 : 0.92, height });
    })));
    this.ticks.replaceChildren(...this.axis.ticks().map(({ score, part }) => element("span", { style: `left: ${100 * part}%` }, written(score))));
    this.axisName.textContent = `${name}, nats per ${this.unit}`;
    const key = (kind, text) => element("span", {}, element("i", { class: kind }), text);
    const some = (n, what) => `${n.toLocaleString("en")} ${what}`;
    this.legend.replaceChildren(...(labelled
      ? [key("an-usual", some(judged.normal.length, "normal")), key("an-odd", some(judged.positives, "anomalies")), element("span", { class: "an-small" }, "each to its own height")]
      : [key("an-usual", some(scores.length, `${this.unit}s, without labels`))]));
    this.plot.setAttribute("aria-valuemin", this.axis.score(0).toPrecision(6));
    this.plot.setAttribute("aria-valuemax", this.axis.score(1).toPrecision(6));
  }

  /** Put the line there; `text` says what it finds. */
  move(threshold, text) {
    const part = this.axis.part(threshold);
    this.plot.style.setProperty("--at", part);
    this.plot.dataset.end = part > 0.88 ? "right" : part < 0.12 ? "left" : "";
    this.tag.textContent = written(threshold);
    this.plot.setAttribute("aria-valuenow", threshold.toPrecision(8));
    this.plot.dataset.threshold = threshold;
    this.plot.setAttribute("aria-valuetext", text);
    this.threshold = threshold;
  }

  #under(event) {
    const { left, width } = this.plot.getBoundingClientRect();
    return this.axis.score(Math.min(1, Math.max(0, (event.clientX - left) / width)));
  }

  #key(event) {
    const at = this.axis.part(this.threshold);
    const step = STEPS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!step && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const part = step ? at + (step * (event.shiftKey ? 10 : 1)) / KEYS : event.key === "Home" ? 0 : 1;
    this.changed(this.axis.score(Math.min(1, Math.max(0, part))));
    this.settled();
  }
}
