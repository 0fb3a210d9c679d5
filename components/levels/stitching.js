// One long level from codes: vae_core/latent/long_levels.py in the page, where it is explained.

/** A log-softmax over symbols of logits [V, places]. */
function logSoftmax(logits, places) {
  const symbols = logits.length / places;
  const result = new Float32Array(logits.length);
  for (let i = 0; i < places; i++) {
    let highest = -Infinity;
    for (let v = 0; v < symbols; v++) highest = Math.max(highest, logits[v * places + i]);
    let sum = 0;
    for (let v = 0; v < symbols; v++) sum += Math.exp(logits[v * places + i] - highest);
    const norm = highest + Math.log(sum);
    for (let v = 0; v < symbols; v++) result[v * places + i] = logits[v * places + i] - norm;
  }
  return result;
}

export class LevelMaker {
  #windows = new Map(); // of the level before: what a movement leaves alone is not decoded again

  /**
   * @param {import("../shared/engine/engine.js").Engine} engine  of a model of tiles, one window [H, W] an example
   * @param {number} overlap  columns that neighbouring windows share
   */
  constructor(engine, overlap) {
    [this.rows, this.width] = engine.outputShape;
    Object.assign(this, { engine, overlap, step: this.width - overlap });
  }

  /** Columns of a level of n windows. */
  columns(n) {
    return n * this.step + this.overlap;
  }

  /** @returns {Float32Array}  symbol ids [H · columns(N)] of the level along codes [N][D] */
  level(codes) {
    const windows = new Map();
    for (const code of codes) {
      const key = code.join();
      windows.set(key, this.#windows.get(key) ?? windows.get(key) ?? this.#decoded(code));
    }
    this.#windows = windows;
    const shape = [this.rows, this.columns(codes.length)];
    return this.engine.shownOf(this.#stitched(codes.map((code) => windows.get(code.join())), shape[1]), shape);
  }

  #decoded(code) {
    return logSoftmax(this.engine.decodeLogits(code), this.rows * this.width);
  }

  /** Windows' log-probabilities, each [V, H, W], faded into each other: [V, H, columns]. */
  #stitched(windows, columns) {
    const { width, overlap, step } = this;
    const lines = windows[0].length / width; // V·H
    const level = new Float32Array(lines * columns);
    windows.forEach((window, index) => {
      const weights = new Float32Array(width).fill(1);
      for (let i = 0; i < overlap; i++) {
        const fade = Math.fround((i + 1) / (overlap + 1));
        if (index > 0) weights[i] = fade;
        if (index < windows.length - 1) weights[step + i] = 1 - fade;
      }
      for (let line = 0; line < lines; line++) {
        const to = line * columns + index * step;
        for (let i = 0; i < width; i++) level[to + i] += weights[i] * window[line * width + i];
      }
    });
    return level;
  }
}
