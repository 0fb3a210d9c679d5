// Where a concept comes from, how far it can be believed, and what is kept of it. Python computes; this asks and shows.

import { element } from "../shared/kit/dom.js";
import { ExampleSheet } from "./example_sheet.js";
import { download } from "../shared/kit/exporting.js";
import { Honesty } from "../shared/latent/honesty.js";
import { button } from "../shared/kit/toolbar.js";
import { fixed } from "../shared/kit/numerals.js";

const MAX_NAME = 40;
const LONG = 14; // characters of a group from which on two do not stand side by side
const MAX_SHIFT = 2; // standard deviations that fill a bar

export class ConceptPanel {
  #chosen = new Set();
  #said = null;
  #asked = false; // Python has been asked for a concept, and the note says so

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view
   * @param {(what: string, value?: object) => void} ask  tells Python: "choose", "keep", "forget", "group" or "ungroup"
   */
  constructor(view, ask) {
    Object.assign(this, { view, ask });
    const select = (label) => element("select", { class: "lx-number", "aria-label": label, onchange: () => this.#choose() });
    this.selects = { concept: select("Concept"), towards: select("Towards"), away: select("Away from") };
    this.pair = element("span", { class: "ar-line" },
      element("label", {}, "Towards ", this.selects.towards), element("label", {}, " away from ", this.selects.away));
    this.problem = element("p", { class: "lx-hint", hidden: true });
    this.choice = element("div", { class: "ar-choice" },
      this.concepts = element("label", {}, "Concept ", this.selects.concept), this.pair, this.problem);
    this.reliability = new Honesty("reliability");
    this.effects = element("div", { class: "ar-effects", "data-testid": "side-effects" });
    this.facts = element("div", { class: "ar-facts" }, this.reliability.node, this.effects);
    this.note = element("p", { class: "lx-note", role: "status" });
    this.further = element("div", { class: "ar-further" }, this.note, this.#keeping(), this.#picking());
  }

  /** Take what a rerun brought. */
  show(data) {
    const { choice, sources, saved, concept, problem, groups, message } = data;
    this.data = data;
    this.#fill(this.selects.concept, [["", "Difference of two groups"], ...saved.map((name) => [`s${name}`, name])]);
    this.selects.concept.value = choice.concept === null ? "" : `s${choice.concept}`;
    this.concepts.hidden = !saved.length;
    this.pair.hidden = choice.concept !== null;
    const chosen = sources.filter(({ id }) => id === choice.towards || id === choice.away);
    this.pair.toggleAttribute("data-long", chosen.some(({ text }) => text.length > LONG));
    for (const end of ["towards", "away"]) {
      this.#group(this.selects[end], sources);
      this.selects[end].value = choice[end];
    }
    this.problem.hidden = !problem;
    this.problem.textContent = problem ?? "";
    this.facts.hidden = !concept;
    if (concept) this.#showFacts(concept);
    for (const node of [this.keep, this.save]) node.setAttribute("aria-disabled", !concept);
    this.forget.hidden = choice.concept === null;
    if (concept && concept.name !== this.named) this.named = this.name.value = concept.name.slice(0, MAX_NAME);
    this.groups.replaceChildren(...groups.map(({ name, n }) => element("span", { class: "ar-chip" }, `${name} (${n})`,
      button("✕", `Delete the group ${name}`, () => this.ask("ungroup", { name }), { class: "lx-icon", "aria-label": `Delete the group ${name}` }))));
    if (message && message.id !== this.#said) {
      this.#said = message.id;
      this.note.textContent = message.text;
      this.#asked = false;
      if (message.done === "group") {
        this.#chosen.clear();
        this.groupName.value = "";
        this.#counted();
      }
    }
  }

  #choose() {
    const { concept, towards, away } = this.selects;
    this.note.textContent = "Working…";
    this.#asked = true;
    this.ask("choose", { concept: concept.value ? concept.value.slice(1) : null, towards: towards.value, away: away.value });
  }

  #fill(select, options) {
    select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
  }

  #group(select, sources) {
    const headings = [...new Set(sources.map(({ heading }) => heading))];
    select.replaceChildren(...headings.map((heading) => element("optgroup", { label: heading },
      ...sources.filter((source) => source.heading === heading).map(({ id, text }) => element("option", { value: id }, text)))));
  }

