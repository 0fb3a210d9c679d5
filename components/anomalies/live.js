// The series as a stream: window after window arrives, and the threshold says at once which of them are alarms.

import { element } from "../shared/kit/dom.js";
import { labelled } from "../shared/kit/toolbar.js";
import { written } from "../shared/kinds/series/numbers.js";

const SPEEDS = [[20, "slow"], [100, "steady"], [500, "fast"]]; // windows a second
const ALARMS = 4; // that are listed
const IN_VIEW = 6; // windows' lengths in view

export class Live {
  #frame = 0;
  #at = 0;
  #before = 0;

  /**
   * @param {object} options
   * @param {import("./series/timeline.js").Timeline} options.timeline
   * @param {number} options.count  windows
   * @param {(n: ?number) => void} options.changed  so many have arrived; null: the stream is off
   */
  constructor({ timeline, count, changed }) {
    Object.assign(this, { timeline, count, changed });
    this.box = element("input", { type: "checkbox", role: "switch", onchange: () => (this.box.checked ? this.#start() : this.stop()) });
    this.speed = element("select", { "aria-label": "Speed of the stream", class: "lx-number" }, ...SPEEDS.map(([value, text]) => element("option", { value }, text)));
    this.speed.value = SPEEDS[1][0];
    this.said = element("p", { class: "an-small an-alarms", role: "status", "data-testid": "alarms" });
    this.node = element("div", { class: "an-live", "data-testid": "live" }, labelled("Live", this.box), this.speed);
    this.node.title = "Replay the series as a stream, window by window";
  }

  get on() {
    return this.box.checked;
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.box.checked = false;
    this.said.textContent = "";
    this.timeline.until(null);
    this.changed(null);
  }

  close() {
    cancelAnimationFrame(this.#frame);
  }

  #start() {
    this.#at = 0;
    this.#before = performance.now();
    this.timeline.near(IN_VIEW * this.timeline.window);
    this.#step(this.#before);
  }

  #step(now) {
    if (!this.on) return;
    const seconds = Math.min(0.2, (now - this.#before) / 1000); // a page that was hidden does not jump
    this.#before = now;
    this.#at = Math.min(this.count, this.#at + Math.max(seconds * this.speed.value, 0.01));
    const n = Math.max(1, Math.floor(this.#at));
    this.timeline.until(n);
    this.changed(n);
    this.#tell(n);
    this.node.dataset.arrived = n;
    if (n < this.count) this.#frame = requestAnimationFrame((time) => this.#step(time));
  }

  /** The latest alarms: each run of flagged windows is one. */
  #tell(n) {
    const { timeline } = this;
    const { judged, threshold, follows, window, first, times } = timeline;
    const alarms = [];
    judged.eachFlagged(threshold, n, (start) => alarms.push(start));
    const listed = alarms.slice(-ALARMS).reverse().map((start) => `${times.name(first[start] + (follows ? window - 1 : 0))} (${written(judged.scores[start])})`);
    const text = alarms.length ? `${alarms.length} ${alarms.length === 1 ? "alarm" : "alarms"}, the latest: ${listed.join("; ")}` : "No alarm yet";
    if (this.said.textContent !== text) this.said.textContent = text;
  }
}
