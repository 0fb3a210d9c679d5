// The buttons above a projection: what a drag does, zoom and layers.

import { element, icon } from "../shared/kit/dom.js";
import { button } from "../shared/kit/toolbar.js";

const TOOLS = [
  ["point", "Point", "Click or drag: choose a place, also between the points. Click near a point: choose that example"],
  ["pan", "Pan", "Drag: move the map (with any tool: Shift and drag). Wheel or pinch: zoom"],
  ["lasso", "Lasso", "Draw around points: see them as a contact sheet. Click: end the selection"],
  ["box", "Box", "Drag a box over points: see them as a contact sheet. Click: end the selection"],
];
const LAYERS = [
  ["points", "Points", "The stored examples"],
  ["contours", "Contours", "Where most of each class lies"],
];

/**
 * @param {object} options
 * @param {(tool: string) => void} options.useTool
 * @param {Set<string>} options.layers  changed in place
 * @param {() => void} options.layersChanged
 * @param {boolean} options.contours  whether there are classes to draw contours of
 * @param {{zoomIn: () => void, zoomOut: () => void, reset: () => void}} options.zoom
 */
export function projectionToolbar({ useTool, layers, layersChanged, contours, zoom }) {
  const tools = TOOLS.map(([name, text, title]) =>
    button(text, title, () => {
      mark(name);
      useTool(name);
    }),
  );
  const mark = (current) => tools.forEach((node, i) => node.setAttribute("aria-pressed", TOOLS[i][0] === current));
  mark("point");
  const shown = (contours ? LAYERS : []).map(([name, text, title]) => {
    const node = button(text, title, () => {
      if (!layers.delete(name)) layers.add(name);
      node.setAttribute("aria-pressed", layers.has(name));
      layersChanged();
    }, { "aria-pressed": String(layers.has(name)) });
    return node;
  });
  const group = (label, ...nodes) => element("div", { class: "lx-segmented", role: "group", "aria-label": label }, ...nodes);
  return element("div", { class: "lm-toolbar" },
    group("Tool", ...tools),
    group("Zoom",
      button("−", "Zoom out (−)", zoom.zoomOut, { "aria-label": "Zoom out" }),
      button(icon("fit"), "Show everything (0)", zoom.reset, { "aria-label": "Show everything" }),
      button("+", "Zoom in (+)", zoom.zoomIn, { "aria-label": "Zoom in" })),
    ...(shown.length ? [group("Layers", ...shown)] : []));
}
