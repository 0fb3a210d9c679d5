// The address bar, as the page itself writes it. What goes on in the browser's history: entries.js.

import { element } from "../../kit/dom.js";

/** Show the address of what is seen, at once: Python's answer may come after the user has gone to another page. */
export function showAddress(url) {
  history.replaceState(history.state, "", url);
}

/** Go to another page of the app within the session. */
export function goTo(url) {
  history.pushState({}, "", url);
  dispatchEvent(new PopStateEvent("popstate")); // as Streamlit hears of Back
}

/** A link to another page of the app, followed within the session; in a new tab or window it is a plain link. */
export function pageLink(attributes, ...content) {
  const node = element("a", {
    class: "lx-link",
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a new tab or window
      event.preventDefault();
      goTo(node.href);
    },
    ...attributes,
  }, ...content);
  return node;
}
