// Data to text: a small table of facts is chosen, and sentences are written that state them. The table selects the content,
// z is the plan, and the decoder finds the words.

import { element } from "../shared/kit/dom.js";
import { LatentState } from "../shared/latent/latent_state.js";
import { linkTo } from "../shared/kit/exporting.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { numberWithButton } from "../shared/kit/toolbar.js";
import { showAddress } from "../shared/app/addresses/address.js";
import { stated } from "./stated.js";
import { tokens } from "../shared/kinds/text.js";

const PLANS = 6; // sentences below each other: of the origin, and of random points

class Facts extends Scene {
  #seed = 0;

  build() {
    const { model, view, data } = this;
    this.chosen = new Set(data.cells);
    this.state = new LatentState(model.origin, this.#weights());
    const groups = [...new Set(data.facts.map(({ group }) => group))];
    this.selects = groups.map((group) => this.#select(group));
    const seed = numberWithButton({
      text: "Other plans", title: "Write from other latent vectors", name: "Seed of the plans", hint: "seed", max: 999999,
      draw: () => Math.floor(Math.random() * 1000),
      chosen: (value) => {
        this.#seed = value;
        this.#write();
      },
    });
    seed.set(0);
    this.samplers.addEventListener("change", () => {
      this.#write();
      showAddress(this.#link());
    });
    this.lines = element("ol", { class: "dg-stated", "data-testid": "stated" });
    this.said = element("p", { class: "dg-said", role: "status" });
    const table = element("table", { class: "dg-facts" }, ...groups.map((group, i) =>
      element("tr", {}, element("th", { scope: "row" }, group), element("td", {}, this.selects[i]))));
    this.root.replaceChildren(
      element("div", { class: "dg-panel" }, table, element("div", { class: "lx-buttons" }, seed.node, this.samplers.menu()), this.said),
      element("div", { class: "dg-panel" }, view.node, this.lines));
    this.#write();
  }

  #select(group) {
    const { facts } = this.data;
    const select = element("select", {
      class: "lx-number", "aria-label": group,
      onchange: () => {
        for (const [i, fact] of facts.entries()) if (fact.group === group) this.chosen.delete(i);
        if (select.value !== "") this.chosen.add(Number(select.value));
        this.#write();
        showAddress(this.#link());
        this.report("settled", { cells: this.#cells });
      },
    }, element("option", { value: "" }, "not said"),
    ...facts.flatMap((fact, i) => (fact.group === group ? [element("option", { value: i }, fact.name)] : [])));
    const own = facts.findIndex((fact, i) => fact.group === group && this.chosen.has(i));
    select.value = own < 0 ? "" : own;
    return select;
  }

  get #cells() {
    return [...this.chosen].sort((a, b) => a - b);
  }

  #weights() {
    return this.data.facts.map((_, i) => Number(this.chosen.has(i)));
  }

  /** Write a sentence for each plan, and say which of the chosen facts each states. */
  async #write() {
    const { model, view, data } = this;
    const y = this.#weights();
    const plans = [model.origin];
    while (plans.length < PLANS) {
      const plan = await this.samplers.draw(PLANS * this.#seed + plans.length, y);
      if (!plan) return;
      plans.push(plan);
    }
    view.draw(plans[0], y);
    const batch = await view.decodeMany(plans, y, "facts", "values");
    if (!batch) return;
    const size = batch.values.length / batch.count;
    let [asked, kept] = [0, 0];
    this.lines.replaceChildren(...plans.map((_, i) => {
      const values = batch.values.subarray(i * size, (i + 1) * size);
      const states = stated(tokens(view.renderer.text(values)), data.facts);
      const missing = this.#cells.filter((cell) => !states[cell]).map((cell) => data.facts[cell].name);
      asked += this.chosen.size;
      kept += this.chosen.size - missing.length;
      const mark = missing.length ? `leaves out ${missing.map((name) => `“${name}”`).join(", ")}` : "✓";
      return element("li", {}, view.renderer.line(values), element("span", { class: "dg-mark" }, this.chosen.size ? mark : ""));
    }));
    this.lines.dataset.y = JSON.stringify(y);
    this.said.textContent = asked ? `${kept} of ${asked} facts are stated, by lists of words.` : "Choose a fact, and every sentence is to state it.";
  }

  #link() {
    return linkTo(location.pathname, { checkpoint: this.model.name, cells: this.#cells.join("."), sampler: this.samplers.linked });
  }
}

export const mount = mountScene(".dg-data", Facts);
