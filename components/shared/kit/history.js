// Undo and redo for anything that users change.

const MOST = 200; // steps that are kept

/** A list of states and the current one, `now`. Push a new state; do not change one that was pushed. */
export class History {
  #past = [];
  #future = [];

  /**
   * @param {*} now  the state that the history begins with
   * @param {() => void} [returned]  called when a step was undone or done again
   */
  constructor(now, returned = () => {}) {
    this.now = now;
    this.returned = returned;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Make `next` the current state and forget what was undone. */
  push(next) {
    this.#past = [...this.#past, this.now].slice(-MOST);
    this.#future = [];
    this.now = next;
  }

  /** Go one step back; returns whether there was one. */
  undo() {
    return this.#step(this.#past, this.#future);
  }

  redo() {
    return this.#step(this.#future, this.#past);
  }

  #step(from, to) {
    if (!from.length) return false;
    to.push(this.now);
    this.now = from.pop();
    this.returned();
    return true;
  }
}
