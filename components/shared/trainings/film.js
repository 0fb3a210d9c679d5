// The films of one training or of several, with one scrubber for all: at an epoch each shows its last frame up to it.

import { ask, serverUrl } from "../engine/server.js";
import { element, icon } from "../kit/dom.js";
import { download } from "../kit/exporting.js";
import { mountOnce } from "../app/mounting.js";
import { button, menu } from "../kit/toolbar.js";
import { Reel } from "./reel.js";

const FRAME_MS = 180;
const CALM_FRAME_MS = 1000;

export const mount = mountOnce(".lf", (root, data) => new Film(root, data));

class Film {
  #playing = null;
  #following = true; // stay at the newest epoch while a training runs

  constructor(root, data) {
    this.root = root;
    this.epochs = [];
    this.reels = data.reels.map((run) => new Reel(run, () => this.#show()));
    this.scrubber = element("input", {
      type: "range", min: 0, step: 1, "data-testid": "film-scrubber", "aria-label": "Epoch",
      oninput: () => {
        this.stop();
        this.#following = Number(this.scrubber.value) === this.epochs.length - 1;
        this.#show();
      },
    });
    this.label = element("output", { class: "lf-epoch" });
    this.playButton = button(icon("play"), "Play the film", () => (this.#playing ? this.stop() : this.play()), {
      class: "lx-icon", "aria-label": "Play the film", "aria-pressed": "false",
    });
    this.bar = element("div", { class: "lf-bar" }, this.playButton, this.scrubber, this.label);
    if (data.reels.length === 1 && data.reels[0].export_url) this.bar.append(menu("Export", ...saving(data.reels[0])));
    this.legend = element("p", { class: "lf-legend", "data-testid": "film-classes" });
    const layout = this.reels.length < 3 ? "lf-rows" : "lf-columns";
    const reels = element("div", { class: `lf-reels ${layout}` }, ...this.reels.map((reel) => reel.node));
    reels.classList.toggle("lf-single", this.reels.length === 1);
    reels.style.setProperty("--runs", this.reels.length);
    root.replaceChildren(reels, this.legend, this.bar);
    this.follow(data);
  }

  close() {
    this.closed = true;
    this.stop();
    this.reels.forEach((reel) => reel.close());
  }

  /** A rerun: there may be new epochs. */
  follow(data) {
    const previous = this.epochs[Number(this.scrubber.value)];
    this.reels.forEach((reel, i) => reel.follow(data.reels[i]));
    const epochs = [...new Set(data.reels.flatMap((run) => run.epochs))].sort((a, b) => a - b);
    this.epochs = epochs;
    this.root.dataset.epochs = epochs.length;
    this.scrubber.max = Math.max(0, epochs.length - 1);
    const stayed = epochs.findLastIndex((epoch) => epoch <= previous);
    if (!this.#playing) this.scrubber.value = this.#following || stayed < 0 ? epochs.length - 1 : stayed;
    this.bar.hidden = data.reels.every((run) => run.still_url);
    this.#nameClasses(data.reels);
    this.#show();
  }

  play() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const last = this.epochs.length - 1;
    if (Number(this.scrubber.value) >= last) this.scrubber.value = 0;
    this.playButton.replaceChildren(icon("pause"));
    this.playButton.setAttribute("aria-pressed", "true");
    this.#playing = setInterval(() => {
      const next = Number(this.scrubber.value) + 1;
      if (next >= this.epochs.length) return this.stop();
      if (!this.reels.every((reel) => reel.has(reel.at(this.epochs[next])))) return; // still on its way
      this.scrubber.value = next;
      this.#show();
    }, calm ? CALM_FRAME_MS : FRAME_MS);
    this.#show();
  }

  stop() {
    if (this.#playing) this.#following = Number(this.scrubber.value) === this.epochs.length - 1;
    clearInterval(this.#playing);
    this.#playing = null;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.setAttribute("aria-pressed", "false");
  }

  /** Each reel at the scrubber's epoch, but who follows trainings sees the newest of each that is here. */
  #show() {
    if (this.closed || !this.scrubber) return;
    const wanted = this.epochs[Number(this.scrubber.value)];
    const newest = this.#following && !this.#playing;
    for (const reel of this.reels) reel.show(newest ? reel.newest : reel.at(wanted));
    const shown = Math.max(...this.reels.map((reel) => Number(reel.node.dataset.epoch || 0)));
    if (shown) this.root.dataset.epoch = shown;
    this.label.textContent = !this.epochs.length ? "no epoch yet" : `epoch ${newest && shown ? shown : wanted}`;
    this.scrubber.setAttribute("aria-valuetext", this.label.textContent);
    const at = this.epochs.length > 1 ? Number(this.scrubber.value) / (this.epochs.length - 1) : 0;
    this.scrubber.style.setProperty("--at", at);
  }

  /** The colours of the classes in the latent plane, where all that is shown has the same ones. */
  #nameClasses(reels) {
    const all = new Set(reels.filter((run) => run.classes.length).map((run) => run.classes.join("\n")));
    const names = all.size === 1 ? [...all][0].split("\n") : [];
    if (this.named === names.join("\n")) return;
    this.named = names.join("\n");
    const { colors } = reels.find((run) => run.classes.length) ?? {};
    const swatch = (label) => element("span", { class: "lf-swatch", style: `background:${colors[label]}` });
    this.legend.replaceChildren(...names.map((name, label) => element("span", {}, swatch(label), name)));
  }
}

function saving(run) {
  const note = element("span", { role: "status" });
  const links = ["gif", "webp", "mp4"].map((kind) => {
    const href = serverUrl(`${run.export_url}?format=${kind}`);
    const onclick = async (event) => {
      event.preventDefault(); // the browser alone would not show why there is none
      note.textContent = "Working…";
      try {
        download(await (await ask(href)).blob(), `${run.name}.${kind}`);
        note.textContent = "Saved.";
      } catch (error) {
        note.textContent = `That did not work: ${error.message}`;
      }
    };
    return element("a", { class: "lf-save", href, download: "", onclick }, `Film (${kind.toUpperCase()})`);
  });
  return [...links, note];
}
