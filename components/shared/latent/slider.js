// One axis: its slider with a filmstrip of what lies along it, its value, its way back to the mean, and play.

import { rangeOf } from "./axes.js";
import { element, icon } from "../kit/dom.js";
import { followPointer, partUnder } from "../kit/pointer.js";
import { Strip } from "./strip.js";
import { fixed } from "../kit/numerals.js";

/** How far an arrow key goes, as a part of the range, and how much further with Shift. */
export const NUDGE = 1 / 50;
export const FASTER = 5;
const SWEEP_MS = 4000;
const [GLANCE_MS, GLANCE_AFTER_MS, GLANCE] = [4500, 700, 0.4]; // how long, how soon, and over what part of the range
const LARGE = 48; // pixels across: what is drawn in so many is not recognised when it is small
const ENDS = [0.1, 0.9]; // parts of the range where lines of words are from: more would be too narrow to be read

/** Pictures along a slider: previews help people aim (Dang et al. 2022, GANSlider). */
function previewsOf({ tile: { width }, line }) {
  if (line) return ENDS.length;
  return width > LARGE ? 5 : 7;
}

/** Draw the filmstrips of sliders from one batch, decoded from the `previewPoints` of each in turn; see Strip.draw. */
export function drawAllPreviews(sliders, batch, beside) {
  let first = 0;
  for (const slider of sliders) {
    slider.drawPreviews(batch, first, beside);
    first += slider.previews;
  }
}

export class LatentSlider {
  #glancing = null;
  #start = null;
  #animation = null;

