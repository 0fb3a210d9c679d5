// From symbols to pitches and back: vae_core/kinds/notes/voices.py in the page.

export const REST = 0;
const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** "C4" for MIDI pitch 60. */
export const pitchName = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/**
 * Symbols and pitches of voices.
 *
 * @param {{voices: string[], low: number[], high: number[], first: number[]}} kind  from the bass upwards: the lowest and
 *   the highest pitch of each, and the id of the lowest
 */
export function scoring({ voices, low, high, first }) {
  const n = voices.length;

  /** Ids [4·steps] -> a list of voices, each a list of MIDI pitches a step, null for a rest. */
  function pitches(values) {
    const found = voices.map(() => []);
    values.forEach((id, i) => found[i % n].push(id < first[i % n] ? null : low[i % n] + id - first[i % n]));
    return found;
  }

  /** Whether a pitch is within a voice's range. */
  const sings = (voice, pitch) => pitch >= low[voice] && pitch <= high[voice];

  /** The way back; pitches outside a voice's range rest. */
  function values(tune) {
    const ids = new Float32Array(n * tune[0].length);
    tune.forEach((own, voice) => own.forEach((pitch, step) => {
      ids[step * n + voice] = pitch !== null && sings(voice, pitch) ? first[voice] + pitch - low[voice] : REST;
    }));
    return ids;
  }

  return { pitches, values, sings, lowest: Math.min(...low), highest: Math.max(...high), voices };
}

/** The notes of a tune in order of time: `length` steps from `step` on. */
export function notesOf(tune) {
  const found = [];
  tune.forEach((own, voice) => {
    let note = null;
    own.forEach((pitch, step) => {
      if (note && note.pitch === pitch) note.length++;
      else if (pitch === null) note = null;
      else found.push(note = { voice, pitch, step, length: 1 });
    });
  });
  return found.sort((a, b) => a.step - b.step || a.voice - b.voice);
}
