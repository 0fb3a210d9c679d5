// The address bar, as the page itself writes it. What goes on in the browser's history: entries.js.

/** Show the address of what is seen, at once: Python's answer may come after the user has gone to another page. */
export function showAddress(url) {
  history.replaceState(history.state, "", url);
}

/** Go to another page of the app within the session. */
export function goTo(url) {
  history.pushState({}, "", url);
  dispatchEvent(new PopStateEvent("popstate")); // as Streamlit hears of Back
}
