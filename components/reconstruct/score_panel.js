// NLL, KL and −ELBO of an example beside those of the held-out ones, and the verdict that follows.

import { element } from "../shared/kit/dom.js";
import { judged, percentileOf } from "../shared/engine/scores.js";

const ROWS = [["nll", "NLL", "How far off the reconstruction is"], ["kl", "KL", "How much the code says"], ["neg_elbo", "−ELBO", "NLL + KL"]];

export class ScorePanel {
  #cells = {};

  /**
   * @param {{reference: object, means: object, variational: boolean}} data  quantiles and means of the held-out ones
   * @param {string} unit  nats per what
   */
  constructor({ reference, means, variational }, unit) {
    Object.assign(this, { reference, means, variational, unit });
    const rows = (variational ? ROWS : ROWS.slice(0, 1)).map(([key, name, title]) => {
      const value = element("td", { "data-testid": `score-${key}` });
      const rank = element("td");
      this.#cells[key] = { value, rank };
      const mean = element("td", {}, means[key].toPrecision(4));
      return element("tr", { title }, element("th", { scope: "row" }, name), value, mean, rank);
    });
    const heads = [`nats/${unit}`, "this", "test mean", "percentile"].map((text) => element("th", { scope: "col" }, text));
    this.verdict = element("strong");
    this.reason = element("span");
    this.honesty = element("p", { class: "lx-honesty", "data-testid": "verdict" }, this.verdict, " ", this.reason);
    this.of = element("p", { class: "rc-names", "data-testid": "scored" });
    this.node = element("div", { class: "rc-scores" }, this.honesty, this.of,
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)),
      element("details", { class: "rc-names" }, element("summary", {}, "What is compared?"),
        `NLL at the posterior mean. Test mean: of the original held-out ${unit}s. Percentile: among the held-out ${unit}s as the `
        + "model draws them (the originals score higher)."));
  }

  /** @param {string} of  what the model sees, in words: the scores are those of it */
  show(scores, typical, of) {
    this.of.textContent = `Scores of what the model sees: ${of}.`;
    for (const [key, { value, rank }] of Object.entries(this.#cells)) {
      value.textContent = scores[key].toPrecision(4);
      rank.textContent = `${percentileOf(scores[key], this.reference[key]).toFixed(0)}%`;
    }
    const key = this.variational ? "neg_elbo" : "nll";
    const { level, verdict, reason } = judged(
      { loss: scores[key], explained: scores.explained }, this.means[key], typical, this.variational, this.unit);
    this.honesty.dataset.level = level;
    this.verdict.textContent = verdict;
    this.reason.textContent = reason[0].toUpperCase() + reason.slice(1);
  }
}