  #showFacts({ reliability, effects }) {
    if (this.#asked) this.note.textContent = "";
    this.#asked = false;
    this.reliability.show(reliability);
    this.reliability.node.dataset.auc = reliability.auc;
    const share = (value) => `${Math.round(100 * value)}%`;
    const rows = effects.classes.map(({ name, label, before, after, meant }) =>
      element("tr", { class: meant ? "ar-meant" : null },
        element("th", { scope: "row" }, name),
        element("td", { class: "ar-bars" },
          bar("ar-before", before, 0), bar("ar-after", after, 0, this.view.model.colors[label])),
        element("td", {}, `${share(before)} → ${share(after)}`)));
    const moved = effects.factors.map(({ name, shift, meant }) => {
      const size = Math.min(1, Math.abs(shift) / MAX_SHIFT) / 2;
      return element("tr", { class: meant ? "ar-meant" : null },
        element("th", { scope: "row" }, name),
        element("td", { class: "ar-bars ar-signed" }, bar("ar-after", size, shift < 0 ? 0.5 - size : 0.5)),
        element("td", {}, signed(shift)));
    });
    this.effects.replaceChildren(
      element("p", { class: "ar-said" }, effects.sentence),
      element("details", { class: "lx-folded" }, element("summary", {}, "Side effects"), element("p", { class: "ar-said" }, effects.side_effects)),
      element("table", {},
        element("caption", {}, "Looks like, by its nearest stored examples: before → after; σ: spread of a factor"),
        element("tbody", {}, ...rows, ...moved)));
  }

  #keeping() {
    this.name = element("input", { type: "text", class: "lx-number ar-name", maxlength: MAX_NAME, "aria-label": "Name of the concept", autocomplete: "off" });
    this.keep = button("Keep", "Keep this concept in this session", () => this.data.concept && this.ask("keep", { name: this.name.value }));
    this.save = button("Save as file", "A small JSON file that this page can load again", () => {
      const { concept } = this.data;
      if (concept) download(new Blob([concept.file], { type: "application/json" }), concept.filename);
    });
    this.forget = button("Forget", "Take this concept out of the list", () => this.ask("forget", { name: this.selects.concept.value.slice(1) }));
    return element("div", { class: "ar-line" }, element("label", {}, "Name ", this.name), this.keep, this.save, this.forget);
  }

  #picking() {
    const toggle = (index) => {
      if (!this.#chosen.delete(index)) this.#chosen.add(index);
      this.#counted();
    };
    const sheet = new ExampleSheet(this.view, `Pick ${this.view.model.kind.unit}s for a group`, toggle, (index) => this.#chosen.has(index));
    this.groupName = element("input", { type: "text", class: "lx-number ar-name", maxlength: MAX_NAME, "aria-label": "Name of the group", autocomplete: "off" });
    this.count = element("span", {}, "None picked");
    this.groups = element("div", { class: "ar-line" });
    const name = button("Name this group", `Keep the picked ${this.view.model.kind.unit}s as a group of this session`, () =>
      this.ask("group", { name: this.groupName.value, examples: [...this.#chosen] }));
    const folded = element("details", { class: "lx-folded" }, element("summary", {}, "Pick a group by hand"),
      sheet.node, element("div", { class: "ar-line" }, this.count, element("label", {}, "Name ", this.groupName), name), this.groups);
    folded.addEventListener("toggle", () => folded.open && sheet.show());
    this.sheet = sheet;
    return folded;
  }

  #counted() {
    const n = this.#chosen.size;
    this.count.textContent = n ? `${n} picked` : "None picked";
    this.sheet.mark();
  }
}

/** "+1.7 σ", and no sign where nothing moves. */
function signed(shift) {
  const text = fixed(shift, 1);
  return `${Number.parseFloat(text) > 0 ? "+" : ""}${text} σ`;
}

function bar(name, size, from, color) {
  const style = `left: ${100 * from}%; width: ${100 * size}%${color ? `; background: ${color}` : ""}`;
  return element("i", { class: name, style });
}
