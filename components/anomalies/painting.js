// Long curves on a canvas: of each column of pixels only the highest and the lowest value is drawn.

/**
 * @param {Float32Array} values  [steps]; NaN leaves a gap
 * @param {[number, number]} view  the steps at the left and the right edge
 * @param {number} width  columns
 * @returns {{low: Float32Array, high: Float32Array}}  [width] each, NaN where a column holds no value
 */
export function decimated(values, [from, to], width) {
  const low = new Float32Array(width).fill(NaN);
  const high = new Float32Array(width).fill(NaN);
  const scale = (to - from) / width;
  for (let x = 0; x < width; x++) {
    const first = Math.max(0, Math.ceil(from + x * scale));
    const last = Math.min(values.length - 1, Math.max(first, Math.ceil(from + (x + 1) * scale) - 1));
    let [least, most] = [Infinity, -Infinity];
    for (let i = first; i <= last; i++) {
      const value = values[i];
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (least <= most) [low[x], high[x]] = [least, most];
  }
  return { low, high };
}

/** Whether steps lie so far apart that each is drawn. */
const isSparse = ([from, to], width) => to - from < width;

/** Call `point(x, value)` along a curve, with NaN in gaps. */
function along(values, view, width, point) {
  const [from, to] = view;
  if (isSparse(view, width)) {
    for (let i = Math.max(0, Math.floor(from)); i <= Math.min(values.length - 1, Math.ceil(to)); i++) point(((i - from) / (to - from)) * width, values[i]);
    return;
  }
  const { low, high } = decimated(values, view, width);
  for (let x = 0; x < width; x++) {
    point(x + 0.5, high[x]);
    if (high[x] !== low[x]) point(x + 0.5, low[x]);
  }
}

/** Draw a curve; `y` places a value. */
export function strokeCurve(context, values, view, width, y, color, thick) {
  context.strokeStyle = color;
  context.lineWidth = thick;
  context.lineJoin = "round";
  context.beginPath();
  let gap = true;
  along(values, view, width, (x, value) => {
    if (!Number.isFinite(value)) gap = true;
    else if (gap) {
      context.moveTo(x, y(value));
      gap = false;
    } else context.lineTo(x, y(value));
  });
  context.stroke();
}

/** Fill what lies between middle − spread and middle + spread. */
export function fillBand(context, lower, upper, view, width, y, color) {
  context.fillStyle = color;
  const edges = [[], []];
  along(upper, view, width, (x, value) => Number.isFinite(value) && edges[0].push([x, y(value)]));
  along(lower, view, width, (x, value) => Number.isFinite(value) && edges[1].push([x, y(value)]));
  context.beginPath();
  for (const [x, at] of [...edges[0], ...edges[1].reverse()]) context.lineTo(x, at);
  context.fill();
}
