// The pictures of one training: what the model draws and how it encodes, the same things after each epoch. Frames are
// loaded ahead, so that they follow the scrubber's finger. A finished model has a single frame, shown at every epoch.

import { capitalized, element } from "../kit/dom.js";
import { gapOf, putTile, tileOnto } from "../kit/contact_sheet.js";
import { fetchTensors } from "../latent/decoded_view.js";

const LOADING_AT_ONCE = 4;
const PLANE_SIDE = 360;
const STILL = -1;
const [WIDE, ACROSS] = [120, 2]; // pixels of a picture that is read, and so many then stand in a row

export class Reel {
  #frames = new Map(); // epoch -> tensors, null where a frame was thinned out
  #loading = new Set();

  /** `loaded(epoch)` is called when a frame has come. */
  constructor(run, loaded) {
    this.run = run;
    this.loaded = loaded;
    const canvas = (name, title, ...below) => {
      const label = `${run.name}: ${title}`;
      const node = element("canvas", { class: "lf-canvas", "data-testid": `film-${name}`, role: "img", "aria-label": label });
      node.width = node.height = PLANE_SIDE;
      return { node, figure: element("figure", { class: "lx-figure" }, element("figcaption", {}, title), node, ...below) };
    };
    const units = `${run.unit}s`;
    this.sides = element("div", { class: "lf-sides", "aria-hidden": "true" });
    this.samples = canvas("samples", "What it draws");
    this.pairs = canvas("reconstructions", `${capitalized(units)} and reconstructions`, this.sides);
    this.plane = canvas("plane", `Where it puts held-out ${units}`);
    const swatch = element("span", { class: "lf-swatch", style: `background:${run.color}` });
    this.heading = element("p", { class: "lf-name" }, swatch, element("strong", {}, run.name));
    const pictures = element("div", { class: "lf-pictures" }, this.samples.figure, this.pairs.figure, this.plane.figure);
    this.node = element("section", { class: "lf-reel", "data-run": run.name, "aria-label": run.name }, this.heading, pictures);
    this.follow(run);
  }

  get epochs() {
    return this.run.epochs;
  }

  /** There may be new epochs. */
  follow(run) {
    this.run = run;
    this.#load();
  }

  close() {
    this.closed = true;
  }

  /** The epoch to show where the scrubber stands at `epoch`; null if there is none yet. */
  at(epoch) {
    return this.run.still_url ? STILL : (this.epochs.findLast((each) => each <= epoch) ?? this.epochs[0] ?? null);
  }

