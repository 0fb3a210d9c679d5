// What is taken along of a level: a link, text, a picture.

import { download, downloadPng, linkTo } from "../shared/kit/exporting.js";
import { button, menu } from "../shared/kit/toolbar.js";

const UNSAID = "prior"; // what links.py takes for a link without a sampler
const PNG_SCALE = 2; // pixels of a saved pixel

/** The menu that saves a level; `rows()` gives its lines of symbols, `picture()` the canvas that shows it. */
export function exportMenu(name, rows, picture) {
  return menu("Export",
    button("Text", "Save the level as the corpus writes levels: a line a row", () =>
      download(new Blob([`${rows().join("\n")}\n`], { type: "text/plain" }), `${name}-level.txt`)),
    button("Picture (PNG)", "Save the whole level as a picture", () =>
      downloadPng(picture(), PNG_SCALE, `${name}-level.png`)));
}

/** The address that shows a level again, as links.py reads it. */
export function levelLink(checkpoint, { seed, step, windows, between, shifts, moved, sampler }) {
  const last = shifts.findLastIndex((value) => value !== 0);
  return linkTo(location.pathname, {
    checkpoint, seed, step, windows, sampler: sampler === UNSAID ? null : sampler,
    between: between?.map(({ z, example }) => (z ? z.join() : `e${example}`)).join("~"),
    shifts: shifts.slice(0, last + 1).join(),
    moved: moved.map(({ window, by }) => `${window}:${by.join()}`).join("~"),
  });
}
