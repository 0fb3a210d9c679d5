// Noise and blur for the input, by hand, and how much of them the model takes away.

import { element, icon } from "../kit/dom.js";
import { psnr } from "../kinds/noise.js";
import { button, segmented } from "../kit/toolbar.js";
import { fixed } from "../kit/numerals.js";

const KINDS = [["gaussian", "Gaussian"], ["salt_and_pepper", "Salt and pepper"], ["masking", "Masking"]];

export class DisturbPanel {
  #settings;

  /**
   * `changed()` at every movement, `settled()` when it ends; `trained`: whether the model was trained on noise; `renderer`
   * of a kind that can be disturbed; `start`: settings to begin with.
   */
  constructor({ renderer, trained, changed, settled, start = {} }) {
    Object.assign(this, { renderer, trained, changed, settled });
    const { height } = renderer.tile;
    this.#settings = { kind: "gaussian", strength: 0.4, blur: 0, seed: 7, ...start };
    this.text = element("p", { class: "rc-names", role: "status" });
    this.node = element("div", { class: "br-disturb" },
      segmented("Noise", KINDS, this.#settings.kind, (kind) => this.#set({ kind })),
      button(icon("reset"), "Draw the noise again", () => this.#set({ seed: this.#settings.seed + 1 }),
        { "aria-label": "Other noise" }),
      this.#slider("strength", "Noise", 1, 0.01, "How strong: Gaussian, its standard deviation; else the share of pixels hit"),
      this.#slider("blur", "Blur", height / 10, height / 280, "Standard deviation of the blur in pixels"));
  }

  /** {kind, strength, blur, seed}. */
  get settings() {
    return this.#settings;
  }

  apply(x) {
    return this.renderer.disturbed(x, this.#settings);
  }

  /** What is done to the picture, in words. */
  get description() {
    const { kind, strength, blur } = this.#settings;
    const noise = strength > 0 && `${KINDS.find(([name]) => name === kind)[1]} noise ${strength.toFixed(2)}`;
    return [noise, blur > 0 && `blur of ${blur.toFixed(1)} px`].filter(Boolean).join(" and ");
  }

  /** Say how the reconstruction compares with the picture before it was disturbed. */
  judge(clean, input, again) {
    const [before, after] = [psnr(input, clean), psnr(again, clean)];
    this.text.textContent = before === Infinity
      ? "Move a slider: the model sees the disturbed picture and draws what it makes of it."
      : `Against the clean picture (PSNR, higher is closer): input ${fixed(before, 1)} dB, reconstruction ${fixed(after, 1)} dB. `
        + verdictOn(after - before) + (this.trained ? "" : " It was not trained on noise.");
  }

  #set(change, ended = true) {
    this.#settings = { ...this.#settings, ...change };
    this.changed();
    if (ended) this.settled();
  }

  #slider(name, label, max, step, title) {
    const field = element("input", {
      type: "range", min: 0, max, step, value: this.#settings[name], title, "data-testid": `${name}-slider`,
      oninput: () => {
        field.style.setProperty("--at", field.value / max);
        this.#set({ [name]: Number(field.value) }, false);
      },
      onchange: () => this.settled(),
    });
    field.style.setProperty("--at", this.#settings[name] / max);
    return element("label", { class: "br-slider" }, label, field);
  }
}

/** What a gain in decibels means. */
function verdictOn(gain) {
  if (gain > 5) return "The model takes the disturbance away.";
  if (gain > 0) return "The model takes some of it away, and some of the picture too.";
  return "The model loses more of the picture than the disturbance hid.";
}
