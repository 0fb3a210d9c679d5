// What the points' colours say: the class, or a number of each example on a scale.

import { SCALE_GRADIENT, scaleColor } from "../shared/kit/color_scale.js";
import { fetchTensors } from "../shared/latent/decoded_view.js";
import { element } from "../shared/kit/dom.js";
import { packed } from "../shared/map/stamps.js";
import { significant } from "../shared/kit/numerals.js";

const ENDS = 0.01; // of the examples lie beyond either end of the scale: a few outliers would leave the rest one colour
const STEPS = 256;

/** What can be chosen: [name, words, unit]. Names stand in links. */
function choices({ classes, factors, rated }) {
  return [
    ...(classes.length ? [["class", "Class", ""]] : []),
    ...(rated.includes("nll") ? [["nll", "Reconstruction error (NLL)", "nats"]] : []),
    ...(rated.includes("kl") ? [["kl", "KL", "nats"]] : []),
    ["typicality", "Typicality", "%"],
    ...factors.map((factor) => [`factor:${factor}`, `Factor: ${factor}`, ""]),
  ];
}

export class PointColors {
  #facts = null;

  /**
   * @param {object} model
   * @param {{url: string, rated: string[], color: ?string}} facts  where the numbers are, which there are, and what is chosen
   * @param {() => void} changed
   */
  constructor(model, { url, rated, color }, changed) {
    Object.assign(this, { model, url, changed });
    this.choices = choices({ ...model, rated });
    this.usual = this.choices[0][0];
    this.current = this.choices.some(([name]) => name === color) ? color : this.usual;
    /** Packed colours, one a point; null for the classes' own. */
    this.colors = null;
    const option = ([name, words]) => element("option", { value: name }, words);
    this.select = element("select", {
      class: "lx-number pj-select", "data-testid": "color-by", "aria-label": "Colour by",
      onchange: () => this.choose(this.select.value),
    }, ...this.choices.map(option));
    this.select.value = this.current;
    this.low = element("span");
    this.high = element("span");
    this.scale = element("div", { class: "pj-scale", "data-testid": "color-scale", hidden: true },
      this.low, element("span", { class: "pj-gradient", style: `background: ${SCALE_GRADIENT}` }), this.high);
    this.node = element("div", { class: "pj-colors" }, element("label", {}, "Colour ", this.select), this.scale);
  }

  /** Load what the chosen colours need. */
  start() {
    return this.choose(this.current, true);
  }

  async choose(name, starting = false) {
    this.current = name;
    if (name === "class") this.colors = null;
    else {
      this.#facts ??= fetchTensors(this.url);
      const facts = await this.#facts;
      if (this.current !== name) return;
      this.colors = this.#scaled(this.#values(facts, name));
    }
    this.scale.hidden = name === "class";
    this.select.dataset.shown = name;
    if (!starting) this.changed();
  }

  #values(facts, name) {
    const factor = name.startsWith("factor:") ? this.model.factors.indexOf(name.slice("factor:".length)) : -1;
    if (factor < 0) return facts.get(name).data;
    const { data, shape } = facts.get("factors");
    return Float32Array.from({ length: shape[0] }, (_, n) => data[n * shape[1] + factor]);
  }

  #scaled(values) {
    const sorted = Float32Array.from(values).sort();
    const end = Math.floor(ENDS * (sorted.length - 1));
    const [low, high] = [sorted[end], sorted[sorted.length - 1 - end]];
    const [, words, unit] = this.choices.find(([name]) => name === this.current);
    this.low.textContent = significant(low, 3);
    this.high.textContent = `${significant(high, 3)} ${unit}`;
    this.scale.title = `${words}, from ${significant(low, 3)} to ${significant(high, 3)} ${unit}; 1% of the examples lie beyond either end`;
    const steps = Array.from({ length: STEPS }, (_, i) => packed(scaleColor(i / (STEPS - 1))));
    return Uint32Array.from(values, (value) => {
      const part = (value - low) / Math.max(high - low, 1e-12);
      return steps[Math.round(Math.min(1, Math.max(0, part)) * (STEPS - 1))];
    });
  }
}
