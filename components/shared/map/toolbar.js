// The buttons above a map: what a drag does, zoom and layers. Each map says which tools and layers it has.

import { element, icon } from "../kit/dom.js";
import { button } from "../kit/toolbar.js";
import { CONTOUR_NOTE } from "./points.js";

/** Entries are [id, text, title]. These two are the same on every map. */
export const PAN = ["pan", "Pan", "Drag: move the map (with any tool: Shift and drag). Wheel or pinch: zoom"];
export const CONTOURS = ["contours", "Contours", `Where most of each class lies. ${CONTOUR_NOTE}`];

/**
 * @param {object} options
 * @param {string[][]} options.tools  [id, text, title] each; the first is in use at the start
 * @param {(tool: string) => void} options.useTool
 * @param {string[][]} options.layers  [id, text, title] each; may be none
 * @param {Set<string>} options.shown  the layers that are shown, changed in place
 * @param {() => void} options.layersChanged
 * @param {{zoomIn: () => void, zoomOut: () => void, reset: () => void}} options.zoom
 */
export function mapToolbar({ tools, useTool, layers, shown, layersChanged, zoom }) {
  const choices = tools.map(([tool, text, title]) =>
    button(text, title, () => {
      mark(tool);
      useTool(tool);
    }),
  );
  const mark = (current) => choices.forEach((node, i) => node.setAttribute("aria-pressed", tools[i][0] === current));
  mark(tools[0][0]);
  const switches = layers.map(([layer, text, title]) => {
    const node = button(text, title, () => {
      if (!shown.delete(layer)) shown.add(layer);
      node.setAttribute("aria-pressed", shown.has(layer));
      layersChanged();
    }, { "aria-pressed": String(shown.has(layer)) });
    return node;
  });
  const group = (label, ...nodes) => element("div", { class: "lx-segmented", role: "group", "aria-label": label }, ...nodes);
  return element("div", { class: "lm-toolbar" },
    group("Tool", ...choices),
    group("Zoom",
      button("−", "Zoom out (−)", zoom.zoomOut, { "aria-label": "Zoom out" }),
      button(icon("fit"), "Show everything (0)", zoom.reset, { "aria-label": "Show everything" }),
      button("+", "Zoom in (+)", zoom.zoomIn, { "aria-label": "Zoom in" })),
    ...(switches.length ? [group("Layers", ...switches)] : []));
}
