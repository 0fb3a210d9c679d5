// A window to sketch: draw over the curve with mouse, pen, finger or keys. Each stroke can be taken back.

import { element } from "../../kit/dom.js";
import { History } from "../../kit/history.js";
import { onNewPlace } from "../../kit/pointer.js";
import { button, segmented, undoAndRedo } from "../../kit/toolbar.js";
import { keep, recall } from "../kept.js";

const [NUDGE, LEAP] = [0.1, 0.5]; // standard deviations that a key moves a value
const SMOOTH = [0.25, 0.5, 0.25];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class CurvePad {
  #history; // of windows as they were when a stroke had ended
  #cursor;

  /**
   * @param {import("../../kinds/index.js").Renderer} options.renderer  with `sketching`
   * @param {string} options.unit  what is sketched, in a word
   * @param {ArrayLike<number>} options.start  what lies there before the first stroke
   * @param {() => void} options.changed  at every point of a stroke
   * @param {() => void} options.settled  a stroke has ended
   */
  constructor({ renderer, unit, start, changed, settled }) {
    const { sketching } = renderer;
    const { columns, steps } = sketching;
    Object.assign(this, { sketching, changed, settled });
    // One window for all models of the same measurements.
    this.kept = ["sketched", unit, steps, ...columns.map(({ name }) => name)].join(" ");
    this.start = Float32Array.from(start);
    const drawn = recall(this.kept);
    this.values = drawn?.length === this.start.length ? Float32Array.from(drawn) : this.start;
    this.#history = new History(this.values, () => this.#return());
    this.#cursor = { channel: 0, step: steps >> 1 };
    this.shown = renderer.view(`The ${unit} that you draw`, "curve-drawn");
    this.node = element("div", {
      class: "rc-pad rc-curve-pad", tabindex: 0, role: "application", "data-testid": "curve-pad",
      "aria-label": `Draw the ${unit}: left and right move along it, up and down change it${columns.length > 1 ? ", Page Up and Page Down change the channel" : ""}`,
    }, this.shown.node);
    this.status = element("p", { class: "rc-names", role: "status", "data-testid": "curve-status" },
      `Drag across the curve to draw it anew${columns.length > 1 ? "; each channel by itself" : ""}.`);
    const channels = columns.length > 1
      ? [segmented("Channel", columns.map(({ name }, i) => [i, name]), 0, (channel) => this.#moveTo({ channel }))] : [];
    this.channels = channels[0];
    this.tools = element("div", { class: "rc-painting" },
      element("div", { class: "lx-buttons rc-tools" }, ...channels,
        ...undoAndRedo(this.#history),
        this.#whole("Start again", "A window as the model draws it", () => this.start.slice()),
        this.#whole("Flat", "The channel's mean at every step", () => this.#each(() => 0)),
        this.#whole("Smooth", "Take the jitter out of the channel", () => this.#each((own, t) => smooth(own, t))),
        this.#whole("Spike", "Put a spike where the cursor is", () => this.#each((own, t) => own[t] + (t === this.#cursor.step ? 3 : 0))),
        this.#whole("Shift", "Lift all from the cursor on", () => this.#each((own, t) => own[t] + (t >= this.#cursor.step ? 1.5 : 0))),
        this.#whole("Drift", "Let the level rise", () => this.#each((own, t) => own[t] + (2.5 * t) / (steps - 1)))),
      this.status);
    this.#listen();
    this.#show();
    this.shown.settle();
  }

  #return() {
    this.values = this.#history.now;
    this.#again();
  }

  #whole(text, title, values) {
    return button(text, title, () => {
      this.values = values();
      this.#history.push(this.values);
      this.#again();
    });
  }

  /** The window with each value of the chosen channel as `value(own, t)` has it. */
  #each(value) {
    const { steps } = this.sketching;
    const from = this.#cursor.channel * steps;
    const own = this.values.slice(from, from + steps);
    const values = this.values.slice();
    own.forEach((_, t) => (values[from + t] = value(own, t)));
    return values;
  }

  #again() {
    this.#show();
    this.changed();
    this.#settle();
  }

  #settle() {
    keep(this.kept, Array.from(this.values, (value) => Number(value.toFixed(4))));
    this.shown.settle();
    this.settled();
  }

  #show() {
    this.shown.show(this.values);
  }

  #moveTo(place) {
    Object.assign(this.#cursor, place);
    const { channel, step } = this.#cursor;
    const { sketching: { columns, steps, told, time } } = this;
    this.channels?.querySelectorAll("button").forEach((each, i) => each.setAttribute("aria-pressed", i === channel));
    const name = columns.length > 1 ? `${columns[channel].name}, ` : "";
    this.status.textContent = `${name}${time(step)}: ${told(channel, this.values[channel * steps + step])}`;
    this.shown.cursor(this.node.matches(":focus-visible") ? this.#cursor : null);
    this.#show();
  }

  #listen() {
    const { node } = this;
    let stroke = null;
    const add = (event) => {
      const to = this.shown.at(event, stroke.channel);
      const from = stroke.at ?? to;
      stroke.at = to;
      const [first, last] = [from, to].map(({ step }) => Math.round(step));
      for (let t = Math.min(first, last); t <= Math.max(first, last); t++) {
        const part = last === first ? 1 : (t - first) / (last - first);
        this.values[stroke.channel * this.sketching.steps + t] = from.value + part * (to.value - from.value);
      }
      this.#moveTo({ channel: stroke.channel, step: last });
      this.changed();
    };
    node.addEventListener("pointerdown", (event) => {
      if (stroke || event.button !== 0) return;
      event.preventDefault();
      node.focus({ preventScroll: true });
      node.setPointerCapture(event.pointerId);
      this.values = this.values.slice(); // the history holds the window as it is
      // Where channels share a lane, the chosen one is drawn.
      stroke = { at: null, channel: this.shown.at(event, this.sketching.shared ? this.#cursor.channel : null).channel };
      add(event);
    });
    onNewPlace(node, (event) => stroke && node.hasPointerCapture(event.pointerId) && add(event));
    node.addEventListener("lostpointercapture", () => {
      if (!stroke) return;
      stroke = null;
      this.#history.push(this.values);
      this.#settle();
    });
    node.addEventListener("keydown", (event) => this.#key(event));
    node.addEventListener("focus", () => this.#moveTo({}));
    node.addEventListener("blur", () => {
      this.shown.cursor(null);
      this.#show();
    });
  }

  #key(event) {
    const { key, ctrlKey, metaKey, shiftKey } = event;
    const { steps, columns, highest } = this.sketching;
    const { channel, step } = this.#cursor;
    const inside = (t) => Math.min(steps - 1, Math.max(0, t));
    const places = {
      Home: { step: 0 }, End: { step: steps - 1 },
      PageUp: { channel: Math.max(0, channel - 1) }, PageDown: { channel: Math.min(columns.length - 1, channel + 1) },
    };
    if ((ctrlKey || metaKey) && key.toLowerCase() === "z") {
      if (shiftKey) this.#history.redo();
      else this.#history.undo();
    } else if (key in places) this.#moveTo(places[key]);
    else if (key in ARROWS) {
      const [along, up] = ARROWS[key];
      if (up) {
        const values = this.values.slice();
        const at = channel * steps + step;
        values[at] = Math.min(highest, Math.max(-highest, values[at] + up * (shiftKey ? LEAP : NUDGE)));
        this.values = values;
        this.#history.push(values);
        this.#again();
      }
      this.#moveTo({ step: inside(step + along * (shiftKey ? 10 : 1)) });
    } else return;
    event.preventDefault();
  }
}

const smooth = (own, t) => SMOOTH.reduce((sum, weight, k) => sum + weight * own[Math.min(own.length - 1, Math.max(0, t + k - 1))], 0);
