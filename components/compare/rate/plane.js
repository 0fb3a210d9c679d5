// The plane of rate and distortion (Alemi et al. 2018): a point a model, and diagonals along which −ELBO is the same.

import { element } from "../../shared/kit/dom.js";
import { ticks, written } from "../../shared/kinds/series/numbers.js";
import { apart } from "../../shared/map/names.js";
import { diagonals, rangesOf, within } from "./ranges.js";
import { fixed } from "../../shared/kit/numerals.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = { left: 58, right: 14, top: 12, bottom: 48 }; // pixels around the plane itself, at the usual size of type
const NAMED = 14; // so many points have their names beside them; of more, only those that are compared or of the series
const DECIMALS = 2;

/** "24.50", with a minus sign. */
export function nats(value) {
  return fixed(value, DECIMALS);
}

/** As "KL 2.62 + NLL 21.87 = −ELBO 24.49 nats/image". */
export function told({ kl, nll, epoch, conditional }, unit) {
  const state = epoch === null ? "" : `, after epoch ${epoch}, still training`;
  return `KL ${nats(kl)} + NLL ${nats(nll)} = −ELBO ${nats(kl + nll)} nats/${unit}${conditional ? ", told the class" : ""}${state}`;
}

function drawn(tag, attributes = {}, text = "") {
  const node = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

export class Plane {
  #points = [];
  #series = [];
  #nodes = new Map(); // by name: {point, button, label}
  #ranges = null;
  #names = "";
  #marked = null;

  /** @param {{pointed: (name: ?string) => void, chosen: (name: string) => void}} on */
  constructor(on) {
    this.on = on;
    this.svg = drawn("svg", { "aria-hidden": "true" });
    this.guides = drawn("g", { class: "rd-guides" });
    this.plot = element("div", {
      class: "rd-points", role: "group", "aria-label": "Models by KL and NLL; arrow keys go from one to the next by KL",
      onkeydown: (event) => this.#key(event),
    });
    this.node = element("figure", { class: "rd-plane", "data-testid": "rate-plane" }, this.svg, this.plot);
    this.sizes = new ResizeObserver(() => this.#draw());
    this.sizes.observe(this.node);
  }

  close() {
    this.sizes.disconnect();
  }

  /** Take over points, and the names of those of a series, in their order. */
  place({ points, series, unit }) {
    Object.assign(this, { unit });
    this.#points = points;
    this.#series = series;
    const names = points.map(({ name }) => name).join("\n");
    // A plane that follows every epoch of a training would move all the others' points.
    const fits = this.#ranges && names === this.#names && points.every((point) => within(point, this.#ranges));
    if (!fits) this.#ranges = rangesOf(points);
    this.#names = names;
    const held = document.activeElement?.closest?.(".rd-point")?.dataset.name;
    const gone = new Map(this.#nodes);
    this.#nodes = new Map(points.map((point) => [point.name, this.#nodeOf(point, gone.get(point.name))]));
    gone.forEach(({ button, label }, name) => {
      if (!this.#nodes.has(name)) [button, label].forEach((node) => node.remove());
    });
    if (held && !this.#nodes.has(held)) this.on.pointed(null);
    this.#draw();
  }

  #nodeOf(point, before) {
    const { name } = point;
    const button = before?.button ?? element("button", {
      type: "button", "data-name": name, tabindex: -1,
      onpointerenter: () => this.on.pointed(name),
      onpointerleave: () => this.on.pointed(this.#focused()),
      onfocus: () => this.on.pointed(name),
      onblur: () => this.on.pointed(null),
      onclick: () => this.on.chosen(name),
    });
    const label = before?.label ?? element("span", { class: "rd-name", "aria-hidden": "true" });
    if (!before) this.plot.append(label, button);
    const ofSeries = this.#series.includes(name);
    button.className = ["rd-point", ofSeries && "rd-of-series", point.color && "rd-compared", point.epoch !== null && "rd-running",
      point.conditional && "rd-conditional"].filter(Boolean).join(" ");
    button.style.setProperty("--point", point.color ?? "");
    button.setAttribute("aria-label", `${name}: ${told(point, this.unit)}`);
    Object.assign(button.dataset, { kl: point.kl, nll: point.nll });
    label.textContent = point.label;
    return { point, button, label };
  }

  #focused() {
    return this.plot.contains(document.activeElement) ? document.activeElement.dataset.name ?? null : null;
  }

  /** Put the ring around a point; null for none. */
  mark(name) {
    this.#marked = name;
    this.node.dataset.marked = name ?? "";
    this.#nodes.forEach(({ button, label }, each) => {
      button.classList.toggle("rd-marked", each === name);
      label.classList.toggle("rd-marked", each === name);
      button.tabIndex = each === name ? 0 : -1;
    });
    this.#drawGuides();
  }

  /** From one point to the next by KL, as in a list. */
  #key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const order = [...this.#nodes.values()].sort((a, b) => a.point.kl - b.point.kl);
    const at = order.findIndex(({ point }) => point.name === this.#marked);
    order[Math.min(order.length - 1, Math.max(0, at + step))]?.button.focus();
  }

  // Drawing

  /** Where a place of the plane lies, in pixels; one that is far outside lies at the edge. */
  #at({ kl, nll }) {
    const { width, height } = this;
    const [x, y] = ["kl", "nll"].map((axis) => {
      const [low, high] = this.#ranges[axis];
      const part = ((axis === "kl" ? kl : nll) - low) / (high - low);
      return Math.min(1, Math.max(0, part));
    });
    const inside = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
    return [MARGIN.left + x * inside[0], MARGIN.top + (1 - y) * inside[1]];
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.node;
    if (!width || !height || !this.#ranges) return;
    Object.assign(this, { width, height });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren(...this.#diagonals(), ...this.#axes(), this.#line(), this.guides);
    this.#nodes.forEach(({ point, button }) => {
      const [x, y] = this.#at(point);
      button.style.translate = `${x}px ${y}px`;
      button.classList.toggle("rd-outside", !within(point, this.#ranges));
    });
    this.#drawNames();
    this.#drawGuides();
  }

  #axes() {
    const { width, height, unit } = this;
    const { kl, nll } = this.#ranges;
    const [bottom, right] = [height - MARGIN.bottom, width - MARGIN.right];
    const marks = [
      drawn("path", { class: "rd-axis", d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}` }),
      drawn("text", { class: "rd-title", x: (MARGIN.left + right) / 2, y: height - 8, "text-anchor": "middle" }, `KL, rate: nats/${unit}`),
      drawn("text", { class: "rd-title", x: -(MARGIN.top + bottom) / 2, y: 16, transform: "rotate(-90)", "text-anchor": "middle" },
        `NLL, distortion: nats/${unit}`),
    ];
    for (const value of ticks(Math.max(0, kl[0]), kl[1], 6)) {
      const [x] = this.#at({ kl: value, nll: nll[0] });
      marks.push(drawn("path", { class: "rd-axis", d: `M${x} ${bottom}v5` }), drawn("text", { x, y: bottom + 20, "text-anchor": "middle" }, written(value)));
    }
    for (const value of ticks(...nll, 5)) {
      const [, y] = this.#at({ kl: kl[0], nll: value });
      marks.push(drawn("path", { class: "rd-axis", d: `M${MARGIN.left} ${y}h-5` }), drawn("text", { x: MARGIN.left - 9, y: y + 4, "text-anchor": "end" }, written(value)));
    }
    return marks;
  }

  #diagonals() {
    return diagonals(this.#ranges).flatMap(({ bound, from, to }, i) => {
      const [[x1, y1], [x2, y2]] = [this.#at(from), this.#at(to)];
      // At the upper end where that is at the top, else at the lower one: the points lie between.
      const atTop = y1 <= MARGIN.top + 1;
      const place = atTop ? { x: x1 + 4, y: y1 + 14, "text-anchor": "start" } : { x: x2 - 4, y: y2 - 6, "text-anchor": "end" };
      const text = `${i ? "" : "−ELBO "}${written(bound)}`;
      return [drawn("path", { class: "rd-diagonal", d: `M${x1} ${y1}L${x2} ${y2}` }), drawn("text", { class: "rd-bound", ...place }, text)];
    });
  }

  /** Through the series, in the order of β. */
  #line() {
    const points = this.#series.map((name) => this.#at(this.#nodes.get(name).point));
    return drawn("polyline", { class: "rd-line", points: points.map((at) => at.join()).join(" ") });
  }

  /** From the marked point to both axes, and the diagonal that it lies on. */
  #drawGuides() {
    const marked = this.#nodes.get(this.#marked);
    if (!marked || !this.width) return this.guides.replaceChildren();
    const { kl, nll } = marked.point;
    const [x, y] = this.#at({ kl, nll });
    const bottom = this.height - MARGIN.bottom;
    const own = diagonals(this.#ranges, [kl + nll])[0];
    const nodes = [
      drawn("path", { class: "rd-guide", d: `M${MARGIN.left} ${y}H${x}V${bottom}` }),
      drawn("text", { class: "rd-read", x: Math.max(MARGIN.left + 18, x), y: bottom - 6, "text-anchor": "middle" }, nats(kl)),
      drawn("text", { class: "rd-read", x: MARGIN.left + 5, y: y - 6 }, nats(nll)),
    ];
    if (own) {
      const [[x1, y1], [x2, y2]] = [this.#at(own.from), this.#at(own.to)];
      nodes.unshift(drawn("path", { class: "rd-own", d: `M${x1} ${y1}L${x2} ${y2}` }));
    }
    this.guides.replaceChildren(...nodes);
  }

  #drawNames() {
    const all = [...this.#nodes.values()];
    const few = all.length <= NAMED;
    const right = this.width - MARGIN.right;
    all.forEach(({ point, button, label }) => {
      label.classList.toggle("rd-quiet", !(few || point.color || button.classList.contains("rd-of-series")));
    });
    const named = all.filter(({ label }) => !label.classList.contains("rd-quiet"));
    const boxes = named.map(({ point, label }) => {
      const [x, y] = this.#at(point);
      const [width, height] = [label.offsetWidth, label.offsetHeight];
      const left = x + 12 + width > right ? x - 12 - width : x + 12;
      return { x: left + width / 2, y, width, height, left };
    });
    const heights = apart(boxes);
    named.forEach(({ label }, i) => (label.style.translate = `${boxes[i].left}px ${heights[i] - boxes[i].height / 2}px`));
    this.svg.querySelectorAll(".rd-bound").forEach((text) => {
      const { x, y, width, height } = text.getBBox();
      const covered = boxes.some((box, i) => x < box.left + box.width && box.left < x + width
        && Math.abs(y + height / 2 - heights[i]) < (height + box.height) / 2);
      text.classList.toggle("rd-covered", covered); // the name of a point says more
    });
    all.filter((each) => !named.includes(each)).forEach(({ point, label }) => {
      const [x, y] = this.#at(point);
      const left = x + 12 + label.offsetWidth > right ? x - 12 - label.offsetWidth : x + 12;
      label.style.translate = `${left}px ${y - label.offsetHeight / 2}px`;
    });
  }
}
