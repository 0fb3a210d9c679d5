// All classes in the current style, and the text that is written in it. The newest style and text are always drawn.

import { oneHot } from "../shared/engine/condition.js";

const PART = 16; // of many classes, those that are decoded at a time: what is written comes in between

export class Rows {
  #row = { busy: false, z: null };
  #written = { busy: false, z: null, text: null };

  /**
   * @param {import("../shared/latent/decoded_view.js").DecodedView} view
   * @param {import("../shared/latent/latent_state.js").LatentState} state
   * @param {import("../shared/kit/picture_buttons.js").PictureButtons | import("./rewriting.js").ClassLines} row
   * @param {import("./writing.js").Writing | import("./rewriting.js").Rewriting} writing
   * @param {boolean} many  classes: the row follows as fast as it can, and what is written does not wait for it
   */
  constructor(view, state, row, writing, many) {
    Object.assign(this, { view, state, row, writing, many });
    this.labels = [...view.model.classes.keys()];
    this.reads = Boolean(view.renderer.typing && view.engine);
  }

  draw() {
    if (this.many) this.#draw(this.#written, () => this.#drawWritten());
    this.#draw(this.#row, () => this.#drawRow());
  }

  /** Draw the row again, even at the same point. */
  forget() {
    this.#row.z = null;
  }

  /** Whatever came in the meantime is drawn afterwards; null from `work` means that the page was left. */
  async #draw(done, work) {
    if (done.busy) return;
    done.busy = true;
    try {
      while (done.z !== this.state.z || (done === this.#written && done.text !== this.writing.text)) {
        const { state: { z }, writing: { text } } = this;
        if (!(await work())) return;
        Object.assign(done, { z, text });
      }
    } catch (error) {
      this.view.setHint(`The classes could not be drawn: ${error.message}`);
    } finally {
      done.busy = false;
    }
  }

  async #drawWritten() {
    const { state: { z }, writing } = this;
    const labels = writing.needed;
    const batch = labels.length ? await this.#decode(z, labels, "written") : { count: 0 };
    if (batch) writing.draw(batch, labels, z);
    return batch;
  }

  async #drawRow() {
    const { state: { z }, row, writing, labels, many } = this;
    let batch = null;
    for (let first = 0; first < (many ? labels.length : 1); first += PART) {
      batch = await this.#decode(z, many ? labels.slice(first, first + PART) : labels, "row");
      if (!batch) return null;
      if (many) row.drawFrom(first, batch);
    }
    if (!many) {
      row.draw(batch, writing.values);
      if (!this.reads) writing.draw(batch, labels, z);
    }
    row.node.dataset.z = JSON.stringify(z);
    row.node.dataset.frames = Number(row.node.dataset.frames ?? 0) + 1;
    return batch;
  }

  #decode(z, labels, channel) {
    const conditions = labels.flatMap((label) => oneHot(label, this.labels.length));
    return this.view.decodeMany(labels.map(() => z), conditions, channel, this.reads ? "values" : "pixels");
  }
}

/** Begin a new row of buttons where digits, capitals and small letters begin, as on a type specimen. */
export function startRows(buttons, classes) {
  const sort = (name) => (/^\p{Nd}$/u.test(name) ? "digit" : /^\p{Lu}$/u.test(name) ? "capital" : /^\p{Ll}$/u.test(name) ? "small" : "");
  classes.forEach((name, i) => buttons[i].classList.toggle("dg-first", i > 0 && sort(name) !== sort(classes[i - 1])));
}
