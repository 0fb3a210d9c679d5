// What somebody draws or paints is kept for the browser tab: it outlasts a change of page or model, and a reload.

/** What was kept under a name; null without it, or where the browser keeps nothing. */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

export function keep(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // full, or forbidden: what is drawn then lasts as long as the page
  }
}
