// What one model decodes from the latent point, and how far that can be trusted.

import { DecoderWorker } from "../engine/decoder_pool.js";
import { oneHot } from "../engine/condition.js";
import { element } from "../kit/dom.js";
import { Engine } from "../engine/engine.js";
import { PythonDecoder } from "../engine/python_decoder.js";
import { parseSafetensors } from "../engine/safetensors.js";
import { Honesty } from "./honesty.js";
import { loadRenderer } from "../kinds/index.js";
import { percentileOf } from "../engine/scores.js";
import { ask, serverUrl } from "../engine/server.js";
import { Reader } from "./reader.js";
import { Typicality, reencodingDistance } from "./typicality.js";
import { verdictOnDrawn } from "./verdict.js";

const TIMINGS = 60;
const REST_MS = 300; // without a new frame, after which the view says what it shows
const CLOSED = { decode: async () => null, draw: async () => null };

export class DecodedView {
  #frames = 0;
  #decoder = null;
  #worker = null;
  #latents = null;
  #judging = false;
  #timings = [];
  #resting;

  /** A view of one of the models in a component's data; `decodeUrl` is where Python decodes what the page cannot. */
  static async of(model, decodeUrl) {
    return new DecodedView(model, decodeUrl, await loadRenderer(model.kind, model.shape));
  }

  /** Use `DecodedView.of`. */
  constructor(model, decodeUrl, renderer) {
    Object.assign(this, { model, decodeUrl, renderer });
    this.paper = Boolean(renderer.paper || renderer.line || model.paper); // light, and on the page's own ground
    this.shown = renderer.view(`The ${model.kind.unit} that ${model.name} decodes from the latent point`);
    this.shown.canvas.dataset.model = model.name;
    this.caption = element("figcaption", {}, model.title);
    this.hint = element("p", { class: "lx-hint", hidden: true });
    this.verdict = new Honesty("honesty");
    this.honesty = this.verdict.node;
    this.node = element("figure", { class: "lx-figure" }, this.caption, this.shown.node, this.hint, this.honesty);
  }

