// What users can do with a kind of data here, and the pad on which they make an example of it.

import { CurvePad } from "../shared/bring/pads/curve_pad.js";
import { DrawPad } from "../shared/bring/pads/draw_pad.js";
import { guideLines } from "../shared/bring/pads/guide_lines.js";
import { RecordPad } from "../shared/bring/pads/record_pad.js";
import { TilePad } from "../shared/bring/pads/tile_pad.js";
import { TypePad } from "../shared/bring/pads/type_pad.js";

/** What the kind of data can do; the rest is not offered. @param {import("../shared/latent/decoded_view.js").DecodedView} view */
export function offersOf({ renderer, shown }) {
  return {
    sketching: Boolean(renderer.sketching), filling: Boolean(renderer.filling), painting: Boolean(renderer.painting),
    typing: Boolean(renderer.typing), hiding: Boolean(renderer.places || renderer.filling),
    drawing: Boolean(renderer.fromDrawing), noise: Boolean(renderer.disturbed), changes: Boolean(renderer.changed),
    sounding: Boolean(shown.controls),
  };
}

/**
 * @param {import("../shared/kinds/index.js").Renderer} renderer
 * @param {object} options
 * @param {string} options.unit
 * @param {?object} options.look  of the model's pictures
 * @param {() => Float32Array} options.start  the example that a pad other than a sheet opens with
 * @param {{changed: () => void, settled: () => void}} options.heard
 */
export function padFor(renderer, { unit, look, start, heard }) {
  if (renderer.sketching) return new CurvePad({ renderer, unit, start: start(), ...heard });
  if (renderer.filling) return new RecordPad({ renderer, unit, start: start(), ...heard });
  if (renderer.painting) return new TilePad({ renderer, unit, start: start(), ...heard });
  if (renderer.typing) return new TypePad({ renderer, unit, start: renderer.text(start()), ...heard });
  const pad = new DrawPad({ dark: Boolean(look?.dark), coloured: renderer.coloured, ...heard });
  guideLines(pad, look?.lines);
  return pad;
}
