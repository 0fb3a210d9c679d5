// The large view of a window: a lane a channel, each with its own axis, over one axis of time. The scales stand still, so
// that what moves is the curve. Many channels share one lane, which then counts standard deviations.

import { brief, rounded, scaledOf, ticks, ticksOf, unitOf } from "./numbers.js";

export const HIGHEST = 3.5; // standard deviations from the middle to the edge, as vae_core/kinds/series/curves.py draws them
export const [PAPER, MIDDLE] = [[250, 250, 248], [222, 222, 216]];
export const COLORS = [[31, 102, 168], [200, 84, 32], [42, 128, 82], [132, 72, 160], [150, 116, 20], [60, 130, 150]];
export const css = (channel, alpha = 1) => `rgb(${COLORS[channel % COLORS.length].join(" ")} / ${alpha})`;

const MOST_LANES = 6;
const WIDTH = 640;
export const FINE = 2; // pixels of the canvas a unit of the plot: sharp on a projector
const [LEAST, LANE] = [280, 80]; // pixels of height: of all, and of a lane
const [INK, BESIDE, MISFIT] = ["#5a5f63", "#8b8f93", [214, 39, 90]];
const STRONG = 8; // nats above what a perfect value costs: 4 standard deviations

export class Plot {
  /**
   * @param {object[]} columns  what each channel measures
   * @param {?number} step  seconds
   * @param {number} steps  of a window
   * @param {boolean} bare  without axes: a place is then a part of the whole picture
   */
  constructor(columns, step, steps, bare = false) {
    Object.assign(this, { columns, step, steps, bare, shared: columns.length > MOST_LANES });
    this.lanes = this.shared ? 1 : columns.length;
    this.width = WIDTH;
    this.height = Math.max(LEAST, LANE * this.lanes);
    this.left = 0;
    this.size = 12;
  }

  /** Letters of `size` pixels. */
  setSize(size) {
    this.size = size;
  }

  /** Where a step lies from the left edge. */
  x(t) {
    if (this.bare) return (WIDTH * (t + 0.5)) / this.steps;
    return this.left + ((WIDTH - 8 - this.left) * t) / (this.steps - 1);
  }

  /** Where a scaled value lies from the upper edge. */
  y(channel, value) {
    const [top, height] = this.#lane(channel);
    return top + height * (0.5 - Math.min(Math.max(value / (2 * HIGHEST), -0.5), 0.5));
  }

