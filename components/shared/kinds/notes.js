// Tunes in four voices: symbol ids [4·steps], step by step from the bass upwards. The kind's JSON brings the voices' ranges
// and what a piano roll looks like. What belongs to it lies in notes/.

import { capitalized, element } from "../kit/dom.js";
import { Player } from "./notes/player.js";
import { lanes, largeRoll, thumbnail } from "./notes/roll.js";
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

  /** What shows a tune without sound: its places, a voice a lane. */
  function placesView(label, testid) {
    const drawn = lanes(kind.roll, kind.voices, steps);
    const canvas = element("canvas", { "data-testid": testid, class: "lx-image lx-lanes", width: drawn.width, height: drawn.height, role: "img", "aria-label": label });
    return {
      node: canvas, canvas, picture: canvas,
      show: (values) => drawn.draw(canvas.getContext("2d"), score.pitches(values)),
      showPicture() {},
    };
  }

  function view(label, testid = "decoded-notes", { apart = false, places = false } = {}) {
    if (places) return placesView(label, testid);
    const roll = largeRoll(score, kind.roll, steps);
    const size = { width: roll.width, height: roll.height };
    const canvas = element("canvas", { "data-testid": testid, ...size, role: "img", "aria-label": label });
    const light = element("canvas", { class: "lx-light", ...size, "aria-hidden": "true" });
    const [context, over] = [canvas, light].map((each) => each.getContext("2d"));
    let [tune, values, lit] = [null, null, null];
    const player = new Player(score, kind.roll.colors, (step, muted) => {
      const now = JSON.stringify([step, muted, canvas.dataset.notes]);
      if (now === lit) return;
      lit = now;
      roll.light(over, tune, step, muted);
      if (step === null) delete canvas.dataset.step;
      else canvas.dataset.step = step;
    });
    const sheet = element("div", { class: "lx-roll", style: `aspect-ratio: ${size.width} / ${size.height}` }, canvas, light);
    return {
      node: element("div", { class: "lx-image lx-notes" }, sheet, ...(apart ? [] : [player.node])),
      controls: player.node,
      canvas,
      picture: canvas,
      show(shown) {
        values = Float32Array.from(shown);
        player.tune = tune = score.pitches(values);
        canvas.dataset.notes = JSON.stringify(tune);
        roll.draw(context, tune);
      },
      mark: (other) => roll.mark(context, tune, score.pitches(other)),
      showPicture(image) {
        const source = element("canvas", { width: image.width, height: image.height });
        source.getContext("2d").putImageData(image, 0, 0);
        context.imageSmoothingEnabled = false;
        context.drawImage(source, 0, 0, size.width, size.height);
        player.node.hidden = true; // there are no notes to play, only their picture
      },
      settle() {
        if (values) canvas.setAttribute("aria-label", `${label}: ${text(values)}`);
      },
    };
  }

  /** See bring/tile_pad.js: a place is a pitch at a step, and a brush a voice. */
  function painting() {
    const n = kind.voices.length;
    const side = 16;
    const pixels = new Uint8ClampedArray(4 * n * side * side);
    for (let i = 0; i < n * side * side; i++) pixels.set([...kind.roll.colors[Math.floor(i / (side * side))], 255], 4 * i);
    const pitchAt = ({ row }) => score.highest - row;
    const at = (values, step, voice) => score.pitches(values)[voice][step];
    const moved = (by) => (values) => {
      const tune = score.pitches(values).map((own) => own.map((pitch) => (pitch === null ? null : pitch + by)));
      const fits = tune.every((own, voice) => own.every((pitch) => pitch === null || score.sings(voice, pitch)));
      return fits ? score.values(tune) : values;
    };
    return {
      title: "Voices",
      places: { rows: score.highest - score.lowest + 1, columns: steps },
      area: largeRoll(score, kind.roll, steps).area,
      brushes: kind.voices.map((name) => ({ name })),
      pictures: { pixels, count: n, width: side, height: side },
      brush: n - 1,
      erased: -1,
      put(values, place, brush) {
        const pitch = pitchAt(place);
        let changed = false;
        for (let voice = 0; voice < n; voice++) {
          const index = n * place.column + voice;
          const takes = brush === voice ? score.sings(voice, pitch) : brush < 0 && at(values, place.column, voice) === pitch;
          if (!takes) continue;
          const id = brush < 0 ? REST : kind.first[voice] + pitch - kind.low[voice];
          changed ||= values[index] !== id;
          values[index] = id;
        }
        return changed;
      },
      there(values, place) {
        const pitch = pitchAt(place);
        const singing = kind.voices.filter((_, voice) => at(values, place.column, voice) === pitch);
        return `${pitchName(pitch)}, ${singing.length ? singing.join(" and ") : "nobody"}`;
      },
      layers: [
        { text: "Higher", title: "Move all notes up a semitone, as far as every voice reaches", apply: moved(1) },
        { text: "Lower", title: "Move all notes down a semitone, as far as every voice reaches", apply: moved(-1) },
      ],
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
    places: {
      columns: steps,
      rows: kind.voices.length,
      index: (row, column) => kind.voices.length * column + kind.voices.length - 1 - row,
      tints: [[70, 76, 82, 255], [92, 98, 104, 255]],
      parts: [
        ...kind.voices.map((name, voice) => [capitalized(name), (row) => row === kind.voices.length - 1 - voice]).reverse(),
        ["Second half", (_, column) => column >= steps / 2],
      ],
    },
    get painting() {
      return painting();
    },
    paint: (values, rgba) => small.paint(score.pitches(values), rgba),
    form: `[${length}], symbol ids`,
    text, view, changed, score,
    fromRest: (bytes) => Float32Array.from(bytes),
    background: REST,
    paper: true,
  };
}
