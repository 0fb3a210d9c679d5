// How a component comes onto a page and stays there.

import { element } from "../kit/dom.js";

/**
 * The `mount` that a component's module exports. Streamlit calls it at every rerun; a component that runs already goes on, so a
 * drag is never cut off.
 *
 * @param {string} selector  of the component's root
 * @param {(root: Element, data: object, report: function, ask: function) => {close: function, follow?: function}} create
 *   `report(name, value)` tells Python and is remembered; of `ask(name, value)` it hears once (live.py: `take_event`);
 *   `follow(data)` hears of reruns
 * @returns {(component: object) => () => void}  returns what Streamlit calls when the component leaves the page
 */
export function mountOnce(selector, create) {
  const mounted = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    const root = parentElement.querySelector(selector);
    const running = mounted.get(root);
    if (running) running.follow?.(data);
    else {
      const ask = (name, value) => setStateValue(name, { value, id: `${Date.now()} ${Math.random()}` });
      mounted.set(root, create(root, data, setStateValue, ask));
    }
    return () => {
      mounted.get(root)?.close();
      mounted.delete(root);
    };
  };
}

/** Show the error in the component's place. */
export function showError(root, error) {
  console.error(error);
  const text = `The model could not be loaded (${error.message}). Reload the page to try again.`;
  root.replaceChildren(element("p", { class: "lx-error", role: "alert" }, text));
}
