// Which words a selection of sentences has more often than the rest, with counts.

import { element } from "../shared/kit/dom.js";

const [SHOWN, LEAST] = [12, 2]; // words, and sentences of the selection that have one at least

export class WordCounts {
  #all = null; // a Set of words for each stored sentence, once asked for
  #ticket = 0;

  /** @param {import("../shared/bring/example_pictures.js").ExamplePictures} pictures  of a kind with `reading` */
  constructor(pictures) {
    this.pictures = pictures;
    this.list = element("ul", { class: "pj-words", "data-testid": "word-counts" });
    this.said = element("p", { class: "pj-note" });
    this.node = element("div", { class: "pj-over" }, element("h4", { class: "pj-title" }, "Words more frequent here than in the rest"),
      this.list, this.said);
  }

  async show(indices) {
    const ticket = ++this.#ticket;
    const sentences = await (this.#all ??= this.#load());
    if (ticket !== this.#ticket) return;
    const here = new Set(indices);
    const rest = sentences.length - here.size;
    const found = overRepresented(sentences, here).slice(0, SHOWN);
    this.list.replaceChildren(...found.map(({ word, inside, outside }) =>
      element("li", { "data-word": word }, element("b", {}, word), ` ${inside} of ${here.size}, rest ${outside} of ${rest}`)));
    this.said.textContent = found.length
      ? `Counted: sentences with the word. In order of log odds, each in its standard deviations (Monroe et al. 2008). ${this.pictures.haveOriginals ? "Originals." : "As the model writes them."}`
      : "None that stands out.";
  }

  /** The words of all stored sentences. */
  async #load() {
    const { view } = this.pictures;
    const { values, count } = await this.pictures.best(Array.from({ length: view.examples }, (_, i) => i), "all words");
    const size = values.length / count;
    return Array.from({ length: count }, (_, i) =>
      new Set(view.renderer.reading.words(values.subarray(i * size, (i + 1) * size)).filter(({ unknown }) => !unknown).map(({ word }) => word)));
  }
}

/**
 * Words by how much more often they stand in the sentences of `here`: the log odds of a sentence with the word against the
 * rest's, each count one half larger, in its standard deviations; only what is more frequent by one of them.
 *
 * @param {Set<string>[]} sentences
 * @param {Set<number>} here  their indices
 * @returns {{word: string, inside: number, outside: number, score: number}[]}
 */
export function overRepresented(sentences, here) {
  const counts = new Map();
  sentences.forEach((words, i) => {
    for (const word of words) {
      const own = counts.get(word) ?? [0, 0];
      own[here.has(i) ? 0 : 1]++;
      counts.set(word, own);
    }
  });
  const [n, m] = [here.size, sentences.length - here.size];
  return [...counts].filter(([word, [inside]]) => inside >= LEAST && /[\p{L}\p{N}]/u.test(word)).map(([word, [inside, outside]]) => {
    const cells = [inside, n - inside, outside, m - outside].map((count) => count + 0.5);
    const odds = Math.log((cells[0] * cells[3]) / (cells[1] * cells[2]));
    return { word, inside, outside, score: odds / Math.sqrt(cells.reduce((sum, cell) => sum + 1 / cell, 0)) };
  }).filter(({ score }) => score >= 1).sort((a, b) => b.score - a.score);
}
