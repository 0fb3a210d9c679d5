// Series: windows of measurements [C·T], a channel after the other, scaled. The kind's JSON brings the columns, which say
// what a scaled value measures.

import { element } from "../kit/dom.js";
import { rawOf, rounded, toldOf, unitOf, written } from "./series/numbers.js";
import { COLORS, css, FINE, HIGHEST, MIDDLE, nameOf, PAPER, Plot } from "./series/plot.js";

const STRIKING = 2; // nats of misfit: 2 standard deviations

/** @returns {import("./index.js").Renderer}  of windows of `shape` [C, T] */
export function renderer({ columns, step, picture: size }, [channels, steps]) {
  const lanes = new Plot(columns, step, steps).lanes;

  /** When a step is, from the first one on. */
  function time(t) {
    const { unit, each } = unitOf(step, Math.max(1, t));
    return step ? `${written(t * each)} ${unit}` : `step ${t + 1}`;
  }

  function text(values) {
    return columns.map((column, channel) => {
      const own = Array.from(values.slice(channel * steps, (channel + 1) * steps), (value) => rounded(column, value));
      const mean = own.reduce((sum, value) => sum + value, 0) / steps;
      const [low, high] = [Math.min(...own), Math.max(...own)].map(written);
      return `${column.name}: ${low} to ${high}${column.unit && ` ${column.unit}`}, mean ${written(mean)}`;
    }).join("; ");
  }

  /** As curves.py draws it. */
  function paint(values, rgba) {
    const { width, height } = size;
    for (let y = 0, at = 0; y < height; y++) {
      const paper = y === height >> 1 ? MIDDLE : PAPER;
      for (let x = 0; x < width; x++, at += 4) rgba.set([...paper, 255], at);
    }
    for (let channel = channels - 1; channel >= 0; channel--) {
      const color = COLORS[channel % COLORS.length];
      let before = null;
      for (let x = 0; x < width; x++) {
        const at = (x * (steps - 1)) / (width - 1);
        const left = Math.min(Math.floor(at), steps - 2);
        const first = channel * steps + left;
        const value = values[first] * (1 - at + left) + values[first + 1] * (at - left);
        const y = Math.min(Math.max((0.5 - value / (2 * HIGHEST)) * height, 1), height - 1);
        const [low, high] = [Math.min(before ?? y, y) - 0.75, Math.max(before ?? y, y) + 0.75];
        for (let row = Math.max(0, Math.floor(low)); row < Math.min(height, high); row++) {
          const cover = Math.min(row + 1, high) - Math.max(row, low);
          for (let c = 0, i = 4 * (row * width + x); c < 3; c++, i++) {
            rgba[i] = Math.floor(rgba[i] * (1 - cover) + color[c] * cover + 0.5);
          }
        }
        before = y;
      }
    }
  }

  function view(label, testid = "decoded-series", { places = false } = {}) {
    const plot = new Plot(columns, step, steps, places);
    const { width, height } = plot;
    const canvas = element("canvas", { width: FINE * width, height: FINE * height, role: "img", "aria-label": label, "data-testid": testid });
    const context = canvas.getContext("2d");
    let shown = null;
    const more = { beside: null, fan: [], misfits: null, cursor: null };
    const draw = () => plot.draw(context, shown, more);
    // Letters keep their size on the screen where the view is small.
    new ResizeObserver(([{ contentRect }]) => {
      plot.setSize(Math.min(Math.max((12 * width) / (contentRect.width || width), 10), 26));
      if (shown) draw();
    }).observe(canvas);
    const picture = element("div", { class: "lx-image lx-series", style: `aspect-ratio: ${width} / ${height}` }, canvas);
    return {
      node: plot.shared && !places ? element("div", {}, picture, legend()) : picture,
      canvas,
      picture: canvas,
      show(values) {
        shown = values;
        draw();
        canvas.dataset.values = JSON.stringify(columns.map((_, c) => Array.from(values.slice(c * steps, (c + 1) * steps))));
      },
      showPicture(image) {
        const source = element("canvas", { width: image.width, height: image.height });
        source.getContext("2d").putImageData(image, 0, 0);
        context.setTransform(FINE, 0, 0, FINE, 0, 0);
        context.drawImage(source, 0, 0, width, height);
      },
      settle() {
        if (shown) canvas.setAttribute("aria-label", `${label}: ${text(shown)}`);
      },
      compare: (values) => (more.beside = values),
      blame: (misfits) => (more.misfits = misfits),
      fan(examples) {
        more.fan = examples;
        if (shown && examples.length) draw();
      },
      cursor: (at) => (more.cursor = at),
      at({ clientX, clientY }, channel) {
        const box = canvas.getBoundingClientRect();
        return plot.at(((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height, channel);
      },
    };
  }

  /** Which colour is which channel, where they share a lane. */
  function legend() {
    return element("ul", { class: "lx-symbols" }, ...columns.map((column, channel) =>
      element("li", {}, element("i", { class: "lx-swatch", style: `background: ${css(channel)}` }), nameOf(column))));
  }

  /** Where values did not fit, in words: the worst step of all. */
  function misfit(costs, values) {
    let worst = 0;
    for (let i = 1; i < costs.length; i++) if (costs[i] > costs[worst]) worst = i;
    const total = costs.reduce((sum, cost) => sum + cost, 0);
    const [channel, t] = [Math.floor(worst / steps), worst % steps];
    const where = `${channels > 1 ? `${columns[channel].name}, ` : ""}${time(t)} (${toldOf(columns[channel], values[worst])})`;
    if (costs[worst] < STRIKING) return `Every step fits: ${written(total)} nats of error in all.`;
    return `Fits least at ${where}: ${written(costs[worst])} of ${written(total)} nats of error.`;
  }

  /** The mean of some windows and their spread, step by step, and what each channel's values are beside others'. */
  function summary(inside, outside) {
    const mean = Float32Array.from(inside[0], (_, i) => inside.reduce((sum, values) => sum + values[i], 0) / inside.length);
    const spread = mean.map((center, i) => Math.sqrt(inside.reduce((sum, values) => sum + (values[i] - center) ** 2, 0) / inside.length));
    const levelOf = (some, c) => some.reduce((sum, values) => sum + values.slice(c * steps, (c + 1) * steps).reduce((a, b) => a + b, 0), 0) / (some.length * steps);
    const said = outside.length ? columns.map((column, c) => `${column.name}: mean ${toldOf(column, levelOf(inside, c))}, rest ${toldOf(column, levelOf(outside, c))}`) : [];
    return { mean, spread, said };
  }

  return {
    tile: size,
    places: {
      columns: steps, rows: lanes, along: true, tints: [[96, 108, 112, 255], [96, 108, 112, 255]],
      parts: [
        ["First half", (_, t) => t < steps / 2], ["Last half", (_, t) => t >= steps / 2], ["Middle", (_, t) => t >= steps / 3 && t < (2 * steps) / 3],
        ...(lanes > 1 ? columns.map(({ name }, channel) => [name, (row) => row === channel]) : []),
      ],
    },
    form: "[channels, steps], scaled numbers",
    paint, text, view, misfit, summary,
    sketching: { columns, steps, shared: lanes < channels, highest: HIGHEST, time, told: (channel, value) => toldOf(columns[channel], value) },
    asText: (values) => [
      columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(","),
      ...Array.from({ length: steps }, (_, t) => columns.map((column, c) => rawOf(column, values[c * steps + t])).join(",")),
      "",
    ].join("\n"),
    fromRest: (bytes) => new Float32Array(bytes.slice().buffer),
    background: 0,
    smooth: true,
    paper: true,
  };
}
