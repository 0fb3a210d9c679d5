// The film of a training: what the model draws and how it encodes, the same things after each epoch. Frames are loaded
// ahead, so that the scrubber's picture follows the finger.

import { fetchTensors } from "../shared/latent/decoded_view.js";
import { element, icon } from "../shared/kit/dom.js";
import { mountOnce } from "../shared/app/mounting.js";
import { classColor } from "../shared/kit/palette.js";
import { tileOnto } from "../shared/kit/contact_sheet.js";
import { button, menu } from "../shared/kit/toolbar.js";

const FRAME_MS = 180;
const CALM_FRAME_MS = 1000;
const LOADING_AT_ONCE = 4;
const PLANE_SIDE = 360;

export const mount = mountOnce(".lf", (root, data) => new Film(root, data));

class Film {
  #frames = new Map(); // epoch -> tensors
  #loading = new Set();
  #playing = null;
  #following = true; // stay at the newest epoch while a training runs

  constructor(root, data) {
    this.root = root;
    this.data = data;
    const canvas = (name, title) => {
      const node = element("canvas", { class: "lf-canvas", "data-testid": `film-${name}`, role: "img", "aria-label": title });
      return { node, figure: element("figure", { class: "lx-figure" }, element("figcaption", {}, title), node) };
    };
    this.samples = canvas("samples", "What it draws");
    this.pairs = canvas("reconstructions", "Images and what it makes of them");
    this.plane = canvas("plane", "Where it puts held-out images");
    this.plane.node.width = this.plane.node.height = PLANE_SIDE;
    this.scrubber = element("input", {
      type: "range", min: 0, step: 1, "data-testid": "film-scrubber", "aria-label": "Epoch",
      oninput: () => {
        this.stop();
        this.#following = Number(this.scrubber.value) === this.data.epochs.length - 1;
        this.#show();
      },
    });
    this.label = element("output", { class: "lf-epoch" });
    this.playButton = button(icon("play"), "Play the film", () => (this.#playing ? this.stop() : this.play()), {
      class: "lx-icon", "aria-label": "Play the film", "aria-pressed": "false",
    });
    const save = ["gif", "webp", "mp4"].map((kind) =>
      element("a", { class: "lf-save", href: `${data.export_url}?format=${kind}`, download: "" }, `Film (${kind.toUpperCase()})`),
    );
    const bar = element("div", { class: "lf-bar" }, this.playButton, this.scrubber, this.label, menu("Export", ...save));
    const pictures = element("div", { class: "lf-pictures" }, this.samples.figure, this.pairs.figure, this.plane.figure);
    root.replaceChildren(pictures, bar);
    this.follow(data);
  }

  close() {
    this.closed = true;
    this.stop();
  }

