// Asks Python whether a level can be played, and for one nearby that can; says the answer in words.

import { post } from "../shared/engine/server.js";
import { element } from "../shared/kit/dom.js";

const WAIT_MS = 300; // before the page says that it is waiting

export class Judge {
  #asking = null;
  #waiting;

  /**
   * @param {object} data  the component's: `check_url`, `repair_url`, `physics`
   * @param {object} model
   */
  constructor(data, model) {
    Object.assign(this, { data, model });
    this.verdict = element("strong", { "data-testid": "verdict", role: "status" }, "\u00a0");
    this.note = element("p", { class: "lv-note", role: "status", "data-testid": "moved" });
    this.share = element("p", { "data-testid": "share" });
    this.distance = element("p");
    const { jump, gap } = data.physics;
    this.facts = element("details", { class: "lv-facts" }, element("summary", {}, "How this is judged"),
      element("p", {}, `A search looks for a way from the left edge to the right one, for a figure of one tile that walks, \
falls and jumps. A jump rises ${jump} rows, with one column to a side in each at most, so it carries over a gap of \
${gap} columns. A fall below the last row is the end. Enemies, coins, springs and the clock are left out.`),
      this.share, this.distance);
  }

  /** The level moves: what was said of it no longer holds. */
  forget() {
    this.#asking?.abort();
    clearTimeout(this.#waiting);
    this.verdict.classList.add("lv-stale");
  }

  /** @returns {Promise<?{playable: boolean, path: number[][], end: number}>}  null if it was asked again meanwhile */
  async check(codes) {
    this.forget();
    const asking = (this.#asking = new AbortController());
    this.#waiting = setTimeout(() => this.#say("Checking whether it can be played…", "waiting"), WAIT_MS);
    try {
      const found = await this.#post(this.data.check_url, codes, asking.signal);
      this.#say(words(found), found.playable ? "playable" : "stuck");
      this.share.textContent = `${share(found)} levels of one window that ${this.model.name} draws from the prior are playable.`;
      return found;
    } catch (error) {
      if (error.name === "AbortError") return null;
      this.#say(`It could not be checked: ${error.message}`, "failed");
      return null;
    } finally {
      if (this.#asking === asking) clearTimeout(this.#waiting);
    }
  }

  /** Codes of a level nearby that can be played; {playable: false} where none was found. */
  repair(codes) {
    return this.#post(this.data.repair_url, codes);
  }

  async #post(url, codes, signal = null) {
    return (await post(url, { checkpoint: this.model.name, codes }, { signal })).json();
  }

  close() {
    this.#asking?.abort();
    clearTimeout(this.#waiting);
  }

  #say(text, state) {
    this.verdict.textContent = text;
    this.verdict.dataset.state = state;
    this.verdict.classList.remove("lv-stale");
  }
}

function words({ playable, end }) {
  if (playable) return "Playable from end to end";
  return end < 0 ? "Nobody can even start: there is no ground to stand on" : `Nobody gets beyond column ${end + 1}`;
}

/** "97% of 300", "All 300"; never 100% where one is not. */
function share({ samples, playable_samples: playable }) {
  if (playable === samples) return `All ${samples}`;
  return `${Math.min(99, Math.round((100 * playable) / samples))}% of ${samples}`;
}

/** How many windows a repair moved, and how far: "2 of 12 windows moved, by 0.42 and 1.05". */
export function describeMoves(moved, n) {
  if (!moved.length) return "";
  const far = moved.map(({ by }) => Math.hypot(...by).toFixed(2));
  const distances = far.length > 1 ? `${far.slice(0, -1).join(", ")} and ${far.at(-1)}` : far[0];
  return `${moved.length} of ${n} windows moved, by ${distances}`;
}
