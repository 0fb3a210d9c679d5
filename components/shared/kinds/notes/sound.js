// How tunes sound: one instrument for a live AudioContext and for an OfflineAudioContext, which writes files.

export const TEMPO = 84; // quarter notes a minute
export const TAIL = 0.6; // seconds that the last notes take to fade
const ATTACK = 0.02;
const RELEASE = 0.045; // time constant of the fade: after five of them it is silent
const LEVEL = 0.2; // of one voice: four of them stay below 1
const PARTIALS = [0, 1, 0.4, 0.22, 0.1, 0.06]; // an organ's stopped pipe, a little brighter

export const frequencyOf = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/**
 * Voices that sing one pitch at a time. Every change is a ramp, so none is heard as a click.
 *
 * @param {BaseAudioContext} context
 * @param {number} count  of voices
 */
export class Choir {
  #wave;
  #sounding;

  constructor(context, count, volume = 1) {
    this.context = context;
    this.out = new GainNode(context, { gain: volume });
    this.out.connect(context.destination);
    this.#wave = context.createPeriodicWave(new Float32Array(PARTIALS.length), Float32Array.from(PARTIALS));
    this.channels = Array.from({ length: count }, () => new GainNode(context));
    for (const channel of this.channels) channel.connect(this.out);
    this.#sounding = new Array(count).fill(null);
  }

  /** The pitch that a voice sings, null for none. */
  pitch(voice) {
    return this.#sounding[voice]?.pitch ?? null;
  }

  /** Let a voice begin a pitch at a time in seconds, null to rest. What it sang before fades. */
  sing(voice, pitch, at) {
    this.rest(voice, at);
    if (pitch === null) return;
    const { context } = this;
    const envelope = new GainNode(context, { gain: 0 });
    const pipe = new OscillatorNode(context, { frequency: frequencyOf(pitch), periodicWave: this.#wave });
    envelope.gain.setValueAtTime(0, at);
    envelope.gain.linearRampToValueAtTime(LEVEL, at + ATTACK);
    pipe.connect(envelope).connect(this.channels[voice]);
    pipe.start(at);
    pipe.onended = () => envelope.disconnect();
    this.#sounding[voice] = { pitch, pipe, envelope, begin: at };
  }

  rest(voice, at) {
    const before = this.#sounding[voice];
    if (!before) return;
    this.#sounding[voice] = null;
    const { begin, envelope: { gain }, pipe } = before;
    const end = Math.max(at, this.context.currentTime);
    if (end <= begin) { // it was to come, and does not
      gain.cancelScheduledValues(begin);
      pipe.stop(begin);
      return;
    }
    const fades = Math.max(end, begin + ATTACK);
    gain.setTargetAtTime(0, fades, RELEASE);
    pipe.stop(fades + TAIL);
  }

  /** A muted voice goes on in silence, so that it can come back in the middle of a note. */
  mute(voice, muted) {
    this.channels[voice].gain.setTargetAtTime(muted ? 0 : 1, this.context.currentTime, 0.02);
  }

  set volume(value) {
    this.out.gain.setTargetAtTime(value, this.context.currentTime, 0.02);
  }

  stop(at = this.context.currentTime) {
    this.channels.forEach((_, voice) => this.rest(voice, at));
  }

  /** Stop, and leave nothing behind. */
  close() {
    this.stop();
    setTimeout(() => this.out.disconnect(), 2000 * TAIL);
  }
}

/**
 * What a step changes: voices whose pitch differs from what they sing begin anew.
 *
 * @returns {{voice: number, pitch: ?number}[]}
 */
export function singStep(choir, tune, step, at) {
  const changes = [];
  tune.forEach((own, voice) => {
    if (step > 0 && own[step] === choir.pitch(voice)) return;
    choir.sing(voice, own[step], at);
    changes.push({ voice, pitch: own[step] });
  });
  return changes;
}

/** A tune as sound, mono. @returns {Promise<AudioBuffer>} */
export async function rendered(tune, { tempo = TEMPO, muted = [], volume = 1, rate = 44_100 } = {}) {
  const seconds = 60 / tempo;
  const steps = tune[0].length;
  const context = new OfflineAudioContext(1, Math.ceil(rate * (steps * seconds + TAIL)), rate);
  const choir = new Choir(context, tune.length, volume);
  tune.forEach((_, voice) => (choir.channels[voice].gain.value = muted[voice] ? 0 : 1));
  for (let step = 0; step < steps; step++) singStep(choir, tune, step, step * seconds);
  choir.stop(steps * seconds);
  return context.startRendering();
}
