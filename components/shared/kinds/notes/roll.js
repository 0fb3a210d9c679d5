// Piano rolls: time to the right, pitch upwards, a colour a voice. `thumbnail` is vae_core/kinds/notes/roll.py in the page.

import { notesOf, pitchName } from "./tune.js";

const [STEP, SEMITONE, MARGIN] = [72, 15, 84]; // pixels of the large roll: up to twice what a screen shows
const FONT = 34;

/** Paints a tune into RGBA pixels [size.height · size.width · 4]. */
export function thumbnail(score, { step, gap, colors, paper, guide, octave }, steps) {
  const size = { width: step * steps, height: score.highest - score.lowest + 2 };
  const put = (rgba, x, y, [r, g, b]) => {
    const at = 4 * (y * size.width + x);
    rgba[at] = r;
    rgba[at + 1] = g;
    rgba[at + 2] = b;
  };
  const empty = new Uint8ClampedArray(4 * size.width * size.height).fill(255);
  for (let y = 0; y < size.height; y++) {
    const pitch = score.highest - y + 1; // the row below a pitch's own
    const line = pitch % 12 === 0 && pitch <= score.highest;
    for (let x = 0; x < size.width; x++) put(empty, x, y, line ? octave : x && x % (4 * step) === 0 ? guide : paper);
  }
  const paint = (tune, rgba) => {
    rgba.set(empty);
    tune.forEach((own, voice) => own.forEach((pitch, at) => {
      if (pitch === null) return;
      const from = step * at + (pitch === own[at - 1] ? 0 : gap);
      for (let x = from; x < step * (at + 1); x++) {
        put(rgba, x, score.highest - pitch, colors[voice]);
        put(rgba, x, score.highest - pitch + 1, colors[voice]);
      }
    }));
  };
  return { size, paint };
}

const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** The large roll: `draw(context, tune)`, and where a step or a pitch lies on it. */
export function largeRoll(score, look, steps) {
  const { lowest, highest } = score;
  const width = MARGIN + STEP * steps;
  const height = SEMITONE * (highest - lowest + 3);
  const xOf = (step) => MARGIN + STEP * step;
  const yOf = (pitch) => SEMITONE * (highest + 1 - pitch);
  let ground = null;

  function lines() {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.fillStyle = css(look.paper);
    context.fillRect(0, 0, width, height);
    for (let step = 0; step <= steps; step++) {
      context.fillStyle = css(step % 4 ? look.guide : look.octave);
      context.fillRect(xOf(step) - 1, 0, step % 4 ? 2 : 3, height);
    }
    context.font = `${FONT}px "Source Sans", "Source Sans Pro", sans-serif`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let pitch = lowest; pitch <= highest; pitch++) {
      if (pitch % 12) continue;
      context.fillStyle = css(look.octave);
      context.fillRect(MARGIN, yOf(pitch) + SEMITONE - 1, width - MARGIN, 2);
      context.fillStyle = "#5d6266";
      context.fillText(pitchName(pitch), MARGIN - 10, yOf(pitch) + SEMITONE / 2);
    }
    return canvas;
  }

  /** One note; `grow` pixels larger on each side. */
  function note(context, { voice, pitch, step, length }, grow = 0) {
    const [x, y] = [xOf(step) + 3 - grow, yOf(pitch) - 2 - grow];
    context.fillStyle = css(look.colors[voice]);
    context.beginPath();
    context.roundRect(x, y, STEP * length - 5 + 2 * grow, SEMITONE + 4 + 2 * grow, 6);
    context.fill();
  }

  return {
    width, height,
    /** Of the pitches, from the highest down, as parts of the whole. */
    area: {
      left: MARGIN / width, top: yOf(highest) / height, width: (STEP * steps) / width,
      height: (SEMITONE * (highest - lowest + 1)) / height,
    },
    /** Where voices meet on one pitch, the upper one lies on top, and a strip of the lower one stays to be seen. */
    draw(context, tune) {
      ground ??= lines();
      context.drawImage(ground, 0, 0);
      const notes = notesOf(tune);
      for (const each of notes) note(context, each);
      for (const each of notes) if (each.voice) shared(context, each, tune);
    },
    /** Over the roll: the step that sounds, and its notes. */
    light(context, tune, step, muted) {
      context.clearRect(0, 0, width, height);
      if (step === null) return;
      context.fillStyle = "rgb(20 24 28 / 10%)";
      context.fillRect(xOf(step), 0, STEP, height);
      for (const each of notesOf(tune)) {
        if (muted[each.voice] || step < each.step || step >= each.step + each.length) continue;
        note(context, each, 5);
        context.strokeStyle = "#14181c";
        context.lineWidth = 4;
        context.stroke();
      }
    },
    /** Where another tune has other notes: hollow ones. */
    mark(context, tune, other) {
      other.forEach((own, voice) => own.forEach((pitch, step) => {
        if (pitch === null || pitch === tune[voice][step]) return;
        context.strokeStyle = css(look.colors[voice]);
        context.lineWidth = 4;
        context.beginPath();
        context.roundRect(xOf(step) + 5, yOf(pitch), STEP - 9, SEMITONE, 5);
        context.stroke();
      }));
    },
  };

  function shared(context, { voice, pitch, step, length }, tune) {
    for (let at = step; at < step + length; at++) {
      const below = tune.findIndex((own, other) => other < voice && own[at] === pitch);
      if (below < 0) continue;
      context.fillStyle = css(look.colors[below]);
      context.fillRect(xOf(at) + 3, yOf(pitch) + SEMITONE / 2, STEP - 5, SEMITONE / 2 + 2);
    }
  }
}

/** The voices as lanes, the highest at the top: the name of each note where it begins. */
export function lanes(look, voices, steps) {
  const [cell, height] = [STEP, 90];
  return {
    width: cell * steps,
    height: height * voices.length,
    draw(context, tune) {
      context.font = `${FONT}px "Source Sans", "Source Sans Pro", sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      tune.forEach((own, voice) => {
        const y = height * (voices.length - 1 - voice);
        own.forEach((pitch, step) => {
          context.fillStyle = css(pitch === null ? look.paper : look.colors[voice]);
          context.fillRect(cell * step, y, cell, height);
          context.fillStyle = css(look.paper);
          context.fillRect(cell * step, y, pitch !== null && pitch === own[step - 1] ? 0 : 3, height);
          context.fillRect(cell * step, y, cell, 3);
          if (pitch === null || pitch === own[step - 1]) return;
          context.fillStyle = voice === 2 ? "#14181c" : "#ffffff"; // orange is too light for white letters
          context.fillText(pitchName(pitch), cell * (step + 0.5), y + height / 2);
        });
      });
    },
  };
}
