// How a component comes onto a page and stays there.

import { element } from "../kit/dom.js";

/**
 * The `mount` that a component's module exports. Streamlit calls it at every rerun; a component that runs already goes on, so a
 * drag is never cut off.
 *
 * @param {string} selector  of the component's root
 * @param {(root: Element, data: object, report: function, ask: function) => {close: function, follow?: function}} create
 *   `report(name, value)` tells Python and is remembered, but not from a page that was left: Streamlit would go back to it;
 *   of `ask(name, value)` it hears once (live.py: `take_event`); `follow(data)` hears of reruns
 * @returns {(component: object) => () => void}  returns what Streamlit calls when the component leaves the page
 */
export function mountOnce(selector, create) {
  const mounted = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    const root = parentElement.querySelector(selector);
    const running = mounted.get(root);
    if (running) running.follow(data);
    else mounted.set(root, new Mounted(setStateValue, (...tell) => create(root, data, ...tell)));
    return () => {
      mounted.get(root)?.close();
      mounted.delete(root);
    };
  };
}

/** What stands between a component and Streamlit. */
class Mounted {
  #unheard = false; // whether Python is still to hear of something
  #heard = []; // what waits for that

  constructor(tell, create) {
    const { pathname } = location;
    const say = (name, value) => {
      this.#unheard = true;
      tell(name, value);
    };
    const report = (name, value) => location.pathname === pathname && say(name, value);
    const ask = (name, value) => say(name, { value, id: `${Date.now()} ${Math.random()}` });
    this.component = create(report, ask);
    addEventListener("leaving", this); // entries.js
  }

  handleEvent({ detail: waiting }) {
    if (this.#unheard) waiting.push(new Promise((heard) => this.#heard.push(heard)));
  }

  /** A rerun. */
  follow(data) {
    this.#hear();
    this.component.follow?.(data);
  }

  #hear() {
    this.#unheard = false;
    this.#heard.splice(0).forEach((heard) => heard());
  }

  close() {
    removeEventListener("leaving", this);
    this.#hear();
    this.component.close();
  }
}

/** Show the error in the component's place. */
export function showError(root, error) {
  console.error(error);
  const text = `The model could not be loaded (${error.message}). Reload the page to try again.`;
  root.replaceChildren(element("p", { class: "lx-error", role: "alert" }, text));
}