  /** What lies at a place of the picture; of one lane for all, the channel is `given`. */
  at(x, y, given = null) {
    const lane = Math.min(this.lanes - 1, Math.max(0, Math.floor((y - this.#top) / (this.#inner / this.lanes))));
    const channel = given ?? (this.shared ? 0 : lane);
    const [top, height] = this.#lane(channel);
    const part = this.bare ? x / WIDTH - 0.5 / this.steps : (x - this.left) / (WIDTH - 8 - this.left);
    const step = this.bare ? part * this.steps : part * (this.steps - 1);
    const value = 2 * HIGHEST * (0.5 - (y - top) / height);
    return { channel, step: Math.min(this.steps - 1, Math.max(0, step)), value: Math.min(HIGHEST, Math.max(-HIGHEST, value)) };
  }

  get #top() {
    return this.bare ? 0 : 8;
  }

  get #inner() {
    return this.bare ? this.height : this.height - 2.1 * this.size - this.#top;
  }

  /** The upper edge of a channel's lane, and its height. */
  #lane(channel) {
    const gap = this.bare || this.lanes === 1 ? 0 : 8;
    const each = this.#inner / this.lanes;
    return [this.#top + (this.shared ? 0 : channel) * each, each - gap];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {?ArrayLike<number>} values  [C·T]
   * @param {{beside: ?ArrayLike<number>, fan: ArrayLike<number>[], misfits: ?ArrayLike<number>, cursor: ?object}} more
   *   another window behind it, several in place of it, what each value costs, and where the keys are
   */
  draw(context, values, { beside = null, fan = [], misfits = null, cursor = null } = {}) {
    const { size, steps, columns } = this;
    const scales = Array.from({ length: this.lanes }, (_, lane) => this.#scale(lane));
    context.setTransform(FINE, 0, 0, FINE, 0, 0);
    context.font = `${size}px sans-serif`;
    this.left = this.bare ? 0 : 10 + Math.max(...scales.flat().map(({ text }) => context.measureText(text).width));
    context.fillStyle = `rgb(${PAPER})`;
    context.fillRect(0, 0, WIDTH, this.height);
    if (misfits) this.#shade(context, misfits);
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    scales.forEach((scale, lane) => scale.forEach(({ at, text }) => {
      const y = this.y(lane, at);
      line(context, `rgb(${MIDDLE})`, [[this.left, y], [WIDTH, y]]);
      context.fillStyle = INK;
      context.fillText(text, this.left - 6, y);
    }));
    if (!this.bare) this.#time(context);
    context.lineJoin = "round";
    const curve = (some, channel, color, width) => {
      context.lineWidth = width;
      line(context, color, Array.from({ length: steps }, (_, t) => [this.x(t), this.y(channel, some[channel * steps + t])]));
    };
    for (let channel = columns.length - 1; channel >= 0; channel--) {
      if (beside) curve(beside, channel, BESIDE, size / 10);
      for (const each of fan) curve(each, channel, css(channel, 0.45), size / 10);
      if (values) curve(values, channel, css(channel), size / 6);
    }
    if (values) this.#beyond(context, values);
    this.#names(context);
    if (cursor) this.#mark(context, values, cursor);
  }

  /** The ticks of a lane: {at, a scaled value, text}. */
  #scale(lane) {
    const n = Math.max(2, Math.min(5, Math.floor(this.#lane(lane)[1] / (3 * this.size))));
    if (this.bare) return [];
    if (this.shared) return ticks(-HIGHEST, HIGHEST, n).map((at) => ({ at, text: `${brief(at)} σ` }));
    const column = this.columns[lane];
    const all = ticksOf(column, HIGHEST, n).map((raw) => ({ at: scaledOf(column, raw), text: brief(raw) }));
    return this.lanes > 1 ? all.filter(({ at }) => Math.abs(at) < 0.85 * HIGHEST) : all; // no letters across an edge
  }

  #time(context) {
    const { size } = this;
    const { unit, each, apart } = unitOf(this.step, this.steps);
    const bottom = this.#top + this.#inner;
    context.fillStyle = INK;
    context.textAlign = "right";
    const right = WIDTH - 8;
    context.fillText(unit, right, bottom + 1.1 * size);
    const free = right - context.measureText(unit).width - size;
    context.textAlign = "center";
    for (const tick of ticks(0, (this.steps - 1) * each, 6, apart)) {
      const [x, text] = [this.x(tick / each), brief(tick)];
      if (x + context.measureText(text).width / 2 < free) context.fillText(text, x, bottom + 1.1 * size);
    }
  }

  /** Behind steps that the model did not expect. */
  #shade(context, misfits) {
    const { steps } = this;
    for (let lane = 0; lane < this.lanes; lane++) {
      const [top, height] = this.#lane(lane);
      for (let t = 0; t < steps; t++) {
        let cost = misfits[lane * steps + t];
        if (this.shared) for (let c = 1; c < this.columns.length; c++) cost = Math.max(cost, misfits[c * steps + t]);
        const strength = 0.6 * Math.min(1, Math.max(0, cost / STRONG - 0.1));
        if (!strength) continue;
        const [from, to] = [this.x(Math.max(0, t - 0.5)), this.x(Math.min(steps - 1, t + 0.5))];
        context.fillStyle = `rgb(${MISFIT.join(" ")} / ${strength.toFixed(3)})`;
        context.fillRect(from, top, Math.max(2, to - from), height);
      }
    }
  }

  /** What lies beyond an edge says how far. */
  #beyond(context, values) {
    const { steps, size } = this;
    if (this.bare || this.shared) return;
    context.textAlign = "center";
    this.columns.forEach((column, channel) => {
      for (const sign of [1, -1]) {
        let most = -1;
        for (let t = 0; t < steps; t++) {
          const value = sign * values[channel * steps + t];
          if (value > HIGHEST + 1e-3 && (most < 0 || value > sign * values[channel * steps + most])) most = t;
        }
        if (most < 0) continue;
        const text = `${sign > 0 ? "↑" : "↓"} ${brief(rounded(column, values[channel * steps + most]))}`;
        const half = context.measureText(text).width / 2 + 3;
        const x = Math.min(WIDTH - 4 - half, Math.max(this.left + half, this.x(most)));
        const y = this.y(channel, sign * HIGHEST) + (sign > 0 ? 0.8 : -0.8) * size;
        context.fillStyle = `rgb(${PAPER.join(" ")} / 0.85)`;
        context.fillRect(x - half, y - 0.6 * size, 2 * half, 1.2 * size);
        context.fillStyle = css(channel);
        context.fillText(text, x, y);
      }
    });
  }

  /** Each lane's column and its unit; of one lane for all, the colours say it (see `legend`). */
  #names(context) {
    if (this.shared) return;
    context.textAlign = "left";
    this.columns.forEach((column, channel) => {
      const text = shortened(nameOf(column), WIDTH - this.left - 16, (part) => context.measureText(part).width);
      const y = this.#lane(channel)[0] + 0.7 * this.size;
      context.fillStyle = `rgb(${PAPER.join(" ")} / 0.8)`;
      context.fillRect(this.left + 4, y - 0.6 * this.size, context.measureText(text).width + 6, 1.2 * this.size);
      context.fillStyle = css(channel);
      context.fillText(text, this.left + 7, y);
    });
  }

  #mark(context, values, { channel, step }) {
    const [top, height] = this.#lane(channel);
    context.lineWidth = 1.5;
    line(context, "#222", [[this.x(step), top], [this.x(step), top + height]]);
    context.beginPath();
    context.arc(this.x(step), this.y(channel, values[channel * this.steps + step]), 0.5 * this.size, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.stroke();
  }
}

/** A column's name with its unit. */
export const nameOf = ({ name, unit }) => (unit ? `${name} (${unit})` : name);

/** A text cut off with an ellipsis where it is wider than `width`. */
function shortened(text, width, measure) {
  if (measure(text) <= width) return text;
  let part = text;
  while (part && measure(`${part}…`) > width) part = part.slice(0, -1);
  return `${part}…`;
}

function line(context, color, points) {
  context.strokeStyle = color;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}
