// NLL, KL and −ELBO of an example beside those of the held-out ones, and the verdict that follows.

import { element } from "../shared/kit/dom.js";
import { Honesty } from "../shared/latent/honesty.js";
import { percentileOf, rankText } from "../shared/engine/scores.js";
import { verdictOnReconstruction } from "../shared/latent/verdict.js";
import { significant } from "../shared/kit/numerals.js";

const ROWS = [["nll", "NLL", "How far off the reconstruction is"], ["kl", "KL", "How much the code says"], ["neg_elbo", "−ELBO", "NLL + KL"]];

export class ScorePanel {
  #cells = {};

  /**
   * @param {{reference: object, means: object, variational: boolean, originals_scored: boolean}} data  quantiles and means
   *   of the held-out ones
   * @param {import("../shared/latent/verdict.js").Data} model
   */
  constructor({ reference, means, variational, originals_scored: original }, { kind, classes, normal }) {
    const { unit } = kind;
    Object.assign(this, { reference, variational, kind, classes, normal });
    const rows = ROWS.map(([key, name, title]) => {
      const value = element("td", { "data-testid": `score-${key}` });
      const rank = element("td");
      const exists = variational || key === "nll"; // a code without a posterior has no KL
      if (exists) this.#cells[key] = { value, rank };
      else value.textContent = rank.textContent = "–";
      const mean = element("td", {}, exists ? significant(means[key], 4) : "–");
      return element("tr", { title }, element("th", { scope: "row" }, name), value, mean, rank);
    });
    const heads = [`nats/${unit}`, "this", "test mean", "percentile"].map((text) => element("th", { scope: "col" }, text));
    this.verdict = new Honesty("verdict");
    this.of = element("p", { class: "rc-names", "data-testid": "scored" });
    this.node = element("div", { class: "rc-scores" }, this.verdict.node,
      element("details", { class: "rc-names" }, element("summary", {}, "Scores"), this.of,
        element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)),
        element("p", {}, `NLL at the posterior mean. Percentile: the share of ${normal === null ? "held-out" : "normal held-out"} ${unit}s${original ? "" : ", as the model draws them,"} `
          + "with a lower value.")));
  }

  /**
   * @param {string} of  what the model sees, in words: the scores are those of it
   * @param {object} found  what the verdict rests on, see verdict.js; `loss` is the NLL of what should have come out
   */
  show(scores, of, { loss, ...found }) {
    this.of.textContent = `Of what the model sees: ${of}.`;
    for (const [key, { value, rank }] of Object.entries(this.#cells)) {
      value.textContent = significant(scores[key], 4);
      rank.textContent = rankText(percentileOf(scores[key], this.reference[key]));
    }
    const rank = percentileOf(loss, this.reference.nll);
    this.verdict.show(verdictOnReconstruction({ ...found, rank }, this));
  }
}
