// Names on a map that keep out of each other's way.

/**
 * Names moved downwards until none covers another; their order from the top stays.
 *
 * @param {{x: number, y: number, width: number, height: number}[]} names  their middles and sizes, y downwards
 * @returns {number[]}  where the middle of each comes to lie, y downwards
 */
export function apart(names) {
  const placed = [];
  const order = names.map((_, i) => i).sort((a, b) => names[a].y - names[b].y);
  const result = names.map(({ y }) => y);
  for (const i of order) {
    const { x, width, height } = names[i];
    const covered = () => placed.find((other) =>
      2 * Math.abs(other.x - x) < other.width + width && 2 * Math.abs(other.y - result[i]) < other.height + height - 1e-9);
    for (let other = covered(); other; other = covered()) result[i] = other.y + (other.height + height) / 2;
    placed.push({ x, y: result[i], width, height });
  }
  return result;
}

const FAR = 3; // heights: moved further, a name says no longer where something is

/**
 * The names that `apart` leaves near their places, each with its `top`: of 62 letters' names most would form a column.
 *
 * @template {{x: number, y: number, width: number, height: number}} T
 * @param {T[]} names
 * @returns {(T & {top: number})[]}
 */
export function near(names) {
  const first = apart(names);
  const kept = names.filter(({ y, height }, i) => first[i] - y <= FAR * height);
  const tops = apart(kept);
  return kept.map((name, i) => ({ ...name, top: tops[i] }));
}
