// The series, what the model makes of it, and the scores under it: zoom, pan, click, and the threshold as a line.

import { capitalized, element } from "../../shared/kit/dom.js";
import { onNewPlace } from "../../shared/kit/pointer.js";
import { button, labelled } from "../../shared/kit/toolbar.js";
import { toldOf, written } from "../../shared/kinds/series/numbers.js";
import { nameOf } from "../../shared/kinds/series/plot.js";
import { BAND, BOTTOM, channelOf, CURVE, drawMarks, drawSeries, LEFT, partAt, scoreY } from "./series_drawing.js";
import { Times } from "./times.js";

const CLICK_PX = 4; // a press that moves less is a click
const GRAB_PX = 10; // from the line
const ZOOM = 1.5;
const LEAST = 8; // steps in view
const AT_FIRST = 16; // windows in view, where they only lie side by side
const KEYS = "Left and right arrows move, plus and minus zoom, 0 shows all. Click or press Enter: the window there.";

export class Timeline {
  view = [0, 1];
  #frame = 0;
  #press = null;
  #stale = true;

  /**
   * @param {object} options
   * @param {object} options.model
   * @param {object} options.data  the component's: seconds, begin, window, follows
   * @param {Map} options.tensors  as scoring.py's `series` gives them
   * @param {number} options.offset  the series' number of the first step here
   * @param {(index: number) => void} options.chosen  a window
   * @param {(threshold: number) => void} options.changed
   * @param {() => void} options.settled
   */
  constructor({ model, data, tensors, offset, ...heard }) {
    Object.assign(this, heard, { columns: model.kind.columns, unit: model.kind.unit, follows: data.follows, window: data.window });
    this.first = tensors.get("first").data;
    const [channels, steps] = tensors.get("values").shape;
    this.steps = steps;
    this.times = new Times(data.follows ? data : { begin: null, seconds: null }, offset);
    this.channels = Array.from({ length: channels }, (_, c) => channelOf(tensors, c, steps, this.columns[c]));
    this.channel = this.channels[0];
    this.limit = this.first.length; // windows that have happened
    this.view = data.follows ? this.whole : [-0.5, Math.min(steps, AT_FIRST * data.window) - 0.5];
    this.#build(model);
  }

  get whole() {
    return [-0.5, this.steps - 0.5];
  }

