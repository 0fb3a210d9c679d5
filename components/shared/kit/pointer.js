// Following a finger, a pen or a mouse without waiting for the display.

/** Fast mice report up to 1000 times a second; more often than this no picture is asked for. */
const RAW_INTERVAL_MS = 4;

/**
 * Call `moved(event)` at each move of a pointer over `node`, or held by it.
 *
 * Browsers hold pointermove back until the next frame; pointerrawupdate, where there is one, comes at once.
 */
export function onMove(node, moved) {
  let raw = 0;
  node.addEventListener("pointermove", moved);
  node.addEventListener("pointerrawupdate", (event) => {
    if (event.timeStamp - raw < RAW_INTERVAL_MS) return;
    raw = event.timeStamp;
    moved(event);
  });
}

/** As onMove, but a place that came early does not come again with the frame: for what is costly, or adds up. */
export function onNewPlace(node, moved) {
  let last = null;
  onMove(node, (event) => {
    const isNew = event.clientX !== last?.clientX || event.clientY !== last?.clientY;
    last = event;
    if (isNew) moved(event);
  });
}

const THUMB_RADIUS_REM = 0.65; // as in controls.css

/** The part (0 to 1) of a slider's range that a pointer is at; a thumb's centre stays inside the track by its radius. */
export function partUnder(input, clientX) {
  const { left, width } = input.getBoundingClientRect();
  const radius = THUMB_RADIUS_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.min(1, Math.max(0, (clientX - left - radius) / (width - 2 * radius)));
}

/** Call `follow(event)` when the pointer is pressed on `node` and at each move until it is lifted, then `done()`. */
export function followPointer(node, follow, done) {
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // a native slider would start its own, slower drag
    node.focus();
    node.setPointerCapture(event.pointerId);
    follow(event);
  });
  onNewPlace(node, (event) => node.hasPointerCapture(event.pointerId) && follow(event));
  node.addEventListener("lostpointercapture", done);
}
