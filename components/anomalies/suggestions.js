// Where the line could stand, and why: what normal scores alone tell, and what only labels do.

import { element } from "../shared/kit/dom.js";
import { ask } from "../shared/engine/server.js";
import { button } from "../shared/kit/toolbar.js";
import { written } from "../shared/kinds/series/numbers.js";
import { quantile } from "./measures.js";

const WEEK = 1 / 7;

export class Suggestions {
  #ticket = 0;

  /** @param {{unit: string, url: string, chosen: (threshold: number) => void, prices: () => {miss: number, alarm: number}}} options */
  constructor({ unit, url, chosen, prices }) {
    Object.assign(this, { unit, url, chosen, prices });
    this.list = element("ul", { class: "an-suggestions" });
    this.node = element("section", { "aria-label": "Suggestions for the threshold", "data-testid": "suggestions" }, element("h3", {}, "Where to draw it"), this.list);
  }

  /**
   * @param {import("./measures.js").Judged} judged
   * @param {string} score  its id
   * @param {?number[]} normal  the classes that count as normal; null for all
   */
  async show(judged, score, normal) {
    const ticket = ++this.#ticket;
    this.judged = judged;
    this.tail = null;
    this.reason = "…";
    this.draw();
    try {
      const query = new URLSearchParams({ score, ...(normal ? { normal: normal.join(",") } : {}) });
      const { threshold = null, reason } = await (await ask(`${this.url}?${query}`)).json();
      if (ticket !== this.#ticket) return;
      [this.tail, this.reason] = [threshold, reason];
    } catch (error) {
      if (ticket !== this.#ticket) return;
      this.reason = error.message;
    }
    this.draw();
  }

  /** Again, as when a price has changed. */
  draw() {
    const { judged, unit } = this;
    const { miss, alarm } = this.prices();
    const normal = judged.labelled ? `normal ${unit}s` : `${unit}s`;
    const made = [
      ["quantile", "99% quantile", quantile(judged.normal, 0.99), `One in a hundred ${normal} scores above it. Needs no labels but those of what is normal.`],
      ["tail", "Tail, 1 in 1,000", this.tail, this.tail === null ? this.reason : `A generalised Pareto fit of the highest tenth of the ${normal}' scores: one in a thousand would score above it, even where few were seen.`],
    ];
    if (judged.follows?.seconds) {
      made.push(["weekly", "One false alarm a week", judged.atMost(WEEK), `The lowest line at which ${judged.labelled ? "what is normal" : "this series"} sets off no more than one alarm in seven days.${judged.labelled ? " It needs labels, which say what is a false one." : ""}`]);
    }
    if (judged.labelled) {
      made.push(
        ["f1", "Best F1", judged.f1Best.threshold, "The highest F1. It needs labels and has seen the answers: on new data expect less."],
        ["cost", "Least cost", judged.cheapest(miss, alarm).threshold, "What your two prices make cheapest here. It needs labels, too."],
      );
    }
    this.list.replaceChildren(...made.map(([id, name, threshold, why]) => {
      const none = threshold === null || !Number.isFinite(threshold);
      const press = button(none ? name : `${name}: ${written(threshold)}`, why, () => none || this.chosen(threshold), {
        "data-suggestion": id, "aria-disabled": none, ...(none ? {} : { "data-threshold": threshold }),
      });
      return element("li", {}, press, element("span", {}, why));
    }));
  }
}
