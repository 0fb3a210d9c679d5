// The point that a page looks at: a latent vector and a class, and the way it came. Views listen, and never talk to
// each other.

import { History } from "../kit/history.js";

/** Coordinates are kept to this many decimals, so that a link, `data-z` and the picture agree exactly. */
const DECIMALS = 3;

export function rounded(value) {
  const factor = 10 ** DECIMALS;
  return Math.round(value * factor) / factor + 0; // + 0 turns −0 into 0
}

/**
 * Events: "change" at every change, at once; "settle" when a movement ends (a finger lifted, a button pressed).
 * @property {number[]} z  [D]
 * @property {number[]|null} y  class weights [K], null for an unconditional model
 */
export class LatentState extends EventTarget {
  #settled; // History of {z, y}

  constructor(z, y) {
    super();
    this.z = z.map(rounded);
    this.y = y;
    this.#settled = new History({ z: this.z, y });
  }

  /** Change one coordinate. */
  set(dim, value) {
    this.assign(this.z.map((old, i) => (i === dim ? value : old)));
  }

  assign(z, y = this.y) {
    const next = z.map(rounded);
    if (y === this.y && next.every((value, i) => value === this.z[i])) return;
    this.z = next;
    this.y = y;
    this.dispatchEvent(new Event("change"));
  }

  /** The movement has ended: what was before it can be undone. */
  settle() {
    const { z, y } = this;
    if (z === this.#settled.now.z && y === this.#settled.now.y) return;
    this.#settled.push({ z, y });
    this.dispatchEvent(new Event("settle"));
  }

  /** Go to a point in one step. */
  go(z, y = this.y) {
    this.assign(z, y);
    this.settle();
  }

  get canUndo() {
    return this.#settled.canUndo;
  }

  get canRedo() {
    return this.#settled.canRedo;
  }

  undo() {
    if (this.#settled.undo()) this.#return();
  }

  redo() {
    if (this.#settled.redo()) this.#return();
  }

  #return() {
    Object.assign(this, this.#settled.now);
    this.dispatchEvent(new Event("change"));
    this.dispatchEvent(new Event("settle"));
  }
}

/** A value within a range. */
export function clamped(value, [low, high]) {
  return Math.min(high, Math.max(low, value));
}
