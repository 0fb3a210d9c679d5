// The controls below a map: legend, axes, grid and view.

import { element } from "../kit/dom.js";
import { pixelSwitch, timingReadout } from "../latent/menus.js";
import { textOn } from "../kit/palette.js";
import { menu, segmented } from "../kit/toolbar.js";
import { isMany } from "./points.js";

export const SIZES = { least: 3, most: 31 }; // tiles along a side: odd, so that one lies in the middle
const SPACINGS = [
  ["normal", "Quantiles", "Spaced by the inverse normal distribution function: equal areas hold equal shares of the prior"],
  ["linear", "Linear", "Spaced evenly in z"],
];
const NO_PRIOR = "This model has no prior, so the map is spaced evenly over the range of the encoded data";

/**
 * The classes' names in their colours, each a switch. `hidden` is changed in place. One of a few is hidden by a press; one of
 * many stands out by it, and the others do again when it is pressed once more.
 */
export function classLegend({ classes, colors }, hidden, changed) {
  const many = isMany(classes);
  const alone = (label) => classes.every((_, other) => hidden.has(other) === (other !== label));
  const showAlone = (label) => classes.forEach((_, other) => (other === label ? hidden.delete(other) : hidden.add(other)));
  const toggle = (label) => hidden.delete(label) || hidden.add(label);
  const press = (label, { shiftKey }) => {
    if (alone(label) && (many || shiftKey)) hidden.clear();
    else if (many ? !hidden.size : shiftKey) showAlone(label);
    else toggle(label);
    mark();
    changed();
  };
  const title = (name) => (many ? `Make ${name} stand out, or no longer` : `Show or hide ${name}. With Shift: ${name} alone`);
  const chips = classes.map((name, label) =>
    element("button", { type: "button", class: "lm-chip", title: title(name), onclick: (event) => press(label, event) },
      ...(many ? [name] : [element("span", { class: "lm-dot", style: `background: ${colors[label]}` }), name])));
  if (many) chips.forEach((chip, label) => (chip.style.cssText = `--color: ${colors[label]}; --on: ${textOn(colors[label])}`));
  const node = element("div", { class: `lm-legend${many ? " lm-many" : ""}`, role: "group", "aria-label": "Classes" }, ...chips);
  const mark = () => {
    const lit = many && hidden.size > 0;
    node.classList.toggle("lm-lit", lit);
    chips.forEach((chip, label) => chip.setAttribute("aria-pressed", many ? lit && !hidden.has(label) : !hidden.has(label)));
  };
  mark();
  return node;
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
  const choices = SPACINGS.map(([value, label, title]) => [value, label, hasPrior ? title : NO_PRIOR]);
  const choice = segmented("Spacing", choices, spacing, spaced);
  for (const node of choice.querySelectorAll("button")) node.disabled = !hasPrior;
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
