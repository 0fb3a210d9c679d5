// A level's windows go to other places in a film of a moment; at once for people who prefer reduced motion.

const MORPH_MS = 700;

export class Moving {
  #frame = null;

  /** @param {import("../shared/latent/latent_state.js").LatentState} state  whose `y.moved` says where windows were taken */
  constructor(state) {
    this.state = state;
  }

  /** @param {{window: number, by: number[]}[]} moved @param {() => void} ended  unless the user goes on before */
  start(moved, ended) {
    const { state } = this;
    const from = state.y;
    let last = from;
    const started = performance.now();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = (now) => {
      if (state.y !== last) return; // undone in between
      const part = calm ? 1 : Math.min(1, Math.max(0, (now - started) / MORPH_MS));
      const by = part === 1 ? moved : moved.map((each) => ({ ...each, by: each.by.map((value) => value * part) }));
      last = { ...from, moved: by };
      state.assign(state.z, last);
      if (part < 1) {
        this.#frame = requestAnimationFrame(step);
        return;
      }
      this.#frame = null;
      state.settle();
      ended();
    };
    this.#frame = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }
}
