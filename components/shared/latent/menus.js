// The explorer's menus: what to take along, and how to look.

import { capitalized, element } from "../kit/dom.js";
import { copyText, download, downloadAnimation, downloadPng, pythonFor } from "../kit/exporting.js";
import { tileOnto } from "../kit/contact_sheet.js";
import { button, menu, segmented } from "../kit/toolbar.js";

const WIDTH = 560; // of an exported picture, in pixels, unless the user says otherwise
const FRAMES = 48; // of an animation
const COLUMNS = 9; // of the sheet of traversals

/**
 * @param {object} explorer
 * @param {import("./decoded_view.js").DecodedView} explorer.view
 * @param {import("./latent_state.js").LatentState} explorer.state
 * @param {string} explorer.animationUrl
 * @param {() => string} explorer.link  the address of what is seen
 * @param {() => {axis: object, low: number, high: number}[]} [explorer.axes]  all that are shown
 * @param {() => {axis: object, low: number, high: number}} [explorer.moved]  the one that was moved last
 * @param {() => {z: number[], y: ?number[]}[]} [explorer.frames]  pictures to save in a row
 */
export function exportMenu({ view, state, animationUrl, link, axes, moved, frames }) {
  const { name, kind: { unit } } = view.model;
  const { renderer, engine } = view;
  const note = element("p", { class: "lx-note", role: "status" });
  const width = element("input", {
    type: "number", class: "lx-number", value: WIDTH, min: view.shown.picture.width, max: 4096,
    "aria-label": "Width of the picture in pixels",
  });
  const scale = () => Math.max(1, Math.min(64, Math.round(Number(width.value) / view.shown.picture.width) || 1));
  const attempt = (text, title, work) =>
    button(text, title, async () => {
      note.textContent = "Working…";
      try {
        await work();
        note.textContent = "Saved.";
      } catch (error) {
        note.textContent = `That did not work: ${error.message}`;
      }
    });

  const traversals = async () => {
    const points = axes().flatMap(({ axis, low, high }) =>
      Array.from({ length: COLUMNS }, (_, i) => axis.write(state.z, low + ((high - low) * i) / (COLUMNS - 1))),
    );
    const sheet = element("canvas");
    tileOnto(sheet, await view.decodeMany(points, state.y, "export"), 0, points.length, COLUMNS);
    await downloadPng(sheet, Math.max(1, Math.round(scale() / 4)), `${name}-traversals.png`);
  };
  const strip = async () => {
    const shown = frames();
    const y = state.y && shown.flatMap((frame) => frame.y);
    const sheet = element("canvas");
    tileOnto(sheet, await view.decodeMany(shown.map(({ z }) => z), y, "export"), 0, shown.length, shown.length);
    await downloadPng(sheet, Math.max(1, Math.round(scale() / 4)), `${name}-frames.png`);
  };
  const animation = (format) => () => {
    const { axis, low, high } = moved();
    const points = Array.from({ length: FRAMES }, (_, i) =>
      axis.write(state.z, low + (high - low) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAMES))),
    );
    const request = { checkpoint: name, points, y: state.y, format, width: Math.round(Number(width.value)) };
    return downloadAnimation(animationUrl, request, `${name}-traversal.${format}`);
  };

  const asText = () => download(new Blob([renderer.asText(engine.decode(view.z, view.y))], { type: "text/plain" }), `${name}.txt`);

  const sweep = "Save a sweep along the slider you moved last";
  return menu("Export",
    element("label", {}, "Width in pixels ", width),
    attempt("Picture (PNG)", "Save the picture", () => downloadPng(view.shown.picture, scale(), `${name}.png`)),
    ...(renderer.asText && engine ? [attempt(`${capitalized(unit)} as text`, `Save the ${unit} as a text file`, asText)] : []),
    ...(axes ? [attempt("Traversals (PNG)", "Save what lies along every slider, a row each", traversals)] : []),
    ...(frames ? [attempt("Filmstrip (PNG)", "Save all frames in a row", strip)] : []),
    ...(moved ? [
      attempt("Animation (GIF)", sweep, animation("gif")),
      attempt("Animation (WebP)", sweep, animation("webp")),
    ] : []),
    reproduceCard(view, state, link),
    note);
}

/** The link and the lines of Python that give exactly what is shown. */
function reproduceCard({ model: { name, kind }, renderer }, state, link) {
  const code = element("pre", { class: "lx-code", tabindex: 0 });
  const card = menu("Reproduce", code, button("Copy", "Copy link and code", () => copyText(code.textContent)));
  const fill = () => (code.textContent = `# ${link()}\n${pythonFor(name, state.z, state.y, kind.unit, renderer.form)}`);
  card.addEventListener("toggle", fill);
  state.addEventListener("settle", fill);
  return card;
}

/** Whether a picture shows its pixels or is smoothed; `root` says what it is now. */
export function pixelSwitch(root) {
  return segmented("Pixels", [["pixelated", "Sharp pixels"], ["auto", "Smooth"]], root.style.getPropertyValue("--lx-rendering"), (mode) =>
    root.style.setProperty("--lx-rendering", mode));
}

/** Frame rate and decode time, shown when asked for. */
export function timingReadout(view) {
  const readout = element("p", { class: "lx-note", "data-testid": "readout" });
  let timer;
  const stop = () => {
    clearInterval(timer);
    readout.textContent = "";
  };
  const choice = segmented("Timing", [[false, "No timing"], [true, "Show timing"]], false, (on) => {
    stop();
    if (!on) return;
    timer = setInterval(() => {
      const { perSecond, median } = view.timing;
      readout.textContent = `${perSecond} frames in the last second, ${median.toFixed(1)} ms each (median)`;
    }, 250);
  });
  return { nodes: [choice, readout], stop };
}
