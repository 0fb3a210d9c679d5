// Series: windows of measurements [C·T], a channel after the other, scaled. The kind's JSON brings the columns, which say
// what a scaled value measures.

import { element } from "../kit/dom.js";

const HIGHEST = 3.5; // standard deviations from the middle to the edge, as vae_core/kinds/series/curves.py draws them
const [PAPER, MIDDLE] = [[250, 250, 248], [222, 222, 216]];
const COLORS = [[31, 102, 168], [200, 84, 32], [42, 128, 82], [132, 72, 160], [150, 116, 20], [60, 130, 150]];
const css = (channel) => `rgb(${COLORS[channel % COLORS.length]})`;
const [WIDTH, HEIGHT, TOP] = [640, 320, 10]; // of the large view

/** @returns {import("./index.js").Renderer}  of windows of `shape` [C, T] */
export function renderer({ columns, step, picture: size }, [channels, steps]) {
  const raw = (channel, value) => rawOf(columns[channel], value);
  const scaled = (channel, value) => {
    const { center, spread, log } = columns[channel];
    return ((log ? Math.sign(value) * Math.log1p(Math.abs(value)) : value) - center) / spread;
  };

  function text(values) {
    return columns.map(({ name, unit }, channel) => {
      const own = Array.from(values.slice(channel * steps, (channel + 1) * steps), (value) => raw(channel, value));
      const mean = own.reduce((sum, value) => sum + value, 0) / steps;
      const [low, high] = [Math.min(...own), Math.max(...own)].map(written);
      return `${name}: ${low} to ${high}${unit && ` ${unit}`}, mean ${written(mean)}`;
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

  function view(label, testid = "decoded-series") {
    const canvas = element("canvas", { width: WIDTH, height: HEIGHT, role: "img", "aria-label": label, "data-testid": testid });
    let [shown, size] = [null, 12];
    // Letters keep their size on the screen where the view is small.
    new ResizeObserver(([{ contentRect: { width } }]) => {
      size = Math.min(Math.max((12 * WIDTH) / (width || WIDTH), 10), 26);
      if (shown) draw(canvas.getContext("2d"), shown, size);
    }).observe(canvas);
    return {
      node: element("div", { class: "lx-image lx-series", style: `aspect-ratio: ${WIDTH} / ${HEIGHT}` }, canvas),
      canvas,
      picture: canvas,
      show(values) {
        shown = values;
        draw(canvas.getContext("2d"), values, size);
        canvas.dataset.values = JSON.stringify(columns.map((_, c) => Array.from(values.slice(c * steps, (c + 1) * steps))));
      },
      showPicture(image) {
        const source = element("canvas", { width: image.width, height: image.height });
        source.getContext("2d").putImageData(image, 0, 0);
        canvas.getContext("2d").drawImage(source, 0, 0, WIDTH, HEIGHT);
      },
      settle() {
        if (shown) canvas.setAttribute("aria-label", `${label}: ${text(shown)}`);
      },
    };
  }

  /** Curves over labelled axes; the scale stands still, so that what moves is the curve. */
  function draw(context, values, size) {
    const [left, right, bottom] = [4.5 * size, WIDTH - 8, HEIGHT - 2.1 * size];
    const x = (t) => left + ((right - left) * t) / (steps - 1);
    const y = (value) => TOP + (bottom - TOP) * (0.5 - Math.min(Math.max(value / (2 * HIGHEST), -0.5), 0.5));
    context.fillStyle = `rgb(${PAPER})`;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.font = `${size}px sans-serif`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.lineWidth = 1;
    const [low, high] = [raw(0, -HIGHEST), raw(0, HIGHEST)];
    for (const tick of ticks(low, high, size > 18 ? 3 : 5)) {
      const at = y(scaled(0, tick));
      line(context, `rgb(${MIDDLE})`, [[left, at], [right, at]]);
      context.fillStyle = "#5a5f63";
      context.fillText(written(tick), left - 6, at);
    }
    context.textAlign = "center";
    const [unit, seconds] = unitOf(step, steps);
    for (const tick of ticks(0, (steps - 1) * seconds, 6)) context.fillText(written(tick), x(tick / seconds), bottom + size);
    context.textAlign = "right";
    context.fillText(unit, right, bottom - 0.8 * size);
    context.lineWidth = size / 6;
    context.lineJoin = "round";
    for (let channel = channels - 1; channel >= 0; channel--) {
      line(context, css(channel), Array.from({ length: steps }, (_, t) => [x(t), y(values[channel * steps + t])]));
    }
    context.textAlign = "left";
    columns.forEach(({ name, unit: measured }, channel) => {
      context.fillStyle = css(channel);
      context.fillText(measured ? `${name} (${measured})` : name, left + 8 + 11 * size * (channel % 4), TOP + size * (0.8 + 1.3 * Math.floor(channel / 4)));
    });
  }

  return {
    tile: size,
    places: null,
    form: "[channels, steps], scaled numbers",
    paint, text, view,
    asText: (values) => [
      columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(","),
      ...Array.from({ length: steps }, (_, t) => columns.map((_, c) => raw(c, values[c * steps + t])).join(",")),
      "",
    ].join("\n"),
    fromRest: (bytes) => new Float32Array(bytes.slice().buffer),
    background: 0,
    smooth: true,
    paper: true,
  };
}

function line(context, color, points) {
  context.strokeStyle = color;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

/** Round numbers between two bounds, about `n`. */
function ticks(low, high, n) {
  const rough = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** In what a window's time is counted, and how much of it a step is. */
function unitOf(step, steps) {
  if (!step) return ["steps", 1];
  const whole = step * steps;
  const [name, seconds] = [["days", 86_400], ["hours", 3600], ["minutes", 60]].find(([, each]) => whole >= 2 * each) ?? ["seconds", 1];
  return [name, step / seconds];
}

/** A scaled value in its column's unit. */
export function rawOf({ center, spread, log }, value) {
  const found = value * spread + center;
  return log ? Math.sign(found) * Math.expm1(Math.abs(found)) : found;
}

/** Four significant digits, as people write them. */
export function written(value) {
  if (!value || !Number.isFinite(value)) return String(value || 0);
  const digits = Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value)))));
  return Number(value.toFixed(digits)).toLocaleString("en", { maximumFractionDigits: digits });
}
