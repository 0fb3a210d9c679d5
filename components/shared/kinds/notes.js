// Tunes in four voices: symbol ids [4·steps], step by step from the bass upwards. The kind's JSON brings the voices' ranges
// and what a piano roll looks like. What belongs to it lies in notes/.

import { element } from "../kit/dom.js";
import { Player } from "./notes/player.js";
import { largeRoll, thumbnail } from "./notes/roll.js";
import { pitchName, REST, scoring } from "./notes/tune.js";

/** @returns {import("./index.js").Renderer}  of tunes of `shape` [4·steps] */
export function renderer(kind, [length]) {
  const score = scoring(kind);
  const steps = length / kind.voices.length;
  const small = thumbnail(score, kind.roll, steps);

  /** The outer voices, which one hears best. */
  function text(values) {
    const tune = score.pitches(values);
    return [kind.voices.length - 1, 0].map((voice) => {
      const names = tune[voice].map((pitch, i, own) => (pitch === null ? "·" : pitch === own[i - 1] ? "–" : pitchName(pitch)));
      return `${kind.voices[voice]} ${names.join(" ")}`;
    }).join(" | ");
  }

  function view(label, testid = "decoded-notes", { bare = false } = {}) {
    const roll = largeRoll(score, kind.roll, steps);
    const size = { width: roll.width, height: roll.height };
    const canvas = element("canvas", { "data-testid": testid, ...size, role: "img", "aria-label": label });
    const light = element("canvas", { class: "lx-light", ...size, "aria-hidden": "true" });
    const [context, over] = [canvas, light].map((each) => each.getContext("2d"));
    let [shown, lit] = [null, null];
    const player = bare ? null : new Player(score, kind.roll.colors, (step, muted) => {
      const now = JSON.stringify([step, muted, canvas.dataset.notes]);
      if (now === lit) return;
      lit = now;
      roll.light(over, score.pitches(shown), step, muted);
      if (step === null) delete canvas.dataset.step;
      else canvas.dataset.step = step;
    });
    const sheet = element("div", { class: "lx-roll", style: `aspect-ratio: ${size.width} / ${size.height}` }, canvas, light);
    return {
      node: element("div", { class: "lx-image lx-notes" }, sheet, ...(player ? [player.node] : [])),
      canvas,
      picture: canvas,
      show(values) {
        shown = Float32Array.from(values);
        const tune = score.pitches(shown);
        if (player) player.tune = tune;
        canvas.dataset.notes = JSON.stringify(tune);
        roll.draw(context, tune);
      },
      showPicture(image) {
        const source = element("canvas", { width: image.width, height: image.height });
        source.getContext("2d").putImageData(image, 0, 0);
        context.imageSmoothingEnabled = false;
        context.drawImage(source, 0, 0, size.width, size.height);
        if (player) player.node.hidden = true; // there are no notes to play, only their picture
      },
      settle() {
        if (shown) canvas.setAttribute("aria-label", `${label}: ${text(shown)}`);
      },
    };
  }

  function changed(values, again) {
    const [before, after] = [values, again].map((each) => score.pitches(each));
    const places = new Uint8Array(length);
    before.forEach((own, voice) => own.forEach((pitch, step) => (places[step * kind.voices.length + voice] = Number(pitch !== after[voice][step]))));
    const count = places.reduce((sum, each) => sum + each, 0);
    return { places, sentence: `${count} of ${length} notes ${count === 1 ? "differs" : "differ"}` };
  }

  return {
    tile: small.size,
    places: null,
    paint: (values, rgba) => small.paint(score.pitches(values), rgba),
    form: `[${length}], symbol ids`,
    text, view, changed, score,
    fromRest: (bytes) => Float32Array.from(bytes),
    background: REST,
  };
}
