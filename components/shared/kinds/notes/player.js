// Plays a tune while it may change: each step is read when its time comes, so a drag is heard at the next one.

import { capitalized, element, icon } from "../../kit/dom.js";
import { download } from "../../kit/exporting.js";
import { button, menu } from "../../kit/toolbar.js";
import { midiFile, wavFile } from "./files.js";
import { Choir, rendered, singStep, TEMPO } from "./sound.js";

const AHEAD = 0.1; // seconds before its time at which a step is read: less than any step lasts
const HIDDEN_AHEAD = 1.5; // a tab in the background wakes once a second
const TICK_MS = 25;
const [SLOWEST, FASTEST] = [40, 200];
const VOLUME = 0.25; // what it starts with
const KEPT = 64; // scheduled notes that `data-scheduled` holds

let audio = null; // one for the whole page: browsers allow few
let playing = null; // only one tune sounds at a time

export class Player {
  #tune = null;
  #choir = null;
  #step = 0;
  #next = 0; // the time of the next step
  #timer = null;
  #frame = null;
  #due = []; // what was scheduled and does not sound yet: {step, at}
  #scheduled = [];
  #tempo = TEMPO;
  #loop = true;
  #volume = VOLUME;

  /**
   * @param {object} score  as `scoring` makes it
   * @param {number[][]} colors  of the voices
   * @param {(step: ?number, muted: boolean[]) => void} light  shows what sounds now
   */
  constructor(score, colors, light) {
    Object.assign(this, { score, light, muted: score.voices.map(() => false) });
    this.button = button("", "Play the tune", () => (this.#timer ? this.stop() : this.play()), { "data-testid": "play" });
    this.loop = button("Loop", "Play it again and again", () => {
      this.#loop = !this.#loop;
      this.loop.setAttribute("aria-pressed", this.#loop);
    }, { "aria-pressed": "true" });
    const tempo = this.#slider("Tempo", { min: SLOWEST, max: FASTEST, value: TEMPO }, "quarter notes a minute", (value) => (this.#tempo = value));
    const volume = this.#slider("Volume", { min: 0, max: 100, value: 100 * VOLUME }, "percent", (value) => {
      this.#volume = value / 100;
      if (this.#choir) this.#choir.volume = this.#volume;
    });
    const voices = score.voices.map((name, voice) => {
      const color = element("i", { style: `background: rgb(${colors[voice].join(" ")})` });
      const mute = button(element("span", {}, color, capitalized(name)), `Mute the ${name}`, () => {
        this.muted[voice] = !this.muted[voice];
        mute.setAttribute("aria-pressed", !this.muted[voice]);
        mute.title = `${this.muted[voice] ? "Hear" : "Mute"} the ${name}`;
        this.#choir?.mute(voice, this.muted[voice]);
      }, { "aria-pressed": "true", "data-voice": name });
      return mute;
    }).reverse();
    const save = menu("Save", button("MIDI", "Save the tune as a MIDI file", () => this.#save("mid")),
      button("WAV", "Save the tune as it sounds", () => this.#save("wav")));
    this.node = element("div", { class: "lx-player", role: "group", "aria-label": "Player", "data-testid": "player", "data-scheduled": "[]" },
      element("div", { class: "lx-buttons" }, this.button, this.loop, save),
      element("div", { class: "lx-buttons lx-tunings" }, tempo, volume),
      element("div", { class: "lx-buttons lx-voices", role: "group", "aria-label": "Voices that are heard" }, ...voices));
    this.#mark();
  }

  /** What is to be played, from the next step on: a list of voices of pitches. */
  set tune(tune) {
    this.#tune = tune;
  }

  get steps() {
    return this.#tune?.[0].length ?? 0;
  }

  /** Start from the beginning; called in a click, as browsers demand for sound. */
  play() {
    if (!this.#tune) return;
    playing?.stop();
    playing = this;
    audio ??= new AudioContext();
    audio.resume();
    this.#choir = new Choir(audio, this.score.voices.length, this.#volume);
    this.muted.forEach((muted, voice) => (this.#choir.channels[voice].gain.value = muted ? 0 : 1));
    this.#step = 0;
    this.#next = audio.currentTime + 0.05;
    this.#due = [];
    this.#scheduled = [];
    this.#timer = setInterval(() => this.#schedule(), TICK_MS);
    this.#schedule();
    const follow = () => {
      this.#show();
      this.#frame = requestAnimationFrame(follow);
    };
    this.#frame = requestAnimationFrame(follow);
    this.#mark();
  }

  stop() {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = null;
    this.#choir.close();
    this.#choir = null;
    if (playing === this) playing = null;
    this.light(null, this.muted);
    this.#mark();
  }

  #schedule() {
    if (!this.node.isConnected) return this.stop(); // the page is another one
    const ahead = document.hidden ? HIDDEN_AHEAD : AHEAD;
    // After a pause (a laptop that slept) it goes on now and does not catch up.
    if (this.#next < audio.currentTime) this.#next = audio.currentTime + 0.02;
    while (this.#next < audio.currentTime + ahead) {
      if (this.#step >= this.steps) {
        if (!this.#loop) {
          this.#choir.stop(this.#next);
          if (!this.#due.length) this.stop();
          return;
        }
        this.#step = 0;
      }
      const at = this.#next;
      const changes = singStep(this.#choir, this.#tune, this.#step, at);
      this.#scheduled.push(...changes.map((change) => ({ step: this.#step, at, ...change })));
      this.node.dataset.scheduled = JSON.stringify((this.#scheduled = this.#scheduled.slice(-KEPT)));
      this.#due.push({ step: this.#step, at, until: at + 60 / this.#tempo });
      this.#next += 60 / this.#tempo;
      this.#step++;
    }
  }

  #show() {
    const now = audio.currentTime;
    this.#due = this.#due.filter(({ until }) => until > now);
    const current = this.#due.find(({ at }) => at <= now);
    if (current) this.light(current.step, this.muted);
  }

  #mark() {
    const sounds = Boolean(this.#timer);
    this.button.replaceChildren(icon(sounds ? "stop" : "play"), sounds ? "Stop" : "Play");
    this.button.title = sounds ? "Stop the tune" : "Play the tune";
    this.button.setAttribute("aria-pressed", sounds);
  }

  #slider(name, { min, max, value }, unit, changed) {
    const field = element("input", {
      type: "range", min, max, value, "aria-label": name, title: `${name}, ${unit}`, oninput: () => {
        shown();
        changed(Number(field.value));
      },
    });
    const said = element("output", {});
    const shown = () => {
      field.style.setProperty("--at", (field.value - min) / (max - min));
      said.textContent = field.value;
      field.setAttribute("aria-valuetext", `${field.value} ${unit}`);
    };
    shown();
    return element("label", { class: "lx-labelled lx-tuning" }, name, field, said);
  }

  async #save(format) {
    if (!this.#tune) return;
    const tune = this.#tune;
    const bytes = format === "mid"
      ? midiFile(tune, this.score.voices, this.#tempo)
      : wavFile(await rendered(tune, { tempo: this.#tempo, muted: this.muted, volume: 0.9 }));
    download(new Blob([bytes], { type: format === "mid" ? "audio/midi" : "audio/wav" }), `tune.${format}`);
  }
}
