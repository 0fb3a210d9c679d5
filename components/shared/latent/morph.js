// A path over the map as a film: its geometry, and what plays, scrubs and saves it.

import { element, icon } from "../kit/dom.js";
import { downloadAnimation } from "../kit/exporting.js";
import { followPointer, partUnder } from "../kit/pointer.js";
import { button } from "../kit/toolbar.js";

const FRAME_MS = 42; // as components/shared/app/exports.py's, so that the file is as fast as the page
const FRAMES = 48;
const MOST_FRAMES = 240;
const HOLD_MS = 400; // at the end, before it begins again
const SPEEDS = [0.25, 0.5, 1, 2];
const WIDTH = 280; // pixels of a saved film
const CALM_STEPS = 6;

/** A line through points, by its length. */
export class Path {
  /** @param {number[][]} points  [[u, v], …] */
  constructor(points) {
    this.points = points;
    this.lengths = [0];
    for (let i = 1; i < points.length; i++) {
      const step = Math.hypot(...points[i].map((value, k) => value - points[i - 1][k]));
      this.lengths.push(this.lengths[i - 1] + step);
    }
  }

  get length() {
    return this.lengths.at(-1) ?? 0;
  }

  /** The point after a part (0 to 1) of the length. */
  at(part) {
    const target = Math.min(1, Math.max(0, part)) * this.length;
    let i = 1;
    while (i < this.points.length - 1 && this.lengths[i] < target) i++;
    const step = this.lengths[i] - this.lengths[i - 1];
    const share = step > 0 ? (target - this.lengths[i - 1]) / step : 0;
    return this.points[i].map((value, k) => this.points[i - 1][k] + share * (value - this.points[i - 1][k]));
  }

  /** `n` points equally far apart along the line, both ends included. */
  sample(n) {
    return Array.from({ length: n }, (_, i) => this.at(i / (n - 1)));
  }
}

export class MorphPlayer {
  #animation = null;
  #part = 0;
  #path = null;