  /** A rerun: there may be new epochs. */
  follow(data) {
    const { epochs } = data;
    const previous = this.data.epochs[Number(this.scrubber.value)];
    this.data = data;
    this.root.dataset.epochs = epochs.length;
    this.scrubber.max = Math.max(0, epochs.length - 1);
    const stayed = epochs.findLastIndex((epoch) => epoch <= previous);
    if (!this.#playing) this.scrubber.value = this.#following || stayed < 0 ? epochs.length - 1 : stayed;
    this.#load();
    this.#show();
  }

  play() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const last = this.data.epochs.length - 1;
    if (Number(this.scrubber.value) >= last) this.scrubber.value = 0;
    this.playButton.replaceChildren(icon("pause"));
    this.playButton.setAttribute("aria-pressed", "true");
    this.#playing = setInterval(() => {
      const at = Number(this.scrubber.value);
      if (at >= this.data.epochs.length - 1) return this.stop();
      if (!this.#frames.has(this.data.epochs[at + 1])) return; // still on its way
      this.scrubber.value = at + 1;
      this.#show();
    }, calm ? CALM_FRAME_MS : FRAME_MS);
    this.#show();
  }

  stop() {
    if (this.#playing) this.#following = Number(this.scrubber.value) === this.data.epochs.length - 1;
    clearInterval(this.#playing);
    this.#playing = null;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.setAttribute("aria-pressed", "false");
  }

  /** Fetch what is missing, a few at a time, but the newest at once: it is what a running training shows. */
  #load() {
    const { epochs } = this.data;
    const missing = epochs.filter((epoch) => !this.#frames.has(epoch) && !this.#loading.has(epoch));
    const newest = missing.at(-1) === epochs.at(-1) ? missing.splice(-1) : [];
    for (const epoch of [...newest, ...missing.slice(0, Math.max(0, LOADING_AT_ONCE - this.#loading.size))]) {
      this.#loading.add(epoch);
      fetchTensors(`${this.data.frames_url}/${epoch}.safetensors`)
        .then((tensors) => this.#frames.set(epoch, tensors), () => this.#frames.set(epoch, null)) // deleted since: old epochs are thinned out
        .then(() => {
          this.#loading.delete(epoch);
          if (this.closed) return;
          this.#load();
          if (epoch === this.#chosen()) this.#show();
        });
    }
  }

  /** The epoch to show: the scrubber's, but who follows a training sees the newest that is here. */
  #chosen() {
    const { epochs } = this.data;
    const wanted = epochs[Number(this.scrubber.value)];
    return (this.#following && !this.#playing && epochs.findLast((epoch) => this.#frames.get(epoch))) || wanted;
  }

  #show() {
    const { epochs } = this.data;
    const epoch = this.#chosen();
    const frame = this.#frames.get(epoch);
    this.label.textContent = epochs.length ? `epoch ${epoch}` : "no epoch yet";
    this.scrubber.setAttribute("aria-valuetext", this.label.textContent);
    this.scrubber.style.setProperty("--at", epochs.length > 1 ? Number(this.scrubber.value) / (epochs.length - 1) : 0);
    if (!frame) return;
    const count = frame.get("samples").shape[0];
    const side = Math.round(Math.sqrt(count));
    tileOnto(this.samples.node, batchOf(frame.get("samples")), 0, side * side, side);
    this.#drawPairs(frame);
    this.#drawPlane(frame);
    this.root.dataset.epoch = epoch;
  }

  #drawPairs(frame) {
    const [images, made] = [batchOf(frame.get("images")), batchOf(frame.get("reconstructions"))];
    const size = 4 * images.width * images.height;
    const count = frame.get("images").shape[0];
    const pixels = new Uint8ClampedArray(2 * count * size);
    for (let i = 0; i < count; i++) {
      pixels.set(images.pixels.subarray(i * size, (i + 1) * size), 2 * i * size);
      pixels.set(made.pixels.subarray(i * size, (i + 1) * size), (2 * i + 1) * size);
    }
    tileOnto(this.pairs.node, { ...images, pixels }, 0, 2 * count, 2 * Math.max(1, Math.round(Math.sqrt(count / 2))));
  }

  #drawPlane(frame) {
    const { data } = frame.get("plane");
    const labels = frame.get("y").data;
    const context = this.plane.node.getContext("2d");
    context.clearRect(0, 0, PLANE_SIDE, PLANE_SIDE);
    const reach = this.#reach();
    for (let n = 0; n < labels.length; n++) {
      context.fillStyle = classColor(labels[n]);
      const x = (data[2 * n] / reach) * 0.5 + 0.5;
      const y = 0.5 - (data[2 * n + 1] / reach) * 0.5;
      context.fillRect(x * PLANE_SIDE - 2, y * PLANE_SIDE - 2, 4, 4);
    }
  }

  /** Half the side of the map: what the latest loaded frame needs, so that the axes stand still in a film. */
  #reach() {
    const latest = this.data.epochs.findLast((epoch) => this.#frames.get(epoch));
    const values = this.#frames.get(latest).get("plane").data;
    return 1.05 * values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  }
}

/** Pictures, uint8 RGB, one after the other, as a batch of RGBA pictures. */
function batchOf({ data, shape: [count, height, width, channels] }) {
  const pixels = new Uint8ClampedArray(4 * count * height * width).fill(255);
  for (let i = 0, at = 0; at < data.length; i += 4, at += channels) {
    for (let c = 0; c < 3; c++) pixels[i + c] = data[at + c];
  }
  return { pixels, count, width, height };
}
