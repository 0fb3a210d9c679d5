// The ROC and the precision-recall curve, with the threshold as a point on each.

import { element } from "../../shared/kit/dom.js";

const POINTS = 300; // of a curve, at most

/** @returns {{x: number[], y: number[]}} the curve's corners that can be told apart */
function thinned({ x, y }) {
  const apart = 1 / POINTS;
  const kept = [...x.keys()].filter((i) => i === 0 || i === x.length - 1);
  const index = [0];
  for (let i = 1; i < x.length - 1; i++) {
    const last = index[index.length - 1];
    if (Math.abs(x[i] - x[last]) + Math.abs(y[i] - y[last]) > apart) index.push(i);
  }
  index.push(kept[kept.length - 1]);
  return { x: index.map((i) => x[i]), y: index.map((i) => y[i]) };
}

class Curve {
  constructor({ title, across, up, testid, chance }) {
    Object.assign(this, { title, chance });
    const namespace = "http://www.w3.org/2000/svg";
    this.svg = document.createElementNS(namespace, "svg");
    for (const [name, value] of [["viewBox", "0 0 100 100"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) this.svg.setAttribute(name, value);
    [this.base, this.path] = ["an-chance", "an-curve"].map((name) => {
      const node = document.createElementNS(namespace, "polyline");
      node.setAttribute("class", name);
      node.setAttribute("vector-effect", "non-scaling-stroke");
      return node;
    });
    this.svg.append(this.base, this.path);
    this.dot = element("span", { class: "an-dot" });
    this.plot = element("div", { class: "an-square", role: "img", "data-testid": testid }, this.svg, this.dot);
    this.caption = element("figcaption", {});
    this.node = element("figure", { class: "an-figure" }, this.caption, element("span", { class: "an-up", "aria-hidden": "true" }, up), this.plot,
      element("span", { class: "an-across", "aria-hidden": "true" }, across));
  }

  show(curve, area, chance) {
    const line = ({ x, y }) => x.map((at, i) => `${100 * at},${100 - 100 * y[i]}`).join(" ");
    this.path.setAttribute("points", line(thinned(curve)));
    this.base.setAttribute("points", line(chance));
    this.area = area;
    this.caption.textContent = `${this.title} ${area.toFixed(3)}`;
  }

  move(x, y, text) {
    this.dot.style.left = `${100 * x}%`;
    this.dot.style.top = `${100 - 100 * y}%`;
    this.plot.dataset.at = `${x},${y}`;
    this.plot.setAttribute("aria-label", `${this.title} ${this.area.toFixed(3)}; here ${text}`);
  }
}

export class Curves {
  constructor() {
    this.roc = new Curve({ title: "ROC curve: AUC", across: "false alarms, share of the normal", up: "recall", testid: "roc" });
    this.pr = new Curve({ title: "Precision, recall: AP", across: "recall", up: "precision", testid: "pr" });
    this.node = element("section", { class: "an-curves", "aria-label": "Every threshold" }, this.roc.node, this.pr.node);
  }

  show(judged) {
    this.node.hidden = !judged.labelled;
    if (!judged.labelled) return;
    const rate = judged.positives / judged.scores.length;
    this.roc.show(judged.roc, judged.auc, { x: [0, 1], y: [0, 1] });
    this.pr.show(judged.precisionRecall, judged.averagePrecision, { x: [0, 1], y: [rate, rate] });
    this.negatives = judged.normal.length;
  }

  move(found) {
    if (this.node.hidden) return;
    const alarms = found.fp / this.negatives;
    this.roc.move(alarms, found.recall, `recall ${found.recall.toFixed(3)}, false alarms ${alarms.toFixed(4)}`);
    const precision = found.flagged ? found.precision : 1;
    this.pr.move(found.recall, precision, `precision ${precision.toFixed(3)}, recall ${found.recall.toFixed(3)}`);
  }
}
