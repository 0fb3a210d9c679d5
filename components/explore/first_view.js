// The first view shows by itself what a slider does: once for each model, until anything is touched.

const seen = new Set();

/** Whether a model's first view may move: it has not yet, and the user likes motion. */
export function mayGlance(model) {
  return !seen.has(model) && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Move a slider to and fro, once. @returns {() => void}  ends it, where it began */
export function glanceAt(model, slider) {
  seen.add(model);
  const hands = new AbortController();
  const end = () => {
    hands.abort();
    slider.endGlance();
  };
  for (const event of ["pointerdown", "keydown", "wheel"]) {
    document.addEventListener(event, end, { capture: true, passive: true, signal: hands.signal });
  }
  slider.glance();
  return end;
}
