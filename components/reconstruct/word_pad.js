// A sentence word by word: how likely the model held each, and which are hidden, for it to fill in.

import { element } from "../shared/kit/dom.js";
import { button } from "../shared/kit/toolbar.js";

const OTHERS = 3; // words that are named beside one
const STRONGEST = 38; // percent of the colour that stands behind a certain word, which must be read

export class WordPad {
  #words = [];
  #found = null;
  #sentence = null;
  #of = null;

  /**
   * @param {import("../shared/kinds/index.js").Renderer} options.renderer  with `reading`
   * @param {boolean} options.masks  whether the model has learned from hidden words
   * @param {() => void} options.changed  a word was hidden, or is shown again
   */
  constructor({ renderer: { reading }, masks, changed }) {
    Object.assign(this, { reading, masks, changed });
    this.visible = null;
    this.sentence = element("p", { class: "rc-words", dir: "auto", "data-testid": "words" });
    this.said = element("p", { class: "rc-names", role: "status", "data-testid": "word-said" });
    this.all = button("Show all", "Hide no word", () => this.#set(() => 1));
    this.node = element("div", { class: "rc-reading", role: "group", "aria-label": "Word by word" },
      element("div", { class: "rc-row" }, element("p", { class: "rc-heading" }, "Word by word"), this.all),
      this.sentence, this.said);
    this.sentence.addEventListener("pointerleave", () => this.#say(null));
    this.sentence.addEventListener("focusout", () => this.#say(null));
  }

  get empty() {
    return !this.visible || this.visible.every(Boolean);
  }

  apply(x) {
    return this.reading.hide(x, this.visible, this.masks);
  }

  /** Another sentence: nothing of it is hidden. `typed`: its words as they were typed, which the model may not know. */
  take(x, typed = null) {
    const key = String(x);
    this.#words = this.reading.words(x).map((each, i) => ({ ...each, word: typed?.[i] ?? each.word }));
    if (key === this.#sentence) return;
    this.#sentence = key;
    this.visible = new Float32Array(x.length).fill(1);
  }

  /** `nlls` [T] in nats of the sentence's places, and the scores [V, T] that they come from. */
  show(nlls, logits) {
    this.#found = { nlls: Array.from(nlls), others: this.#words.map((_, t) => this.#othersOf(logits, t, nlls.length)) };
    const key = JSON.stringify([this.#words, [...this.visible], this.#found.nlls]);
    if (key === this.#of) return;
    this.#of = key;
    const focused = [...this.sentence.children].indexOf(document.activeElement);
    this.sentence.replaceChildren(...this.#words.flatMap((each, t) => [each.space, this.#word(each, t)]));
    if (focused >= 0) this.sentence.children[focused]?.focus();
    this.all.hidden = this.empty;
    this.#say(null);
  }

  #word({ word, unknown }, t) {
    const hidden = !this.visible[t];
    const probability = Math.exp(-this.#found.nlls[t]);
    return element("button", {
      type: "button", class: "rc-word", "aria-pressed": String(hidden), "data-unknown": unknown, "data-nll": this.#found.nlls[t].toFixed(4),
      style: `--p: ${hidden ? 0 : (STRONGEST * probability).toFixed(1)}%`, title: this.#about(t),
      onclick: () => this.#set((i, seen) => (i === t ? 1 - seen : seen)),
      onpointerenter: () => this.#say(t), onfocus: () => this.#say(t),
    }, hidden ? "▢" : word);
  }

  #set(seen) {
    this.visible.forEach((value, i) => (this.visible[i] = seen(i, value)));
    this.changed();
  }

  /** What is said of a word, or of all. */
  #say(t) {
    if (t !== null) {
      this.said.textContent = this.#about(t);
      return;
    }
    const { nlls } = this.#found;
    const total = nlls.reduce((sum, value) => sum + value, 0);
    this.said.textContent = `Stronger colour: likelier to the model, which knows the code and the words before it. All words and the end: ${total.toPrecision(3)} nats. `
      + "Press a word to hide it, and the model fills it in.";
  }

  #about(t) {
    const { nlls, others } = this.#found;
    const { word, unknown } = this.#words[t];
    const name = this.visible[t] ? `“${word}”` : `The hidden “${word}”`;
    const others3 = others[t].map(([id, share]) => `${this.reading.name(id)} ${percent(share)}`).join(", ");
    const which = unknown ? " Not in its vocabulary, so it counts as any unknown word." : "";
    return `${name}: ${percent(Math.exp(-nlls[t]))}, ${nlls[t].toFixed(2)} nats.${which} Likeliest here: ${others3}.`;
  }

  /** The likeliest symbols of a place, each with its share: [id, probability]. */
  #othersOf(logits, t, places) {
    const symbols = logits.length / places;
    const best = [];
    let sum = 0;
    let highest = -Infinity;
    for (let v = 0; v < symbols; v++) highest = Math.max(highest, logits[v * places + t]);
    for (let v = 0; v < symbols; v++) {
      const share = Math.exp(logits[v * places + t] - highest);
      sum += share;
      if ((best.length === OTHERS && share <= best[OTHERS - 1][1]) || this.reading.never.includes(v)) continue;
      best.push([v, share]);
      best.sort((a, b) => b[1] - a[1]);
      best.length = Math.min(best.length, OTHERS);
    }
    return best.map(([v, share]) => [v, share / sum]);
  }
}

/** A share: never "0%", never "100%". */
const percent = (share) => (share < 0.01 ? "under 1%" : share > 0.99 ? "over 99%" : `${Math.round(100 * share)}%`);
