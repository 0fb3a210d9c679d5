// What the models side by side draw from: one choice for all of them, and of each what was fitted to its own codes.

import { SamplerChoice } from "../shared/kit/sampler_choice.js";

const OWN = "own"; // in each model what is usual there

export class SamplersOfAll extends SamplerChoice {
  #models;
  #choices;

  /**
   * @param {object[]} models  as side_by_side.py describes them
   * @param {?string} wanted  null: in each model what is usual there
   */
  constructor(models, wanted) {
    const choices = models.map(({ samplers, latent_dim }) => new SamplerChoice(samplers, latent_dim));
    const alike = new Set(choices.map(({ usual }) => usual)).size === 1;
    const usual = alike ? choices[0].usual : OWN;
    const all = choices[0].all.map((each) => ({ ...each, note: notesOn(each.name, models) }));
    if (!alike) all.unshift({ name: OWN, title: "Usual for each model", caption: usualOf(models) });
    super({ all, usual, chosen: wanted ?? usual }, null);
    this.#models = models;
    this.#choices = choices;
  }

  /** What Python is told: null for what is usual in each model. */
  get wanted() {
    return this.chosen === OWN ? null : this.chosen;
  }

  /** Whether what one model draws from is another thing than what the others do. */
  get differ() {
    return this.chosen === OWN;
  }

  /** What a model draws from, by its number. */
  titleOf(i) {
    return titleIn(this.#models[i].samplers, this.#nameIn(this.chosen, i));
  }

  /** Download the Gaussians of a sampler in each model: an array of them. Event "loaded": those of a model are here. */
  load(name = this.chosen) {
    return Promise.all(this.#choices.map(async (choice, i) => {
      const own = this.#nameIn(name, i);
      if (choice.loaded(own)) return choice.loaded(own);
      const found = await choice.load(own);
      this.dispatchEvent(new Event("loaded"));
      return found;
    }));
  }

  /** The same, if they have all come already. */
  loaded(name) {
    const found = this.#choices.map((_, i) => this.loadedOf(i, name));
    return found.every(Boolean) ? found : undefined;
  }

  /** Those of a model, if they have come already. */
  loadedOf(i, name = this.chosen) {
    return this.#choices[i].loaded(this.#nameIn(name, i));
  }

  #nameIn(name, i) {
    return name === OWN ? this.#choices[i].usual : name;
  }
}

function titleIn({ all }, wanted) {
  return all.find(({ name }) => name === wanted).title;
}

function usualOf(models) {
  return models.map(({ name, samplers }) => `${name}: ${titleIn(samplers, samplers.usual)}`).join("; ");
}

/** What is to be said of a sampler in some of the models, once for those of which it is the same. */
function notesOn(sampler, models) {
  const of = new Map(); // by note: names
  for (const { name, samplers } of models) {
    const { note } = samplers.all.find((each) => each.name === sampler);
    if (note) of.set(note, [...(of.get(note) ?? []), name]);
  }
  return [...of].map(([note, names]) => `${names.join(", ")}: ${note}`).join(" ");
}
