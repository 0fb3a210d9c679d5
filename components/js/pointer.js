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
  let told = null;
  node.addEventListener("pointermove", (event) => {
    // What came early comes again here; what only comes here, as when the page scrolls below the pointer, is new.
    const again = told && told.clientX === event.clientX && told.clientY === event.clientY;
    told = null;
    if (!again) moved(event);
  });
  node.addEventListener("pointerrawupdate", (event) => {
    if (event.timeStamp - raw < RAW_INTERVAL_MS) return;
    raw = event.timeStamp;
    told = event;
    moved(event);
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
  onMove(node, (event) => node.hasPointerCapture(event.pointerId) && follow(event));
  node.addEventListener("lostpointercapture", done);
}
