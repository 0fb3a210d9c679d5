// One of the models side by side: what it makes of the point that all have in common, a sheet of more, its latent plane.

import { element } from "../shared/kit/dom.js";
import { oneHot } from "../shared/engine/condition.js";
import { ask } from "../shared/engine/server.js";
import { DecodedView } from "../shared/latent/decoded_view.js";
import { PlaneView } from "./plane_view.js";
import { Sheet } from "./sheet.js";

export class Column {
  #channel = 0;

  /** The column of a model as side_by_side.py describes it, once its networks are here. */
  static async of(model, decodeUrl) {
    const view = await DecodedView.of(model, decodeUrl);
    const [encoder] = await Promise.all([ask(model.encoder).then((response) => response.arrayBuffer(), () => null), view.loadDecoder()]);
    if (encoder && view.engine && !view.engine.encodes) view.engine.addEncoder(encoder);
    return new Column(view);
  }

  /** Use `Column.of`. */
  constructor(view) {
    const { model } = view;
    Object.assign(this, { view, model, z: null });
    this.sheet = new Sheet(view.renderer, `More of ${model.name}`);
    this.words = element("p", { class: "cp-words", "data-testid": "column-words" });
    this.more = element("div", { class: "cp-more" });
    this.node = element("section", { class: "cp-column", "data-model": model.name, "aria-label": model.name },
      element("h3", { class: "cp-name" }, model.name), element("p", { class: "cp-title" }, model.title),
      element("div", { class: "cp-shown" }, view.shown.node, view.hint), this.words, this.sheet.node, this.more);
  }

  close() {
    this.closed = true;
    this.plane?.close();
    this.view.close();
  }

  /** Put the latent plane below once its codes are here, or say why there is none; see PlaneView for `pick`. */
  async showPlane(pick) {
    await this.view.loadLatents();
    if (this.closed) return;
    if (this.model.latent_dim < 2) {
      return this.more.replaceChildren(element("p", { class: "cp-words" }, "One dimension is a line, not a plane."));
    }
    this.plane = new PlaneView(this.view, this.model.same ? pick : null);
    this.plane.show(this.z);
    this.more.replaceChildren(this.plane.node);
  }

  /** Why the column cannot be given the common examples, in a sentence; null if it can. */
  get unread() {
    return this.model.unread ?? (this.view.engine ? null : "The page cannot run its encoder, so it cannot be given examples here.");
  }

  /** Class weights for one of its classes; null for an unconditional model. */
  condition(label) {
    const { classes } = this.model;
    return this.model.label === null ? null : oneHot(label % classes.length, classes.length);
  }

  /** Where it encodes an example: the posterior mean [D]; with no values the code that it has stored. */
  encode(values, index, label) {
    return values ? [...this.view.engine.encode(values, this.condition(label)).mu] : this.view.example(index).z;
  }

  /** What is expected of each dimension: N(0, 1) by the prior or, of a code without one, what the data have. */
  get prior() {
    const { origin, dimensions } = this.model;
    const std = origin.map(() => 1);
    for (const dimension of dimensions) if (dimension.kl === null) std[dimension.index] = dimension.std;
    return { mean: origin, std };
  }

  /** The point that z is along a dimension, `sigmas` of its prior from the middle. */
  along(z, dim, sigmas) {
    const { mean, std } = this.prior;
    return z.map((value, i) => (i === dim ? mean[i] + sigmas * std[i] : value));
  }

  /** Draw a point {z, y, beside?, words?}, or say the `reason` why there is none; `words` is told what z decodes to. */
  show({ z = null, y = null, beside = null, words, reason = null }) {
    const { view } = this;
    this.z = z;
    this.plane?.show(z);
    this.words.textContent = "";
    if (reason) return view.clear(reason);
    if (beside) view.shown.compare?.(beside);
    const values = view.engine && view.engine.decode(z, y);
    view.draw(z, y, values);
    if (values && words) this.words.textContent = words(values);
  }

  /** Draw several points {points, y} on the sheet; null for none. */
  async showSheet(many, beside = null) {
    const asked = ++this.#channel;
    this.sheet.node.hidden = !many;
    if (!many) return;
    const batch = await this.view.decodeStrips(many.points, many.y, "sheet");
    if (batch && asked === this.#channel) this.sheet.draw(batch, beside);
  }
}