  /** The newest epoch whose frame is here. */
  get newest() {
    return this.run.still_url ? STILL : (this.epochs.findLast((epoch) => this.#frames.get(epoch)) ?? null);
  }

  /** Whether the frame of an epoch needs no more waiting. */
  has(epoch) {
    return epoch === null || this.#frames.has(epoch);
  }

  /** Draw an epoch's frame, if it is here. */
  show(epoch) {
    const frame = this.#frames.get(epoch);
    if (!frame || epoch === this.shown) return;
    this.shown = epoch;
    const count = frame.get("samples").shape[0];
    const batch = batchOf(frame.get("samples"));
    const side = batch.width > WIDE ? ACROSS : Math.round(Math.sqrt(count));
    const down = batch.width > WIDE ? Math.min(Math.floor(count / side), Math.round((side * batch.width) / batch.height)) : side;
    this.node.classList.toggle("lf-read", batch.width > WIDE);
    tileOnto(this.samples.node, batch, 0, side * down, side);
    this.#drawPairs(frame);
    this.#drawPlane(frame);
    this.node.dataset.epoch = epoch === STILL ? "" : epoch;
  }

  /** Fetch what is missing, a few at a time, but the newest at once: it is what a running training shows. */
  #load() {
    const epochs = this.run.still_url ? [STILL] : this.epochs;
    const missing = epochs.filter((epoch) => !this.#frames.has(epoch) && !this.#loading.has(epoch));
    const newest = missing.at(-1) === epochs.at(-1) ? missing.splice(-1) : [];
    for (const epoch of [...newest, ...missing.slice(0, Math.max(0, LOADING_AT_ONCE - this.#loading.size))]) {
      this.#loading.add(epoch);
      fetchTensors(this.run.still_url ?? `${this.run.frames_url}/${epoch}.safetensors`)
        .then((tensors) => this.#frames.set(epoch, tensors), () => this.#frames.set(epoch, null)) // deleted since: old epochs are thinned out
        .then(() => {
          this.#loading.delete(epoch);
          if (this.closed) return;
          this.#load();
          this.loaded(epoch);
        });
    }
  }

  /** Pairs side by side, the example on the left, in whole rows. Without the data there are only reconstructions. */
  #drawPairs(frame) {
    const [images, made] = [batchOf(frame.get("images")), batchOf(frame.get("reconstructions"))];
    const { width, height } = made;
    const sides = images.count ? [images, made] : [made];
    const across = width > WIDE ? Math.max(1, ACROSS / sides.length) : pairsAcross(made.count, sides.length);
    const most = width > WIDE ? Math.round((ACROSS * width) / height) : made.count;
    const rows = Math.min(most, Math.floor(made.count / across));
    const [gap, wide] = [gapOf(width), 3 * gapOf(width)];
    const block = sides.length * width + gap * (sides.length - 1) + wide;
    const canvas = this.pairs.node;
    canvas.width = across * block;
    canvas.height = rows * (height + gap);
    const context = canvas.getContext("2d");
    for (let i = 0; i < rows * across; i++) {
      const [x, y] = [(i % across) * block + wide / 2, Math.floor(i / across) * (height + gap) + gap / 2];
      sides.forEach((batch, side) => putTile(context, batch, i, x + side * (width + gap), y, 1));
    }
    const names = sides.length === 2 ? ["in", "out"] : ["out"];
    const labels = Array.from({ length: across }, () => element("span", {}, ...names.map((name) => element("span", {}, name))));
    if (this.sides.childElementCount !== across || this.names !== names.length) this.sides.replaceChildren(...labels);
    this.names = names.length;
  }

  #drawPlane(frame) {
    const { data } = frame.get("plane");
    const labels = frame.get("y").data;
    const { node } = this.plane;
    const context = node.getContext("2d");
    context.clearRect(0, 0, PLANE_SIDE, PLANE_SIDE);
    const reach = this.#reach();
    for (let n = 0; n < labels.length; n++) {
      context.fillStyle = this.run.colors[labels[n]];
      const x = (data[2 * n] / reach) * 0.5 + 0.5;
      const y = 0.5 - (data[2 * n + 1] / reach) * 0.5;
      context.fillRect(x * PLANE_SIDE - 2, y * PLANE_SIDE - 2, 4, 4);
    }
  }

  /** Half the side of the map: what the latest loaded frame needs, so that the axes stand still in a film. */
  #reach() {
    const values = this.#frames.get(this.newest).get("plane").data;
    return 1.05 * values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  }
}

/** How many pairs stand in a row: few are left over, and the whole is about as wide as high. */
export function pairsAcross(count, sides) {
  const square = Math.max(1, Math.round(Math.sqrt(count / sides)));
  const possible = [square, square + 1, square - 1].filter((across) => across >= 1 && across <= Math.max(1, count));
  const left = (across) => count % across;
  return possible.reduce((best, across) => (left(across) < left(best) ? across : best));
}

/** Pictures, uint8 RGB, one after the other, as a batch of RGBA pictures. */
function batchOf({ data, shape: [count, height, width, channels] }) {
  const pixels = new Uint8ClampedArray(4 * count * height * width).fill(255);
  for (let i = 0, at = 0; at < data.length; i += 4, at += channels) {
    for (let c = 0; c < 3; c++) pixels[i + c] = data[at + c];
  }
  return { pixels, count, width, height };
}
