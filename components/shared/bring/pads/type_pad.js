// A sentence to type: every key is heard, and words that the model does not know are said.

import { element } from "../../kit/dom.js";
import { keep, recall } from "../kept.js";

export class TypePad {
  /**
   * @param {import("../../kinds/index.js").Renderer} options.renderer  with `typing`
   * @param {string} options.start  what stands there before anything is typed
   * @param {() => void} options.changed  at every key
   * @param {() => void} options.settled  the user has paused
   */
  constructor({ renderer: { typing }, unit, start, changed, settled }) {
    this.typing = typing;
    this.kept = `typed ${unit}`; // one for all models: words that one does not know another may
    this.status = element("p", { class: "rc-names", role: "status", "data-testid": "typed-status" });
    this.tools = element("div", { class: "rc-typing" }, this.status);
    let resting;
    this.node = element("textarea", {
      class: "rc-pad rc-type-pad", rows: 3, dir: "auto", maxlength: 600, spellcheck: "false", "data-testid": "type-pad",
      "aria-label": `Type a ${unit}`,
      oninput: () => {
        keep(this.kept, this.node.value);
        if (this.#read()) changed();
        clearTimeout(resting);
        resting = setTimeout(settled, 400);
      },
    });
    this.node.value = recall(this.kept) ?? start;
    this.#read();
  }

  /** Let a sentence stand there that nobody typed; `values` are the model's own of it, where they are known. */
  put(text, values = null) {
    this.node.value = text;
    this.#read();
    if (!values) return;
    Object.assign(this, { values, words: null });
    this.status.textContent = "";
  }

  /** Whether what stands there is a sentence for the model; `values` and its `words` stay the last one that was. */
  #read() {
    const { values, words, said } = this.typing.read(this.node.value);
    this.status.textContent = said;
    if (values) Object.assign(this, { values, words });
    return Boolean(values);
  }
}
