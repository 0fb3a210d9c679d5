// What did not fit of an example, shown as its kind of data can: the renderer's own way, else an error map, words shaded by
// what they cost, or places shaded on the picture.

import { element } from "../shared/kit/dom.js";
import { paint, paintOnto, pictureCanvas } from "../shared/kinds/picture.js";

const SHADE = "213, 94, 0";

/**
 * @typedef {{x: Float32Array, again: Float32Array, costs: Float64Array}} Blamed  an example, what the model makes of it, and
 *   what each value costs in nats: of measured values above what one costs that is just as expected
 *
 * @param {import("../shared/kinds/index.js").Renderer} renderer
 * @param {string} unit
 * @returns {{node: Element, title: string, wide?: boolean, show: (found: Blamed) => void}}
 */
export function blameOf(renderer, unit) {
  const label = `What did not fit in this ${unit}`;
  if (renderer.misfit) return marked(renderer, label);
  if (renderer.paintDifference) return errorMap(renderer, label);
  if (renderer.reading) return shadedWords(renderer, label);
  return shadedPlaces(renderer, label);
}

/** Measured values, marked in the large view, and in words. */
function marked(renderer, label) {
  const view = renderer.view(label, "blame");
  const words = element("p", { class: "an-small", "data-testid": "misfit" });
  return {
    node: element("div", {}, view.node, words), title: "What did not fit", wide: true,
    show({ x, again, costs }) {
      view.compare?.(again);
      view.blame?.(costs);
      view.show(x);
      view.settle?.();
      words.textContent = renderer.misfit(costs, x);
    },
  };
}

function errorMap(renderer, label) {
  const canvas = pictureCanvas(renderer, "blame", label);
  return {
    node: canvas, title: "Orange: the model draws it lighter. Blue: darker",
    show: ({ x, again }) => paintOnto(canvas, (rgba) => renderer.paintDifference(x, again, false, rgba)),
  };
}

function shadedWords(renderer, label) {
  const node = element("p", { class: "an-words", "aria-label": label, role: "group", dir: "auto", "data-testid": "blame" });
  return {
    node, title: "The darker, the less expected",
    show({ x, costs }) {
      const highest = Math.max(1, ...costs);
      node.replaceChildren(...renderer.reading.words(x).flatMap(({ space, word }, t) => [
        space, element("mark", { style: `background: rgba(${SHADE}, ${(0.75 * Math.max(0, costs[t])) / highest})`, title: `${costs[t].toFixed(2)} nats` }, word),
      ]));
    },
  };
}

/** A picture with a shade on each place; where places are not values, those that stand in a column are taken together. */
function shadedPlaces(renderer, label) {
  const canvas = pictureCanvas(renderer, "blame", label);
  return {
    node: canvas, title: "The darker, the less expected",
    show({ x, costs }) {
      paint(canvas, x, renderer);
      const places = renderer.places ?? renderer.painting?.places;
      const byPlace = places && places.columns * places.rows === costs.length && !places.index;
      const [columns, rows] = byPlace ? [places.columns, places.rows] : [places?.columns ?? costs.length, 1];
      const each = costs.length / (columns * rows);
      const sums = Array.from({ length: columns * rows }, (_, i) => {
        let sum = 0;
        for (let k = 0; k < each; k++) sum += Math.max(0, costs[i * each + k]);
        return sum;
      });
      const highest = Math.max(1, ...sums);
      const context = canvas.getContext("2d");
      const [width, height] = [canvas.width / columns, canvas.height / rows];
      sums.forEach((sum, i) => {
        context.fillStyle = `rgba(${SHADE}, ${(0.7 * sum) / highest})`;
        context.fillRect((i % columns) * width, Math.floor(i / columns) * height, width, height);
      });
    },
  };
}
