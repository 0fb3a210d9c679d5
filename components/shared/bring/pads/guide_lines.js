// The lines on a sheet between which what is drawn should stand, where a model's examples keep their place.

import { element } from "../../kit/dom.js";

/** Lay lines over a pad: parts of its height from above, or null for none. They are no part of the drawing. */
export function guideLines({ node }, lines) {
  for (const part of lines ?? []) node.append(element("div", { class: "rc-line", style: `top: ${100 * part}%`, "aria-hidden": "true" }));
}
