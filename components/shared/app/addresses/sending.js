// Links that take a point to other pages: sending.py says which. Followed within the app they keep the
// session, its groups and uploads; opened in a new tab they are plain links.

import { serverUrl } from "../../engine/server.js";
import { linkTo } from "../../kit/exporting.js";
import { menu } from "../../kit/toolbar.js";
import { pageLink } from "./address.js";

export class Sending {
  #links;

  /**
   * @param {object[]} destinations  as sending.py's `offered` gives them
   * @param {object} model
   */
  constructor(destinations, model) {
    this.model = model;
    this.#links = destinations.map((to) => {
      return { to, node: pageLink({ title: to.title, "data-to": to.name }, to.label) };
    });
    const [first, ...rest] = this.#links.map(({ node }) => node);
    const explore = destinations[0]?.name === "explore";
    /** For a toolbar: Explore at once, the others in a menu. */
    this.nodes = explore ? [first] : [];
    const further = explore ? rest : this.#links.map(({ node }) => node);
    if (further.length) this.nodes.push(menu("Send to", ...further));
  }

  /** The point that would be sent: z [D]; the class, or null; the number of the stored example it came from, or null. */
  show({ z, label = null, example = null }) {
    for (const { to, node } of this.#links) {
      node.href = linkTo(serverUrl(to.path), {
        checkpoint: this.model.name, y: label, z: z.join(","), example, ...to.further,
      });
    }
  }
}
