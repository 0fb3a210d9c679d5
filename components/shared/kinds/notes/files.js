// Tunes as files: MIDI, which any notation program reads, and WAV.

import { notesOf } from "./tune.js";

const TICKS = 480; // of a quarter note
const VELOCITY = 80;
const CHOIR = 52; // General MIDI's program 53, "choir aahs", counted from 0

const bytesOf = (text) => [...text].map((letter) => letter.charCodeAt(0));
const big = (value, bytes) => Array.from({ length: bytes }, (_, i) => (value >>> (8 * (bytes - 1 - i))) & 255);
const chunk = (name, data) => [...bytesOf(name), ...big(data.length, 4), ...data];

/** A number as MIDI writes lengths of time: seven bits a byte, the highest bit says that more follow. */
function ticks(value) {
  const found = [value & 127];
  for (let rest = value >> 7; rest; rest >>= 7) found.unshift((rest & 127) | 128);
  return found;
}

/** A tune as a MIDI file of format 1: the tempo, and a track a voice, the highest first. */
export function midiFile(tune, voices, tempo) {
  const end = [0, 255, 47, 0];
  const conductor = [0, 255, 81, 3, ...big(Math.round(60_000_000 / tempo), 3), ...end];
  const tracks = tune.map((_, voice) => {
    const name = voices[voice];
    const events = [0, 255, 3, name.length, ...bytesOf(name), 0, 192 | voice, CHOIR];
    let now = 0;
    for (const { pitch, step, length } of notesOf([tune[voice]])) {
      events.push(...ticks(TICKS * (step - now)), 144 | voice, pitch, VELOCITY, ...ticks(TICKS * length), 128 | voice, pitch, 0);
      now = step + length;
    }
    return [...events, ...ticks(TICKS * (tune[voice].length - now)), 255, 47, 0];
  }).reverse();
  const head = chunk("MThd", [...big(1, 2), ...big(tracks.length + 1, 2), ...big(TICKS, 2)]);
  return Uint8Array.from([...head, ...[conductor, ...tracks].flatMap((track) => chunk("MTrk", track))]);
}

/** An AudioBuffer's first channel as a WAV file of 16 bits. */
export function wavFile(buffer) {
  const samples = buffer.getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const write = (at, text) => bytesOf(text).forEach((byte, i) => view.setUint8(at + i, byte));
  write(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, buffer.sampleRate, true);
  view.setUint32(28, 2 * buffer.sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, i) => view.setInt16(44 + 2 * i, Math.round(32_767 * Math.max(-1, Math.min(1, value))), true));
  return new Uint8Array(view.buffer);
}
