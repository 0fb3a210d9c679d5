// Several completions of a half-hidden picture, each with how plausible it is. They are found beside the main thread.

import { DecoderWorker } from "../shared/engine/decoder_pool.js";
import { element } from "../shared/kit/dom.js";
import { paint, pictureCanvas } from "../shared/kinds/picture.js";
import { rankText } from "../shared/engine/scores.js";
import { numberWithButton } from "../shared/kit/toolbar.js";
import { significant } from "../shared/kit/numerals.js";

const COUNT = 5;
const CHANNEL = "completions";

export class CompletionsPanel {
  #worker = null;
  #ready = null;
  #example = null;
  #key = "";
  #seed = 1;

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view  loaded
   * @param {{likelihood: object, variational: boolean}} data  the likelihood of a model whose file does not name one; whether it has
   *   a prior
   * @param {(z: number[], label: ?number, values: Float32Array, number: number) => void} chosen  a completion was pressed
   * @param {(values: Float32Array[]) => void} found  all of them are there
   */
  constructor(view, { likelihood, variational }, chosen, found) {
    Object.assign(this, { view, likelihood, chosen, found });
    this.cards = Array.from({ length: COUNT }, (_, i) => this.#card(i));
    this.text = element("p", { class: "rc-names", role: "status" });
    const seed = numberWithButton({
      text: "Again", title: "Other completions", name: "Seed of the completions", hint: "seed", max: 999999,
      draw: () => this.#seed + 1, chosen: (value) => {
        this.#seed = value;
        this.#find();
      },
    });
    seed.set(this.#seed);
    this.node = element("div", { class: "rc-completions", role: "group", "aria-label": "Completions" },
      element("div", { class: "rc-row" }, element("p", { class: "rc-heading" }, "Completions, the most plausible first"), seed.node),
      element("div", { class: "rc-cards" }, ...this.cards.map(({ node }) => node)),
      this.text,
      element("p", { class: "rc-names" },
        `Each fits what is visible and differs from the others. NLL: ${view.renderer.reading ? "of all its words, in nats; less is likelier" : "how far its visible part is from yours, in nats; less is closer"}. `
        + `Typical: the share of held-out ${view.model.kind.unit}s whose code is less so. `
        + `${variational ? "The order counts NLL and prior together: log p(z) − NLL. " : ""}Press one to `
        + `${view.shown.controls ? "hear it, and to " : ""}send its point on.`));
  }

  close() {
    this.#worker?.terminate();
  }

  /** Complete x from what is `visible`; see completing.js. What is shown already stays, and so does the chosen one. */
  show(x, visible, classes, seen) {
    const key = String([x, visible, classes, seen]);
    const known = this.#example && this.#key === key;
    if (known && this.node.dataset.state === "done") this.#again();
    if (known && this.node.dataset.state !== "failed") return;
    this.#example = { x, visible, classes, seen };
    this.#key = key;
    this.#find();
  }

  /** What was drawn meanwhile has taken the place of what is shown here. */
  #again() {
    this.found(this.cards.map(({ values }) => values));
    const chosen = this.cards.findIndex(({ node }) => node.getAttribute("aria-pressed") === "true");
    if (chosen >= 0) this.#choose(chosen);
  }

  /** Nothing is hidden. */
  clear() {
    this.#example = null;
    this.node.dataset.state = "empty";
    this.text.textContent = this.view.renderer.reading ? "" : `${this.view.renderer.filling ? "Hide columns" : "Paint over a part"} of the ${this.view.model.kind.unit}${this.view.renderer.filling ? "" : ", or hide a half"}: its completions appear here.`;
  }

  async #find() {
    const example = this.#example;
    if (!example) return;
    this.node.dataset.state = "busy";
    this.text.textContent = "Completing …";
    try {
      await (this.#ready ??= this.#load());
      if (example !== this.#example) return; // to ask for an older one now would drop the newer one
      const answer = await this.#worker.complete(example, { n: COUNT, seed: this.#seed }, { channel: CHANNEL });
      if (!answer || example !== this.#example) return; // a newer one is on its way
      answer.found.forEach((each, i) => this.#fill(this.cards[i], each));
      this.found(answer.found.map(({ values }) => values));
      this.node.dataset.state = "done";
      this.text.textContent = "";
    } catch (error) {
      this.node.dataset.state = "failed";
      this.text.textContent = `No completions: ${error.message}`;
    }
  }

  #load() {
    this.#worker = new DecoderWorker();
    const { url, encoder, kind, shape } = this.view.model;
    return this.#worker.load(url, kind, shape, this.likelihood, encoder);
  }

  #card(i) {
    const { view, view: { renderer } } = this;
    const canvas = renderer.line ? element("div", { "data-testid": "completion" }) : pictureCanvas(renderer, "completion", `Completion ${i + 1}`);
    const [level, typical, nll] = [element("strong"), element("span"), element("span")];
    const hidden = element("span", { class: "rc-hidden", hidden: !renderer.hidden });
    const node = element("button", {
      type: "button", class: "rc-card", title: view.shown.controls ? "Hear this one, and send its point on" : "Send this one's point on", "aria-pressed": "false",
      onclick: () => this.#choose(i),
    }, canvas, level, hidden, typical, nll);
    return { node, canvas, hidden, level, typical, nll, z: null, label: null, values: null };
  }

  #fill(card, { z, y, values, nll }) {
    const percentile = this.view.typicality.percentile(z);
    const { renderer } = this.view;
    if (renderer.line) card.canvas.replaceChildren(renderer.line(values, this.#example.seen));
    else paint(card.canvas, values, renderer);
    card.hidden.textContent = renderer.hidden?.(values, this.#example.visible) ?? "";
    Object.assign(card.canvas.dataset, { z: JSON.stringify(z), nll });
    card.z = z;
    card.values = values;
    card.label = y?.indexOf(1) ?? null;
    card.node.setAttribute("aria-pressed", "false");
    const name = y ? ` as ${this.view.model.classes[card.label]}` : "";
    card.level.textContent = (percentile < 1 ? "A guess" : percentile < 5 ? "Unusual" : "Plausible") + name;
    card.typical.textContent = `typical: ${rankText(percentile)}`;
    card.nll.textContent = `NLL ${significant(nll, 3)} nats`;
  }

  #choose(i) {
    if (!this.cards[i].z) return;
    this.cards.forEach(({ node }, k) => node.setAttribute("aria-pressed", k === i));
    this.chosen(this.cards[i].z, this.cards[i].label, this.cards[i].values, i + 1);
  }
}
