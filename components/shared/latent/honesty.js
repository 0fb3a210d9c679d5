// A verdict as everybody sees it: its colour, one sentence, and the numbers behind it in a fold.

import { element } from "../kit/dom.js";

export class Honesty {
  /** @param {string} testid */
  constructor(testid) {
    this.sentence = element("strong", {}, "\u00a0");
    this.numbers = element("ul");
    this.fold = element("details", {}, element("summary", { title: "The numbers behind it" }, this.sentence), this.numbers);
    this.node = element("div", { class: "lx-honesty", "data-testid": testid }, this.fold);
  }

  /** @param {import("./verdict.js").Verdict} verdict */
  show({ level, sentence, numbers }) {
    this.node.dataset.level = level;
    if (this.sentence.textContent !== sentence) this.sentence.textContent = sentence;
    this.numbers.replaceChildren(...numbers.map((text) => element("li", {}, text)));
  }
}
