// Records: rows of mixed columns [n]; numbers scaled, flags 0 or 1, symbols as ids. The kind's JSON brings the columns.

import { element } from "../kit/dom.js";
import { rawOf, written } from "./series.js";

const HIGHEST = 3.5; // standard deviations at the edge, as vae_core/kinds/records draws them
const [PAPER, BAR, MARK] = [[250, 250, 248], [31, 102, 168], [200, 84, 32]];

/** @returns {import("./index.js").Renderer}  of records of n columns */
export function renderer({ columns, picture: size }) {
  const told = (value, i) => {
    const column = columns[i];
    if (column.values.length) return column.values[value] ?? "?";
    return `${written(rawOf(column, value))}${column.unit && ` ${column.unit}`}`;
  };

  function text(values) {
    const striking = [...columns.keys()].map((i) => [columns[i].values.length > 2 ? Infinity : Math.abs(values[i]), i]);
    const chosen = striking.sort(([a], [b]) => b - a).slice(0, 8).map(([, i]) => i).sort((a, b) => a - b);
    return chosen.map((i) => `${columns[i].name} = ${told(values[i], i)}`).join(", ");
  }

  /** As Records.pictures draws it: a bar a number, a mark a symbol. */
  function paint(values, rgba) {
    const { width, height } = size;
    for (let at = 0; at < rgba.length; at += 4) rgba.set([...PAPER, 255], at);
    const edge = (i) => Math.round((i * width) / columns.length);
    columns.forEach((column, i) => {
      const [left, next] = [edge(i), edge(i + 1)];
      const right = Math.max(left + 1, next - Number(next - left > 2));
      const symbols = column.values.length;
      const y = symbols ? height - 2 - (values[i] / Math.max(1, symbols - 1)) * (height - 4)
        : Math.min(Math.max((0.5 - values[i] / (2 * HIGHEST)) * height, 0), height);
      for (let row = 0; row < height; row++) {
        const lit = symbols ? Math.abs(row - y) <= 1.5
          : row >= Math.min(y, height / 2) - 0.5 && row < Math.max(y, height / 2) + 0.5;
        if (lit) for (let x = left; x < right; x++) rgba.set(symbols ? MARK : BAR, 4 * (row * width + x));
      }
    });
  }

  function view(label, testid = "decoded-record") {
    const cells = columns.map(() => element("td", {}));
    const bars = columns.map(() => element("span", {}));
    const rows = columns.map(({ name }, i) =>
      element("tr", {}, element("th", { scope: "row" }, name), cells[i], element("td", { "aria-hidden": "true" }, bars[i])));
    const table = element("table", { "data-testid": testid, "aria-label": label }, element("tbody", {}, ...rows));
    const picture = element("canvas", { ...size, hidden: true, "aria-hidden": "true" });
    let shown = null;
    return {
      node: element("div", { class: "lx-image lx-records", role: "group", "aria-label": label, tabindex: 0 }, table, picture),
      canvas: table,
      get picture() {
        const image = new ImageData(size.width, size.height);
        if (shown) paint(shown, image.data);
        picture.getContext("2d").putImageData(image, 0, 0);
        return picture;
      },
      show(values) {
        shown = Array.from(values);
        shown.forEach((value, i) => {
          cells[i].textContent = told(value, i);
          const part = columns[i].values.length ? 0 : Math.min(Math.max(value / HIGHEST, -1), 1);
          bars[i].style.left = `${50 + Math.min(0, 50 * part)}%`;
          bars[i].style.width = `${Math.abs(50 * part)}%`;
        });
        table.dataset.values = JSON.stringify(shown);
      },
      showPicture(image) {
        picture.hidden = false;
        picture.getContext("2d").putImageData(image, 0, 0);
      },
    };
  }

  return {
    tile: size,
    places: null,
    form: "[columns], scaled numbers and symbol ids",
    paint, text, view,
    asText: (values) => `${columns.map(({ name }) => name).join(",")}\n${columns.map((_, i) => plain(columns[i], values[i])).join(",")}\n`,
    fromRest: (bytes) => new Float32Array(bytes.slice().buffer),
    background: 0,
    paper: true,
  };
}

const plain = (column, value) => (column.values.length ? column.values[value] : rawOf(column, value));