  /**
   * @param {import("./latent_state.js").LatentState} state
   * @param {import("./axes.js").Axis} axis
   * @param {"quantiles"|"sigmas"} range
   * @param {import("../kinds/index.js").Renderer} renderer
   * @param {(slider: LatentSlider) => void} touched  called when the user takes hold of this axis
   * @property {number} previews  pictures of the filmstrip
   */
  constructor(state, axis, range, renderer, touched) {
    this.state = state;
    this.axis = axis;
    this.previews = previewsOf(renderer);
    this.isRead = Boolean(renderer.line);
    [this.low, this.high] = rangeOf(axis, range, state.z);
    this.input = element("input", {
      type: "range", "data-testid": "latent-slider", "data-dim": axis.dim,
      min: this.low, max: this.high, step: "any", "aria-label": axis.description,
      // Pointers and keys are handled below; this is for assistive technology that sets the value.
      oninput: () => {
        touched(this);
        this.stop();
        this.#to(Number(this.input.value));
      },
      onchange: () => state.settle(),
      onkeydown: (event) => this.#key(event),
    });
    followPointer(this.input, (event) => {
      touched(this);
      this.stop();
      this.#to(this.#valueAt(event.clientX));
    }, () => state.settle());
    this.strip = new Strip(renderer, this.previews, { "aria-hidden": "true" });
    this.value = element("output", { class: "lx-value" });
    this.mark = element("span", { class: "lx-mark", title: "Where the current example lies", hidden: true });
    this.playButton = element("button", {
      type: "button", class: "lx-icon", title: "Play along this axis", "aria-label": `Play ${axis.name}`,
      "aria-pressed": "false",
      onclick: () => {
        touched(this);
        if (this.#animation) this.stop();
        else this.play();
      },
    }, icon("play"));
    const reset = element("button", {
      type: "button", class: "lx-icon", title: "Back to the mean", "aria-label": `Reset ${axis.name}`,
      onclick: () => {
        this.stop();
        state.go(axis.write(state.z, axis.home));
      },
    }, icon("reset"));
    const name = element("span", { class: "lx-name", title: axis.description }, axis.name);
    const track = element("div", { class: "lx-track" }, this.strip.node, this.mark, this.input);
    this.node = element("div", { class: "lx-slider" }, name, track, this.value, this.playButton, reset);
    this.show();
  }

  /** Follow the point. */
  show() {
    const at = this.axis.read(this.state.z);
    this.input.value = at;
    const text = fixed(Number(at), 2); // a concept that is not there yet has no strength
    this.value.textContent = text;
    this.input.setAttribute("aria-valuetext", text);
    this.input.style.setProperty("--at", this.#part(at));
  }

  /** Put the tick at a point, such as the posterior mean of the example that the picture started from. */
  setMark(z) {
    this.mark.hidden = !z;
    if (z) this.mark.style.setProperty("--at", this.#part(this.axis.read(z)));
  }

  /** The points of the filmstrip, along the range and through the current point. */
  previewPoints() {
    return Array.from({ length: this.previews }, (_, i) =>
      this.axis.write(this.state.z, this.low + (this.isRead ? ENDS[i] : (i + 0.5) / this.previews) * (this.high - this.low)),
    );
  }

  /** Draw the filmstrip from the examples of a decoded batch that begin with `first`; see Strip.draw. */
  drawPreviews(batch, first = 0, beside = null) {
    this.strip.draw(batch, first, beside);
  }

  /** Sweep to and fro along the axis until stopped; in a few still steps for people who prefer reduced motion. */
  play() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playButton.replaceChildren(icon("pause"));
    this.playButton.setAttribute("aria-pressed", "true");
    // Begins where the slider is, going up.
    const offset = Math.acos(1 - 2 * this.#part(this.axis.read(this.state.z))) / Math.PI;
    const step = (now) => {
      this.#start ??= now;
      let phase = offset + (now - this.#start) / SWEEP_MS;
      if (calm) phase = Math.floor(phase * 5) / 5;
      this.#to(this.low + (this.high - this.low) * (0.5 - 0.5 * Math.cos(Math.PI * phase)));
      this.#animation = requestAnimationFrame(step);
    };
    this.#animation = requestAnimationFrame(step);
  }

  stop() {
    if (!this.#animation) return;
    cancelAnimationFrame(this.#animation);
    this.#animation = this.#start = null;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.setAttribute("aria-pressed", "false");
    this.state.settle();
  }

  /** Go some of the way along the axis and back, once, as nobody did it: there is nothing to undo afterwards. */
  glance() {
    const { state, axis, low, high } = this;
    const from = state.z;
    const at = axis.read(from);
    const by = GLANCE * (high - low) * (at - low < high - at ? 1 : -1); // to where there is more room
    let begun = null;
    const step = (now) => {
      begun ??= now + GLANCE_AFTER_MS;
      const part = Math.min(1, Math.max(0, (now - begun) / GLANCE_MS));
      state.assign(axis.write(from, at + by * (0.5 - 0.5 * Math.cos(2 * Math.PI * part))));
      if (part < 1) this.#glancing.frame = requestAnimationFrame(step);
      else this.endGlance();
    };
    this.#glancing = { from, frame: requestAnimationFrame(step) };
  }

  endGlance() {
    if (!this.#glancing) return;
    cancelAnimationFrame(this.#glancing.frame);
    this.state.assign(this.#glancing.from);
    this.#glancing = null;
  }

  #key(event) {
    const at = this.axis.read(this.state.z);
    const step = (this.high - this.low) * NUDGE * (event.shiftKey ? FASTER : 1);
    const targets = {
      ArrowRight: at + step, ArrowUp: at + step, ArrowLeft: at - step, ArrowDown: at - step, Home: this.axis.home,
    };
    if (!(event.key in targets)) return;
    event.preventDefault(); // the browser's own Home is the left end, its own step arbitrary
    this.stop();
    this.#to(targets[event.key]);
    this.state.settle();
  }

  #valueAt(clientX) {
    return this.low + partUnder(this.input, clientX) * (this.high - this.low);
  }

  #to(value) {
    this.state.assign(this.axis.write(this.state.z, Math.min(this.high, Math.max(this.low, value))));
  }

  #part(value) {
    return Math.min(1, Math.max(0, (value - this.low) / (this.high - this.low || 1)));
  }
}