  #build(model) {
    this.canvas = element("canvas", { class: "an-canvas", "aria-hidden": "true" });
    this.marks = element("canvas", { class: "an-canvas", "aria-hidden": "true", "data-testid": "timeline-marks" });
    const help = element("span", { class: "an-hidden", id: "an-timeline-help" }, KEYS);
    this.pad = element("div", {
      class: "an-pad", tabindex: 0, role: "application", "aria-roledescription": "time line", "aria-label": `The series and its scores`,
      "aria-describedby": help.id, "data-testid": "timeline", onkeydown: (event) => this.#key(event), onpointerdown: (event) => this.#down(event),
      onlostpointercapture: () => this.#lift(), ondblclick: () => this.#show(this.whole),
      onpointerleave: () => (this.tip.hidden = true),
    }, this.canvas, this.marks, (this.tip = element("output", { class: "an-tip", hidden: true, "aria-hidden": "true" })), help);
    onNewPlace(this.pad, (event) => this.#move(event));
    this.pad.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    // A change of theme changes the text's colour.
    this.pad.addEventListener("transitionend", (event) => event.propertyName === "color" && this.redraw());
    new ResizeObserver(() => this.redraw()).observe(this.pad);
    this.range = element("p", { class: "an-small", "data-testid": "range" });
    const key = (kind, text) => element("span", {}, element("i", { class: kind }), text);
    const measured = key("an-value", nameOf(this.columns[0]));
    const choice = element("select", { class: "lx-number", "aria-label": "Channel", onchange: () => {
      this.channel = this.channels[choice.value];
      measured.lastChild.textContent = nameOf(this.channel.column);
      this.redraw();
    } }, ...this.columns.map((column, c) => element("option", { value: c }, column.name)));
    this.labelled = key("an-event", this.follows ? "labelled anomaly" : "anomaly");
    this.node = element("section", { class: "an-timeline", "aria-label": "The series" },
      element("div", { class: "an-legend" },
        measured, key("an-again", `the model's, ±${BAND}σ`), this.labelled, key("an-flag", "flagged"),
        ...(this.channels.length > 1 ? [labelled("Channel", choice)] : []), this.range,
        element("span", { class: "lx-joined" },
          button("+", "Zoom in", () => this.#zoom(1 / ZOOM), { "aria-label": "Zoom in" }), button("−", "Zoom out", () => this.#zoom(ZOOM), { "aria-label": "Zoom out" }),
          button("All", "Show the whole series", () => this.#show(this.whole)))),
      this.pad);
    if (!this.follows) this.node.title = `${capitalized(model.kind.unit)}s side by side: they do not follow each other in time`;
  }

  // What is shown

  show(judged, axis) {
    Object.assign(this, { judged, axis });
    const { first, window, follows, steps } = this;
    this.scoreAt = new Float32Array(steps).fill(NaN);
    first.forEach((start, i) => {
      if (follows) this.scoreAt[start + window - 1] = judged.scores[i];
      else this.scoreAt.fill(judged.scores[i], start, start + window);
    });
    this.events = [];
    judged.eachAnomalous((start, end) => this.events.push(this.#labelledSteps(start, end)));
    this.labelled.hidden = !this.events.length;
    this.redraw();
  }

  /** A run of windows that touch an anomaly: the first touches it with its end, the last with its beginning. */
  #labelledSteps(start, end) {
    const { first, window, follows } = this;
    if (end > first.length) return [Infinity, Infinity];
    const [from, to] = [first[start] + window - 1, first[end - 1]];
    return follows && to >= from ? [from, to] : [first[start], first[end - 1] + window - 1];
  }

  move(threshold) {
    this.threshold = threshold;
    this.#soon();
  }

  /** Mark a window, and bring it into view. */
  choose(index) {
    this.index = index;
    const [from, to] = this.view;
    const [start, end] = [this.first[index], this.first[index] + this.window];
    if (index < this.first.length && (end < from || start > to)) this.#show([start - (to - from) / 2, start + (to - from) / 2]);
    this.#soon();
  }

  /** Only the first n windows have happened; null: all. */
  until(n) {
    this.limit = n ?? this.first.length;
    if (n !== null) {
      const [from, to] = this.view;
      const now = this.endOf(Math.max(0, n - 1));
      if (now > from + 0.92 * (to - from) || now < from) this.#show([now - 0.6 * (to - from), now + 0.4 * (to - from)]);
    }
    this.redraw();
  }

  /** In view at the beginning of a replay. */
  near(steps) {
    this.#show([-0.5, Math.min(steps, this.steps) - 0.5]);
  }

  endOf(index) {
    return this.first[Math.min(index, this.first.length - 1)] + this.window - 1;
  }

  redraw() {
    this.#stale = true;
    this.#soon();
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.pad;
    if (!this.judged || !width) return;
    const style = getComputedStyle(this.pad);
    const color = (name) => style.getPropertyValue(name);
    const ink = style.color;
    const [plot, low] = [width - LEFT, height - BOTTOM];
    const lane = Math.round(low * CURVE);
    const place = { plot, low, lane, ink, color, height, lineY: this.#lineY(lane, low) };
    if (this.#stale) this.#paint(this.canvas, width, height, (context) => drawSeries(context, this, place));
    this.#stale = false;
    this.#paint(this.marks, width, height, (context) => drawMarks(context, this, place));
    this.pad.dataset.view = this.view.join();
    this.pad.dataset.frames = Number(this.pad.dataset.frames ?? 0) + 1;
    this.range.textContent = this.times.span(Math.max(0, this.view[0]), Math.min(this.steps - 1, this.view[1]));
  }

  #paint(canvas, width, height, draw) {
    const dense = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
    }
    const context = canvas.getContext("2d");
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context);
  }

  #lineY(lane, low) {
    return scoreY(this.axis.part(this.threshold), lane, low);
  }

  // Pointers and keys

  #place(event) {
    const { left, top, width, height } = this.pad.getBoundingClientRect();
    const low = height - BOTTOM;
    const lane = Math.round(low * CURVE);
    const [x, y] = [event.clientX - left - LEFT, event.clientY - top];
    const [from, to] = this.view;
    return { x, y, low, lane, plot: width - LEFT, step: from + (x / (width - LEFT)) * (to - from) };
  }

  #down(event) {
    if (event.button !== 0) return;
    const { y, lane, low, step } = this.#place(event);
    this.pad.setPointerCapture(event.pointerId);
    const grabs = Math.abs(y - this.#lineY(lane, low)) <= GRAB_PX;
    this.#press = { x: event.clientX, y: event.clientY, view: this.view, step, moved: false, grabs };
  }

  #move(event) {
    const { y, lane, low, plot, step } = this.#place(event);
    const press = this.#press;
    this.pad.dataset.over = press?.grabs || Math.abs(y - this.#lineY(lane, low)) <= GRAB_PX ? "line" : "";
    this.#tell(event, step);
    if (!press || !this.pad.hasPointerCapture(event.pointerId)) return;
    press.moved ||= Math.abs(event.clientX - press.x) > CLICK_PX || Math.abs(event.clientY - press.y) > CLICK_PX;
    if (!press.moved) return;
    if (press.grabs) this.changed(this.axis.score(partAt(y, lane, low)));
    else {
      const by = ((press.x - event.clientX) / plot) * (press.view[1] - press.view[0]);
      this.#show(press.view.map((at) => at + by));
    }
  }

  #lift() {
    const press = this.#press;
    this.#press = null;
    if (!press) return;
    if (!press.moved) this.#choose(press.step);
    else if (press.grabs) this.settled();
  }

  /** The window whose score stands at a step. */
  #indexAt(step) {
    const { first, window, follows } = this;
    const wanted = follows ? step - window + 1 : step - window / 2;
    let [low, high] = [0, first.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (first[middle] < wanted - 0.5) low = middle + 1;
      else high = middle;
    }
    return low && Math.abs(first[low - 1] - wanted) < Math.abs(first[low] - wanted) ? low - 1 : low;
  }