  /** Download the encoded examples alone, which some pages show before they decode anything. */
  async loadLatents() {
    this.#latents ??= fetchFile(this.model.latents);
    this.latents = (await this.#latents).tensors;
  }

  /** Download the networks and what is needed to judge a point. */
  async load() {
    await Promise.all([this.loadDecoder(), this.loadLatents()]);
    const { engine } = this;
    if (engine && !engine.encodes) engine.addEncoder(await (await ask(this.model.encoder)).arrayBuffer());
    if (engine) this.reader = new Reader(await this.#latents, engine, this.model.classes);
    this.typicality = new Typicality(this.latents);
    if (this.z) this.#judge();
  }

  /** Download what draws: on a slow line, the picture is there long before it can be judged. */
  loadDecoder() {
    return (this.#decoder ??= this.#loadDecoder());
  }

  async #loadDecoder() {
    this.engine = await loadEngine(this.model.url);
    if (!this.engine) {
      this.#worker ??= new PythonDecoder(this.decodeUrl, this.model.name);
      this.setHint(`This model has layers that the page cannot run, so Python draws it: ${this.model.kind.unit}s come with a delay.`);
    }
  }

  /** What decodes many points. A worker loads the engine and the model once more, and a page may never need it: it
   * starts when it is first asked. One that cannot says so in its answers. */
  get #thumbnails() {
    if (!this.#worker) {
      const { url, encoder, kind, shape } = this.model;
      this.#worker = new DecoderWorker();
      this.#worker.load(url, kind, shape, null, encoder).catch(() => {});
    }
    return this.#worker;
  }

  close() {
    clearTimeout(this.#resting);
    this.#worker?.terminate();
    this.#worker = CLOSED;
  }

  /** Show that this model has no picture for the point, and why. */
  clear(reason) {
    this.setHint(reason);
    this.shown.node.classList.add("lx-none");
    this.honesty.hidden = true;
  }

  /** Say something below the picture; null for nothing. */
  setHint(text) {
    this.hint.hidden = !text;
    this.hint.textContent = text ?? "";
  }

  /** The posterior mean of a held-out example, [D], and its class. */
  example(index) {
    const { data, shape } = this.latents.get("mu");
    return { z: [...data.subarray(index * shape[1], (index + 1) * shape[1])], label: this.latents.get("y").data[index] };
  }

  get examples() {
    return this.model.examples;
  }

  /** Class weights for a class: null for an unconditional model. */
  condition(label) {
    return this.model.label === null ? null : oneHot(label, this.model.classes.length);
  }

  /** Thumbnails of many points without holding up the page; `y` [K] for all, or [N·K]. See DecoderWorker.decode. */
  decodeMany(points, y, channel, form = "pixels") {
    const dim = this.model.latent_dim;
    const { fromRest } = this.renderer;
    const classes = this.model.classes.length;
    return this.#thumbnails.decode(this.#flat(points), y && Float32Array.from(y), { channel, form, dim, classes, fromRest });
  }

  /** Many points as strips (strip.js) show them: pictures, or lines of words. */
  decodeStrips(points, y, channel) {
    return this.decodeMany(points, y, channel, this.renderer.line ? "values" : "pixels");
  }

  /** A draw from p(x | z) at each point, as values; for models that the page runs. See DecoderWorker.draw. */
  drawMany(points, y, options) {
    return this.#thumbnails.draw(this.#flat(points), y && Float32Array.from(y), options);
  }

  #flat(points) {
    const dim = this.model.latent_dim;
    const flat = new Float32Array(points.length * dim);
    points.forEach((point, i) => flat.set(point, i * dim));
    return flat;
  }

  /** Decode and show at once, or show `values` if they are decoded already; the verdict follows with the next frame. */
  draw(z, y, values = null) {
    this.z = z;
    this.y = y;
    if (this.honesty.hidden) {
      this.honesty.hidden = false;
      this.shown.node.classList.remove("lx-none");
      this.setHint(null);
    }
    const started = performance.now();
    if (this.engine) {
      this.shown.show(values ?? this.engine.decode(z, y));
      this.#drawn(z, y, started);
    } else {
      this.decodeMany([z], y, "picture").then((batch) => {
        if (!batch) return;
        this.shown.showPicture(new ImageData(batch.pixels, batch.width, batch.height));
        this.#drawn(z, y, started);
      }, (error) => this.setHint(`Python could not draw this point: ${error.message}`));
    }
    if (this.#judging || !this.typicality || !this.honesty.isConnected) return;
    this.#judging = true;
    requestAnimationFrame(() => {
      this.#judging = false;
      this.#judge();
    });
  }

  #drawn(z, y, started) {
    const { canvas, settle } = this.shown;
    canvas.dataset.frames = ++this.#frames;
    canvas.dataset.z = JSON.stringify(z);
    if (y) canvas.dataset.y = JSON.stringify(y);
    clearTimeout(this.#resting);
    if (settle) this.#resting = setTimeout(settle, REST_MS);
    this.#timings.push({ at: started, took: performance.now() - started });
    if (this.#timings.length > TIMINGS) this.#timings.shift();
  }

  #judge() {
    this.verdict.show(this.verdictOn(this.z, this.y));
  }

  /** @returns {import("./verdict.js").Verdict}  of what a latent point decodes to */
  verdictOn(z, y) {
    const { engine, model, renderer, reader, typicality } = this;
    const found = { reading: null, typical: typicality.percentile(z), distance: NaN, blur: null, condition: model.label === null ? null : y };
    if (engine) {
      const values = engine.decode(z, y);
      found.distance = reencodingDistance(z, engine.encode(values, y));
      found.reading = reader.readDrawn(values);
      found.usual = this.latents.get("back")?.data[0];
      const blurs = this.latents.get("blur.quantiles");
      if (blurs && renderer.undecided) found.blur = percentileOf(renderer.undecided(values), blurs.data);
    }
    return verdictOnDrawn(found, model);
  }

  /** What was measured while drawing: frames in the last second, and the median milliseconds of a decode. */
  get timing() {
    const now = performance.now();
    const took = this.#timings.map((timing) => timing.took).sort((a, b) => a - b);
    return {
      perSecond: this.#timings.filter(({ at }) => now - at < 1000).length,
      median: took.length ? took[took.length >> 1] : 0,
    };
  }
}

/** The engine, or null where the page cannot run the model. */
async function loadEngine(url) {
  try {
    return Engine.parse(await (await ask(url)).arrayBuffer());
  } catch (error) {
    // The server found a layer without an operation, or the page did.
    if (error.cause === 501 || error.name === "UnsupportedOperation") return null;
    throw error;
  }
}

async function fetchFile(url) {
  return parseSafetensors(await (await ask(url)).arrayBuffer());
}

export async function fetchTensors(url) {
  return (await fetchFile(url)).tensors;
}
