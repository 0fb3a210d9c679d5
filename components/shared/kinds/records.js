// Records: rows of mixed columns [n]; numbers scaled, flags 0 or 1, symbols as ids. The kind's JSON brings the columns.

import { element } from "../kit/dom.js";
import { rawOf, rounded, scaledOf, toldOf, written } from "./series/numbers.js";

const HIGHEST = 3.5; // standard deviations at the edge, as vae_core/kinds/records draws them
const [PAPER, BAR, MARK] = [[250, 250, 248], [31, 102, 168], [200, 84, 32]];
const [MOVED, OFF] = [0.1, 0.25]; // standard deviations from which on a number has changed, or differs from another's
const STRONG = 8; // nats of misfit: 4 standard deviations
const APART = 0.5; // standard deviations between two groups, from which on a column is named
const STRIKING = 1; // and from which on it is named
const [MOST, MOST_HIDDEN] = [8, 4]; // columns in a line, and in a completion's

/** @returns {import("./index.js").Renderer}  of records of n columns */
export function renderer({ columns, picture: size }) {
  const told = (i, value) => (columns[i].values.length ? columns[i].values[value] ?? "?" : toldOf(columns[i], value));
  const differs = (i, a, b, least) => (columns[i].values.length ? a !== b : Math.abs(a - b) > least);
  const pair = (values) => (i) => `${columns[i].name} = ${told(i, values[i])}`;

  /** The most striking of some columns, in their order: symbols first, then the numbers farthest from the mean. */
  function striking(values, some, most) {
    const order = some.map((i) => [columns[i].values.length > 2 ? Infinity : Math.abs(values[i]), i]);
    return order.sort(([a], [b]) => b - a).slice(0, most).map(([, i]) => i).sort((a, b) => a - b);
  }

  const text = (values) => striking(values, [...columns.keys()], MOST).map(pair(values)).join(", ");

  /** What stands in the places that are not `visible`. */
  function hidden(values, visible) {
    const some = [...columns.keys()].filter((i) => !visible[i]);
    const more = some.length - MOST_HIDDEN;
    return striking(values, some, MOST_HIDDEN).map(pair(values)).join(", ") + (more > 0 ? `, and ${more} more` : "");
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

  function view(label, testid = "decoded-record", { still = false } = {}) {
    const cells = columns.map(() => element("span", { class: "lx-cell" }));
    const others = columns.map(() => element("s", { hidden: true }));
    const bars = columns.map((column) => element("i", { class: "lx-bar", hidden: column.values.length > 0, "aria-hidden": "true" }, element("i")));
    const rows = columns.map(({ name }, i) =>
      element("li", {}, element("span", { class: "lx-column", title: name }, ...broken(name)), element("span", {}, others[i], " ", cells[i]), bars[i]));
    const list = element("ul", { class: "lx-record", "data-testid": testid, "aria-label": label }, ...rows);
    const picture = element("canvas", { ...size, hidden: true, "aria-hidden": "true" });
    let [shown, before, beside, misfits] = [null, null, null, null];
    return {
      node: element("div", { class: "lx-image lx-records", role: "group", "aria-label": label, tabindex: 0 }, list, picture),
      canvas: list,
      get picture() {
        const image = new ImageData(size.width, size.height);
        if (shown) paint(shown, image.data);
        picture.getContext("2d").putImageData(image, 0, 0);
        return picture;
      },
      show(values) {
        shown = Array.from(values);
        before ??= shown;
        shown.forEach((value, i) => {
          cells[i].textContent = told(i, value);
          const part = columns[i].values.length ? 0 : Math.min(Math.max(value / HIGHEST, -1), 1);
          const bar = bars[i].firstChild.style;
          bar.left = `${50 + Math.min(0, 50 * part)}%`;
          bar.width = `${Math.abs(50 * part)}%`;
          const off = Boolean(beside) && differs(i, value, beside[i], OFF);
          others[i].hidden = !off;
          if (off) others[i].textContent = told(i, beside[i]);
          rows[i].toggleAttribute("data-changed", !beside && !still && differs(i, value, before[i], MOVED));
          rows[i].style.setProperty("--misfit", misfits ? `${(60 * Math.min(1, Math.max(0, misfits[i] / STRONG - 0.1))).toFixed(0)}%` : "0%");
        });
        list.dataset.values = JSON.stringify(shown);
      },
      showPicture(image) {
        picture.hidden = false;
        picture.getContext("2d").putImageData(image, 0, 0);
      },
      settle() {
        before = shown;
      },
      compare: (values) => (beside = values),
      blame: (costs) => (misfits = costs),
    };
  }

  /** Which columns did not fit, in words. */
  function misfit(costs, values) {
    const total = costs.reduce((sum, cost) => sum + cost, 0);
    const worst = [...columns.keys()].sort((a, b) => costs[b] - costs[a]).slice(0, 3).filter((i) => costs[i] >= STRIKING);
    const named = worst.map((i) => `${pair(values)(i)} (${written(costs[i])})`);
    return named.length ? `Fits least: ${named.join(", ")} of ${written(total)} nats of error.` : `Every column fits: ${written(total)} nats of error in all.`;
  }

  /** In which columns some records differ most from others, the largest difference first, in words. */
  function summary(inside, outside) {
    const found = columns.flatMap((column, i) => {
      const [own, others] = [inside, outside].map((some) => some.map((values) => values[i]));
      return column.values.length ? symbolsApart(column, own, others) : numbersApart(column, own, others);
    });
    return { said: found.filter(({ score }) => score >= APART).sort((a, b) => b.score - a.score).map(({ text }) => text) };
  }

  return {
    tile: size,
    places: null,
    form: "[columns], scaled numbers and symbol ids",
    paint, text, view, misfit, hidden, summary,
    filling: {
      columns, told,
      plain: (i, value) => (columns[i].values.length ? value : Number(rounded(columns[i], value).toPrecision(4))),
      scaled: (i, typed) => (columns[i].values.length ? typed : scaledOf(columns[i], typed)),
    },
    asText: (values) => `${columns.map(({ name }) => name).join(",")}\n${columns.map((_, i) => plain(columns[i], values[i])).join(",")}\n`,
    fromRest: (bytes) => new Float32Array(bytes.slice().buffer),
    background: 0,
    paper: true,
  };
}

/** How many standard deviations two means lie apart. */
function numbersApart(column, own, others) {
  if (!own.length || !others.length) return [];
  const [a, b] = [own, others].map((some) => some.reduce((sum, value) => sum + value, 0) / some.length);
  const squares = [...own.map((value) => (value - a) ** 2), ...others.map((value) => (value - b) ** 2)];
  const spread = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length);
  const text = `${column.name}: ${toldOf(column, a)}, rest ${toldOf(column, b)}`;
  return [{ score: Math.abs(a - b) / Math.max(spread, 0.05), text }];
}

/** The same of shares: of each symbol that is more frequent here, in standard deviations of one that is drawn. */
function symbolsApart(column, own, others) {
  if (!own.length || !others.length) return [];
  return column.values.flatMap((name, id) => {
    const [a, b] = [own, others].map((some) => some.filter((value) => value === id).length / some.length);
    const spread = Math.sqrt((a * (1 - a) + b * (1 - b)) / 2);
    const percent = (share) => `${Math.round(100 * share)}%`;
    return a > b ? [{ score: (a - b) / Math.max(spread, 0.05), text: `${column.name} = ${name}: ${percent(a)}, rest ${percent(b)}` }] : [];
  });
}

const plain = (column, value) => (column.values.length ? column.values[value] : rawOf(column, value));

/** A name that may be broken after each underscore. */
export const broken = (name) => name.split(/(?<=_)/).flatMap((part, i) => (i ? [element("wbr"), part] : [part]));