  #choose(step) {
    this.chosen(Math.min(this.#indexAt(step), this.limit - 1));
  }

  #tell(event, step) {
    const index = this.#indexAt(step);
    this.tip.hidden = event.pointerType === "touch" || step < 0 || step > this.steps || index >= this.limit;
    if (this.tip.hidden) return;
    const at = Math.min(this.steps - 1, Math.max(0, Math.round(step)));
    const { values, column } = this.channel;
    this.tip.textContent = `${this.times.name(at)}: ${toldOf(column, values[at])}, score ${written(this.judged.scores[index])}`;
    const { left, width } = this.pad.getBoundingClientRect();
    const part = (event.clientX - left) / width;
    this.tip.style.left = `${100 * part}%`;
    this.tip.style.translate = `${-100 * part}% 0`;
  }

  #wheel(event) {
    event.preventDefault();
    const factor = ZOOM ** (Math.sign(event.deltaY) * Math.min(1, Math.abs(event.deltaY) / 100));
    this.#zoom(factor, this.#place(event).step);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.view;
    const by = (event.shiftKey ? 0.5 : 0.1) * (to - from);
    const keys = {
      ArrowLeft: () => this.#show([from - by, to - by]), ArrowRight: () => this.#show([from + by, to + by]),
      "+": () => this.#zoom(1 / ZOOM), "=": () => this.#zoom(1 / ZOOM), "-": () => this.#zoom(ZOOM), 0: () => this.#show(this.whole),
      Enter: () => this.#choose((from + to) / 2),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  #zoom(factor, around = this.index !== undefined && this.#isSeen(this.index) ? this.first[this.index] : (this.view[0] + this.view[1]) / 2) {
    this.#show(this.view.map((at) => around + (at - around) * factor));
  }

  #isSeen(index) {
    return this.first[index] >= this.view[0] && this.first[index] <= this.view[1];
  }

  #show([from, to]) {
    const [first, last] = this.whole;
    const length = Math.min(last - first, Math.max(LEAST, to - from));
    const start = Math.min(last - length, Math.max(first, (from + to - length) / 2));
    this.view = [start, start + length];
    this.redraw();
  }
}
