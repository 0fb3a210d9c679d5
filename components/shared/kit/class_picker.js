// The classes of a model to choose from: a button each, or a list where they are too many for that.

import { element } from "./dom.js";
import { oneHot } from "../engine/condition.js";
import { labelled, segmented } from "./toolbar.js";

export const MANY = 20; // more classes than this are a list, and pictures without a line of text each

/** One of some choices, as `segmented` (toolbar.js) has them: `[choice, text, title]` each. `show` marks another one. */
export function chooser(label, choices, value, chosen) {
  if (choices.length <= MANY) {
    const node = segmented(label, choices, value, chosen);
    const show = (current) => [...node.children].forEach((button, i) => button.setAttribute("aria-pressed", choices[i][0] === current));
    return { node, show };
  }
  const select = element("select", {
    class: "lx-number lx-list", "aria-label": label, onchange: () => chosen(choices[select.selectedIndex][0]),
  }, ...choices.map(([, text]) => element("option", {}, text)));
  const show = (current) => (select.selectedIndex = choices.findIndex(([choice]) => choice === current));
  show(value);
  return { node: labelled(label, select), show };
}

/** The class of a conditional model; a mixture of several is none of the choices. */
export function classPicker(state, { classes, spoken }) {
  const names = classes.length > MANY ? spoken : classes;
  const now = () => state.y.indexOf(1);
  const choices = names.map((name, label) => [label, name, `Class ${name}`]);
  const { node, show } = chooser("Class", choices, now(), (label) => state.go(state.z, oneHot(label, classes.length)));
  state.addEventListener("change", () => show(now()));
  return node;
}
