// The buttons around the map: tools and layers above it; legend, axes and grid below.

import { element, icon } from "../kit/dom.js";
import { pixelSwitch, timingReadout } from "../latent/menus.js";
import { CONTOUR_NOTE } from "./points.js";
import { classColor } from "../kit/palette.js";
import { button, menu, segmented } from "../kit/toolbar.js";

export const SIZES = { least: 3, most: 31 }; // tiles along a side: odd, so that one lies in the middle
export const LAYERS = [
  ["grid", "Grid", "What the decoder draws at each place"],
  ["points", "Points", "The held-out examples, where the encoder puts them, coloured by class"],
  ["contours", "Contours", `Where most of each class lies. ${CONTOUR_NOTE}`],
];
const TOOLS = [
  ["point", "Point", "Click or drag: choose a point. Click near an example's point: choose that example"],
  ["pan", "Pan", "Drag: move the map (with any tool: Shift and drag). Wheel or pinch: zoom"],
  ["path", "Path", "Drag: draw a path, which becomes a film. Click, or Enter: add a corner. Escape: remove"],
];
const SPACINGS = [
  ["normal", "Quantiles", "Spaced by the inverse normal distribution function: equal areas hold equal shares of the prior"],
  ["linear", "Linear", "Spaced evenly in z"],
];
const NO_PRIOR = "This model has no prior, so the map is spaced evenly over the range of the encoded data";

/**
 * @param {object} options
 * @param {(tool: string) => void} options.useTool
 * @param {Set<string>} options.layers  changed in place
 * @param {() => void} options.layersChanged
 * @param {{zoomIn: () => void, zoomOut: () => void, reset: () => void}} options.zoom
 */
export function mapToolbar({ useTool, layers, layersChanged, zoom }) {
  const tools = TOOLS.map(([name, text, title]) =>
    button(text, title, () => {
      mark(name);
      useTool(name);
    }),
  );
  const mark = (current) => tools.forEach((node, i) => node.setAttribute("aria-pressed", TOOLS[i][0] === current));
  mark("point");
  const shown = LAYERS.map(([name, text, title]) => {
    const node = button(text, title, () => {
      if (!layers.delete(name)) layers.add(name);
      node.setAttribute("aria-pressed", layers.has(name));
      layersChanged();
    }, { "aria-pressed": String(layers.has(name)) });
    return node;
  });
  const group = (label, nodes) =>
    element("div", { class: "lx-segmented", role: "group", "aria-label": label }, ...nodes);
  return element("div", { class: "lm-toolbar" },
    group("Tool", tools),
    group("Zoom", [
      button("−", "Zoom out (−)", zoom.zoomOut, { "aria-label": "Zoom out" }),
      button(icon("fit"), "Show everything (0)", zoom.reset, { "aria-label": "Show everything" }),
      button("+", "Zoom in (+)", zoom.zoomIn, { "aria-label": "Zoom in" }),
    ]),
    group("Layers", shown));
}

/** The classes' names in their colours, each a switch. `hidden` is changed in place. */
export function classLegend(classes, hidden, changed) {
  const chips = classes.map((name, label) => {
    const dot = element("span", { class: "lm-dot", style: `background: ${classColor(label)}` });
    return element("button", {
      type: "button", class: "lm-chip", title: `Show or hide ${name}. With Shift: ${name} alone`,
      onclick: (event) => {
        const alone = classes.every((_, other) => hidden.has(other) === (other !== label));
        if (!event.shiftKey) {
          if (!hidden.delete(label)) hidden.add(label);
        } else classes.forEach((_, other) => (other === label || alone ? hidden.delete(other) : hidden.add(other)));
        mark();
        changed();
      },
    }, dot, name);
  });
  const mark = () => chips.forEach((chip, label) => chip.setAttribute("aria-pressed", !hidden.has(label)));
  mark();
  return element("div", { class: "lm-legend", role: "group", "aria-label": "Classes" }, ...chips);
}

/** Two lists to choose the map's axes from; both are dimensions, or both principal directions. */
export function axisPickers(axes, current, chosen) {
  const pickers = ["across", "upwards"].map((label, i) => {
    const option = (axis) => element("option", { value: axis.id, title: axis.description }, axis.name);
    const isDimension = (axis) => axis.dim !== null;
    const select = element("select", {
      class: "lx-number", "data-testid": `axis-${i}`, title: `What the map shows ${label}`,
      "aria-label": `What the map shows ${label}`,
      onchange: () => {
        const picked = axes.find((axis) => axis.id === select.value);
        const pair = [...current];
        const other = pair[1 - i];
        // The same axis twice: they swap. A dimension beside a direction would be no right angle: the other follows.
        if (other === picked) pair[1 - i] = pair[i];
        else if (isDimension(other) !== isDimension(picked)) {
          pair[1 - i] = axes.find((axis) => isDimension(axis) === isDimension(picked) && axis !== picked);
        }
        pair[i] = picked;
        current = pair;
        pickers.forEach((node, k) => (node.querySelector("select").value = pair[k].id));
        chosen(pair);
      },
    },
      element("optgroup", { label: "Dimensions" }, ...axes.filter(isDimension).map(option)),
      element("optgroup", { label: "Principal directions" }, ...axes.filter((axis) => !isDimension(axis)).map(option)));
    select.value = current[i].id;
    return element("label", {}, element("span", { "aria-hidden": "true" }, i ? "↑ " : "→ "), select);
  });
  return pickers;
}

/** How many tiles, and how they are spaced. */
export function gridControls({ size, sized, spacing, spaced, hasPrior }) {
  const name = (n) => `${n} × ${n}`;
  const text = element("output", { class: "lm-size" }, name(size));
  const slider = element("input", {
    type: "range", min: SIZES.least, max: SIZES.most, step: 2, value: size, "aria-label": "Tiles along a side",
    "data-testid": "grid-size",
    oninput: () => {
      show();
      sized(Number(slider.value));
    },
  });
  const show = () => {
    text.textContent = name(slider.value);
    slider.setAttribute("aria-valuetext", name(slider.value));
    slider.style.setProperty("--at", (slider.value - SIZES.least) / (SIZES.most - SIZES.least));
  };
  show();
  const choice = segmented("Spacing", SPACINGS.map(([value, label]) => [value, label]), spacing, spaced);
  choice.querySelectorAll("button").forEach((node, i) => {
    node.title = hasPrior ? SPACINGS[i][2] : NO_PRIOR;
    node.disabled = !hasPrior;
  });
  return [element("span", { class: "lm-tiles" }, slider, text), choice];
}

/** How to look. `stop` ends what runs in it. */
export function viewMenu(root, view, fade, faded) {
  const timing = timingReadout(view);
  const guesses = segmented("Guesses", [[true, "Fade guesses"], [false, "Show all"]], fade, faded);
  return { node: menu("View", guesses, pixelSwitch(root), ...timing.nodes), stop: timing.stop };
}

/** Label an axis: `side` 0 along the bottom, 1 up the left edge. */
export function showTicks(node, axis, ticks, side) {
  const at = (part) => (side ? `bottom: ${100 * part}%` : `left: ${100 * part}%`);
  const name = element("b", { title: axis.description }, axis.name);
  // The name stands at the far end, where it leaves no room for a number.
  const numbers = ticks.filter(({ part }) => part < 0.92);
  node.replaceChildren(...numbers.map(({ part, text }) => element("span", { style: at(part) }, text)), name);
}
