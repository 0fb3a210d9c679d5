// The classes' colours: Okabe and Ito's, which colour-blind people tell apart, extended to ten. A class has the same
// colour on every page: Plotly takes them from chartCategoricalColors in .streamlit/config.toml (a test compares).

export const PALETTE = [
  "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8A7500", "#5B4A9E", "#7F7F7F", "#8C3B00",
];

/** The colour of a class; from the eleventh class on they repeat, and only labels tell classes apart. */
export function classColor(label) {
  return PALETTE[label % PALETTE.length];
}

/** @returns {[number, number, number]} red, green and blue of "#rrggbb", 0 to 255 */
export function rgb(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

/** Black or white, whichever is easier to read on a colour (relative luminance as in WCAG 2). */
export function textOn(color) {
  const [r, g, b] = rgb(color).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}