  /**
   * @param {object} options
   * @param {(point: object) => void} options.show  draw a point of the path
   * @param {() => void} options.settle  the film has stopped
   * @param {() => void} [options.clear]  the user wants the path gone; without it, no button for that
   * @param {(points: object[]) => object} options.request  what /export/animation needs, without format and timing
   * @param {string} options.url
   * @param {string} [options.what]  the word for it: "path"
   */
  constructor(options) {
    Object.assign(this, { what: "path" }, options);
    this.playButton = button(icon("play"), `Play the ${this.what}`, () => (this.playing ? this.stop() : this.play()), {
      "aria-label": `Play the ${this.what}`, "aria-pressed": "false",
    });
    this.scrubber = element("input", {
      type: "range", min: 0, max: 1, step: "any", value: 0, "data-testid": "path-scrubber",
      "aria-label": `Place on the ${this.what}`,
      oninput: () => {
        this.stop();
        this.#to(Number(this.scrubber.value));
      },
      onchange: () => this.settle(),
      onkeydown: (event) => this.#key(event),
    });
    followPointer(this.scrubber, (event) => {
      this.stop();
      this.#to(partUnder(this.scrubber, event.clientX));
    }, () => this.settle());
    this.speed = element("select", { class: "lx-number lm-speed", "aria-label": "Speed", title: "Speed" },
      ...SPEEDS.map((speed) => element("option", { value: speed, selected: speed === 1 }, `${speed}×`)));
    this.frames = element("input", {
      type: "number", class: "lx-number", min: 2, max: MOST_FRAMES, value: FRAMES, "aria-label": "Frames of the film",
      title: `Frames of the film, equally far apart along the ${this.what}`,
      onchange: () => (this.frames.value = this.count),
    });
    this.note = element("span", { class: "lm-note", role: "status" });
    this.node = element("div", { class: "lm-player", role: "group", "aria-label": `The ${this.what}`, hidden: true },
      element("div", { class: "lm-row" }, this.playButton, this.scrubber, this.speed),
      element("div", { class: "lm-row" },
        element("label", {}, this.frames, " frames"),
        button("GIF", `Save the ${this.what} as an animated GIF`, () => this.#save("gif")),
        button("WebP", `Save the ${this.what} as an animated WebP, sharper and smaller`, () => this.#save("webp")),
        ...(this.clear ? [button("Clear", `Remove the ${this.what}`, () => this.clear())] : [])),
      this.note);
  }

  get playing() {
    return this.#animation !== null;
  }

  /** Stand at a part (0 to 1) of the path, without drawing it. */
  set part(part) {
    this.#part = part;
    this.#follow();
  }

  get count() {
    return Math.min(MOST_FRAMES, Math.max(2, Math.round(Number(this.frames.value)) || FRAMES));
  }

  /** Take a path (what has `at(part)` and `sample(n)`), or null. */
  set path(path) {
    this.stop();
    this.#path = path;
    this.node.hidden = !path;
    this.note.textContent = "";
    this.#part = 0;
    this.#follow();
  }

  get part() {
    return this.#part;
  }

  /** Go to a part (0 to 1) of the path in one step. */
  go(part) {
    this.stop();
    this.#to(part);
    this.settle();
  }

  /** Play to the end, then from the start; in a few still steps for people who prefer reduced motion. */
  play() {
    if (!this.#path || this.playing) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.#part >= 1) this.#part = 0;
    this.#mark("pause", true);
    let [before, elapsed] = [null, this.#part * this.#duration];
    const step = (now) => {
      elapsed += before === null ? 0 : now - before;
      before = now;
      if (elapsed > this.#duration + HOLD_MS) elapsed = 0;
      const part = Math.min(1, elapsed / this.#duration);
      this.#to(calm ? Math.floor(part * CALM_STEPS) / CALM_STEPS : part);
      this.#animation = requestAnimationFrame(step);
    };
    this.#animation = requestAnimationFrame(step);
  }

  stop() {
    if (!this.playing) return;
    cancelAnimationFrame(this.#animation);
    this.#animation = null;
    this.#mark("play", false);
    this.settle();
  }

  get #duration() {
    return ((this.count - 1) * FRAME_MS) / Number(this.speed.value);
  }

  #mark(name, pressed) {
    this.playButton.replaceChildren(icon(name));
    this.playButton.setAttribute("aria-pressed", pressed);
  }

  #to(part) {
    this.#part = part;
    this.#follow();
    if (this.#path) this.show(this.#path.at(part));
  }

  #follow() {
    this.scrubber.value = this.#part;
    this.scrubber.style.setProperty("--at", this.#part);
    this.scrubber.setAttribute("aria-valuetext", `${Math.round(100 * this.#part)}%`);
  }

  #key(event) {
    const step = (event.shiftKey ? 5 : 1) / (this.count - 1);
    const parts = {
      ArrowRight: this.#part + step, ArrowUp: this.#part + step, ArrowLeft: this.#part - step,
      ArrowDown: this.#part - step, Home: 0, End: 1,
    };
    if (!(event.key in parts)) return;
    event.preventDefault(); // the browser's own step is arbitrary
    this.stop();
    this.#to(Math.min(1, Math.max(0, parts[event.key])));
    this.settle();
  }

  async #save(format) {
    this.note.textContent = "Working…";
    try {
      const request = this.request(this.#path.sample(this.count));
      const frame_ms = Math.round(FRAME_MS / Number(this.speed.value));
      const name = `${request.checkpoint}-${this.what}.${format}`;
      await downloadAnimation(this.url, { ...request, frame_ms, format, width: WIDTH }, name);
      this.note.textContent = "Saved.";
    } catch (error) {
      this.note.textContent = `That did not work: ${error.message}`;
    }
  }
}
