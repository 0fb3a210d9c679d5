// The colours of numbers: Viridis (van der Walt & Smith 2015), which rises evenly in lightness, also for colour-blind
// people and in grey print.

import { rgb } from "./palette.js";

const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

/** @returns {[number, number, number]} red, green and blue for a part from 0 to 1 of a scale */
export function scaleColor(part) {
  const at = Math.min(1, Math.max(0, part)) * (VIRIDIS.length - 1);
  const [low, high] = [Math.floor(at), Math.ceil(at)].map((i) => rgb(VIRIDIS[i]));
  return low.map((value, i) => Math.round(value + (at % 1) * (high[i] - value)));
}

/** The same as a CSS gradient from left to right. */
export const SCALE_GRADIENT = `linear-gradient(to right, ${VIRIDIS.join(", ")})`;
