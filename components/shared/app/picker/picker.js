// The model picker: a list of thumbnails with names, in groups. The pattern of a combobox that only selects
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/examples/combobox-select-only/): the focus stays on the button.

import { serverUrl } from "../../engine/server.js";
import { element, icon } from "../../kit/dom.js";
import { mountOnce } from "../mounting.js";

const GAP = 4; // pixels between the button and its list

class Picker {
  #options = []; // {model, node}
  #active = -1;
  #shown = "";
  #typed = { text: "", at: 0 };

  constructor(root, data, _report, ask) {
    Object.assign(this, { root, ask });
    this.list = element("div", { id: "mp-list", class: "mp-list", role: "listbox", popover: "auto", "aria-labelledby": "mp-label" });
    this.value = element("span", { id: "mp-value", class: "mp-value" });
    this.picture = thumbnail();
    this.button = element("button", {
      type: "button", class: "mp-button", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false",
      "aria-controls": "mp-list", "aria-labelledby": "mp-label mp-value", onkeydown: (event) => this.#key(event),
      onblur: () => this.list.hidePopover(),
    }, this.picture, this.value, icon("down"));
    this.button.popoverTargetElement = this.list;
    this.list.addEventListener("beforetoggle", ({ newState }) => newState === "open" && this.#place());
    this.list.addEventListener("toggle", ({ newState }) => this.#toggled(newState === "open"));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays where it is
    root.replaceChildren(element("span", { id: "mp-label", class: "mp-label" }, "Model"), this.button, this.list);
    this.follow(data);
  }

  close() {}

  /** A rerun. */
  follow({ groups, chosen }) {
    this.chosen = chosen;
    const shown = JSON.stringify(groups);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#fill(groups);
    }
    this.#mark();
  }

  #fill(groups) {
    this.#options = [];
    this.list.replaceChildren(...groups.map(({ label, models }, g) =>
      element("div", { role: "group", "aria-labelledby": `mp-group-${g}` },
        element("div", { id: `mp-group-${g}`, class: "mp-group", role: "presentation" }, label),
        ...models.map((model) => this.#option(model)))));
  }

  #option(model) {
    const at = this.#options.length;
    const node = element("div", {
      id: `mp-option-${at}`, class: "mp-option", role: "option", "data-model": model.name, onclick: () => this.#choose(at),
    }, thumbnail(serverUrl(model.preview)), element("span", {}, model.title, " ", element("small", {}, model.name)));
    this.#options.push({ model, node });
    return node;
  }

  /** Show which model is chosen. */
  #mark() {
    for (const { model, node } of this.#options) {
      node.setAttribute("aria-selected", model.name === this.chosen);
      if (model.name !== this.chosen) continue;
      this.value.textContent = model.title;
      this.button.title = model.name;
      const preview = serverUrl(model.preview);
      if (this.picture.getAttribute("src") !== preview) this.picture.src = preview;
    }
  }

  #choose(at) {
    const { name } = this.#options[at].model;
    this.list.hidePopover();
    if (name === this.chosen) return;
    this.chosen = name;
    this.#mark();
    this.ask("chosen", name);
  }

  // The open list

  get open() {
    return this.list.matches(":popover-open");
  }

  #place() {
    const { left, top, bottom, width } = this.button.getBoundingClientRect();
    const [above, below] = [top, innerHeight - bottom];
    const up = above > below;
    Object.assign(this.list.style, {
      left: `${left}px`, minWidth: `${width}px`, maxWidth: `min(22rem, ${innerWidth - left - GAP}px)`,
      top: up ? "auto" : `${bottom + GAP}px`, bottom: up ? `${innerHeight - top + GAP}px` : "auto",
      maxHeight: `${(up ? above : below) - 3 * GAP}px`,
    });
  }

  #toggled(open) {
    this.button.setAttribute("aria-expanded", open);
    if (!open) this.#activate(-1);
    // The event comes late: a letter typed meanwhile has gone to a model already.
    else if (this.#active < 0) this.#activate(this.#options.findIndex(({ model }) => model.name === this.chosen));
  }

  #activate(at) {
    this.#options[this.#active]?.node.classList.remove("mp-active");
    this.#active = at;
    const node = this.#options[at]?.node;
    node?.classList.add("mp-active");
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.button.setAttribute("aria-activedescendant", node.id);
    else this.button.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const { key, ctrlKey, metaKey, altKey } = event;
    const last = this.#options.length - 1;
    const to = {
      ArrowDown: Math.min(last, this.#active + 1), ArrowUp: Math.max(0, this.#active - 1), Home: 0, End: last,
    }[key];
    if (to !== undefined) {
      if (this.open) this.#activate(to);
      else this.list.showPopover({ source: this.button });
    } else if (this.open && (key === "Enter" || key === " ")) {
      if (this.#active >= 0) this.#choose(this.#active);
    } else if (key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey) {
      if (!this.open) this.list.showPopover({ source: this.button });
      this.#type(key);
    } else return;
    event.preventDefault();
  }

  /** Go to the next model whose title or name begins with what was typed. */
  #type(letter) {
    const now = performance.now();
    this.#typed = { text: (now - this.#typed.at < 1000 ? this.#typed.text : "") + letter.toLowerCase(), at: now };
    const { text } = this.#typed;
    const begins = ({ model }) => [model.title, model.name].some((each) => each.toLowerCase().startsWith(text));
    const from = this.#active + (text.length === 1 ? 1 : 0);
    const order = [...this.#options.keys()].map((i) => (i + Math.max(0, from)) % this.#options.length);
    const at = order.find((i) => begins(this.#options[i]));
    if (at !== undefined) this.#activate(at);
  }
}

function thumbnail(url = null) {
  return element("img", { class: "mp-picture", alt: "", loading: "lazy", src: url });
}

export const mount = mountOnce(".mp", (...given) => new Picker(...given));
