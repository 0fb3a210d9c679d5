// Building page elements. Text always goes in as text: a name that a user gave never becomes markup.

/**
 * `element("button", {class: "primary", onclick: f, "aria-label": "Play"}, "Play")`. Functions become listeners,
 * `false` and `null` leave an attribute out, children are elements or text.
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** "Level" for "level". */
export function capitalized(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** "an image" for "image". */
export function withArticle(noun) {
  return `${"aeiou".includes(noun[0]) ? "an" : "a"} ${noun}`;
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/** "z₁₂" for dimension 12. */
export function zName(dim) {
  return `z${[...String(dim)].map((digit) => SUBSCRIPTS[digit]).join("")}`;
}

const ICONS = {
  zoom: "M10 3a7 7 0 1 0 4.300 12.500l5.100 5.100 1.400-1.400-5.100-5.100A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM9 7v2H7v2h2v2h2v-2h2V9h-2V7z",
  fit: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  down: "M7 9.500l5 5 5-5z",
  play: "M8 5v14l11-7z",
  stop: "M6 6h12v12H6z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  reset: "M12 5V1L7 6l5 5V7a6 6 0 1 1-6 6H4a8 8 0 1 0 8-8z",
  undo: "M12 8c-2.6 0-5 1-6.900 2.600L1.500 7v9h9l-3.600-3.600A8 8 0 0 1 20 16l2.400-.8A10.500 10.500 0 0 0 12 8z",
  redo: "M12 8c2.600 0 5 1 6.900 2.600L22.500 7v9h-9l3.600-3.600A8 8 0 0 0 4 16l-2.400-.8A10.500 10.500 0 0 1 12 8z",
};

/** A small picture for a button, in the text's colour. The button says in words what it does. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "lx-svg");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
