// What "Random" draws from: the sampler, chosen beside the button, and the draws by seed.

import { element } from "./dom.js";
import { menu, numberWithButton } from "./toolbar.js";
import { Gaussians } from "../engine/gaussians.js";
import { parseSafetensors } from "../engine/safetensors.js";
import { ask } from "../engine/server.js";

let menus = 0; // each has a group of its own

/** One choice for all that draws on a page. Event "change": the user has chosen another one. */
export class SamplerChoice extends EventTarget {
  #loading = new Map(); // by name: a promise of Gaussians
  #loaded = new Map();
  #shown = []; // what shows the choice

  /**
   * @param {object} offered  as samplers.py gives it
   * @param {object[]} offered.all  {name, title, caption, note, and `gaussians` or a `url`}, in the order shown
   * @param {string} offered.usual  the model's own, which a link need not say
   * @param {string} offered.chosen
   * @param {number} dim
   */
  constructor({ all, usual, chosen }, dim) {
    super();
    Object.assign(this, { all, usual, chosen, dim });
  }

  /** What a link says: null for the model's own sampler. */
  get linked() {
    return this.chosen === this.usual ? null : this.chosen;
  }

  /** Download what the chosen sampler draws from. */
  load(name = this.chosen) {
    if (!this.#loading.has(name)) {
      const loading = this.#load(name);
      this.#loading.set(name, loading);
      loading.catch(() => this.#loading.delete(name)); // who asks again may have more luck
    }
    return this.#loading.get(name);
  }

  async #load(name) {
    const { url, gaussians } = this.all.find((each) => each.name === name);
    const found = gaussians ? new Gaussians(gaussians, this.dim)
      : Gaussians.of(parseSafetensors(await (await ask(url)).arrayBuffer()).tensors);
    this.#loaded.set(name, found);
    return found;
  }

  /** The Gaussians of a sampler that was loaded. */
  loaded(name) {
    return this.#loaded.get(name);
  }

  /** A point [D] for a seed, and class weights of a conditional model; null, and the reason is shown, if there is none. */
  async draw(seed, y = null) {
    return (await this.draws(1, seed, y))?.[0] ?? null;
  }

  /** n points [n][D]; null, and the reason is shown, if there are none. */
  async draws(n, seed, y = null) {
    return (await this.ready())?.draws(n, seed, y) ?? null;
  }

  /** What the chosen sampler draws from; null, and the reason is shown, if it cannot be loaded. */
  async ready() {
    try {
      const found = this.loaded(this.chosen) ?? (await this.load());
      this.#show();
      return found;
    } catch (error) {
      this.#show(`What it draws from could not be loaded: ${error.message}`);
      return null;
    }
  }

  /** Show another one as chosen; nobody is told. */
  set(name) {
    this.chosen = name;
    this.#show();
  }

  /** A menu of the samplers, which says what each draws from; a page may have several. */
  menu() {
    const group = `sampler-${++menus}`;
    const fields = this.all.map(({ name }) => element("input", {
      type: "radio", name: group, value: name, onchange: () => this.#choose(name),
    }));
    const rows = this.all.map(({ title, caption, note }, i) =>
      element("label", { class: "lx-sampler" }, fields[i],
        element("span", {}, element("b", {}, title), caption, ...(note ? [element("em", {}, note)] : []))));
    const problem = element("p", { class: "lx-hint", role: "alert", hidden: true });
    const text = element("span", { class: "lx-sampled" });
    const node = menu(text, element("div", { role: "radiogroup", "aria-label": "Sampler" }, ...rows), problem);
    node.dataset.testid = "sampler";
    const summary = node.querySelector("summary");
    this.#shown.push((failure) => {
      const { title } = this.all.find(({ name }) => name === this.chosen);
      text.textContent = title;
      node.dataset.sampler = this.chosen;
      summary.title = `Random points are drawn from: ${title}`;
      summary.setAttribute("aria-label", `Sampler: ${title}`);
      fields.forEach((field, i) => (field.checked = this.all[i].name === this.chosen));
      problem.hidden = !failure;
      problem.textContent = failure;
      if (failure) node.open = true;
    });
    this.#show();
    return node;
  }

  #choose(name) {
    this.set(name);
    this.load().catch(() => {}); // who draws hears of it
    this.dispatchEvent(new Event("change"));
  }

  #show(failure = "") {
    for (const show of this.#shown) show(failure);
  }
}

/**
 * Random points by seed. `taken(z, seed)` hears of each; `y()` gives the class weights of a conditional model. `node` is the
 * button with the choice of what it draws from.
 *
 * @param {SamplerChoice} samplers
 */
export function randomPicker(samplers, y, taken) {
  const picker = numberWithButton({
    text: "Random", title: "Draw a point", name: "Seed of the random point", hint: "seed", max: 999999,
    draw: () => Math.floor(Math.random() * 1000),
    chosen: async (seed) => {
      const z = await samplers.draw(seed, y());
      if (z) taken(z, seed);
    },
  });
  return { field: picker.field, node: element("span", { class: "lx-joined" }, picker.button, samplers.menu()) };
}
