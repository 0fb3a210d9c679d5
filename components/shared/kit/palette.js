// What is done with colours. Which colour a class has, colors.py decides: a model brings its `colors`.

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
