// One entry of the browser's history for each page and model. A classic script in every page's head (deep_links.py), before
// Streamlit's own.
//
// Streamlit pushes an entry for every parameter that Python writes, so each point of a drag would be one that Back has to
// pass, and it writes them before it changes the page, so they would replace those of the page that is left. Here a change of
// page takes effect at the click, and what is pushed for the page and model that are there already replaces their entry.
(() => {
  const LONGEST = 1000; // milliseconds that a click waits for Python to hear what was done before it
  const push = history.pushState.bind(history);
  let acted = true; // since the last Back or Forward; what Streamlit pushes meanwhile belongs to a page that was left
  const gone = new Set(); // pages that the last clicks left: a run of one that was under way still says it is there
  let next = null; // the link whose click waits

  const modelOf = (url) => url.searchParams.get("checkpoint");

  history.pushState = (state, unused, to) => {
    const url = new URL(to ?? location.href, location.href);
    const from = new URL(location.href);
    if (url.pathname !== from.pathname) {
      if (acted && !gone.has(url.pathname)) push(state, unused, to);
      return;
    }
    const before = modelOf(from);
    if (before === null || modelOf(url) === null || before === modelOf(url)) history.replaceState(state, unused, to);
    else push(state, unused, to);
  };

  /** The click on a link to another page of the app. Streamlit tells Python of the new page at once, of what was done on the
   * old one a moment later, which would lead back there: so the click is made again when Python has heard of that. */
  function leave(event, link) {
    const waiting = [];
    if (link !== next) dispatchEvent(new CustomEvent("leaving", { detail: waiting })); // mounting.js
    next = null;
    if (waiting.length) {
      event.preventDefault();
      event.stopImmediatePropagation();
      next = link;
      const enough = new Promise((done) => setTimeout(done, LONGEST));
      Promise.race([Promise.all(waiting), enough]).then(() => link === next && link.click());
      return;
    }
    gone.add(location.pathname);
    gone.delete(link.pathname);
    push({}, "", link.href);
  }

  addEventListener("popstate", () => (acted = false), true);
  for (const act of ["click", "keydown"]) {
    addEventListener(act, (event) => {
      acted = true;
      const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
      const link = event.target.closest?.('[data-testid="stSidebarNav"] a, [data-testid="stPageLink"] a');
      if (act !== "click" || !link || link.target === "_blank" || button || ctrlKey || metaKey || shiftKey || altKey) {
        gone.clear();
      } else if (link.origin === location.origin && link.pathname !== location.pathname) leave(event, link);
    }, true);
  }
})();
