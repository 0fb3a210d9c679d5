// Work that waits until its user has been at rest for a moment.

/** The work is done earlier when the user goes to another page of the app: what was done last is not lost. */
export class Soon {
  #timer;
  #work = null;

  /** @param {number} ms  of rest */
  constructor(ms) {
    this.ms = ms;
    addEventListener("leaving", this, true); // entries.js; before mounting.js hears of it
  }

  /** Do this work soon, in place of what waits. */
  do(work) {
    this.drop();
    this.#work = work;
    this.#timer = setTimeout(() => this.handleEvent(), this.ms);
  }

  handleEvent() {
    const work = this.#work;
    this.drop();
    work?.();
  }

  /** Do not do what waits. */
  drop() {
    clearTimeout(this.#timer);
    this.#work = null;
  }

  close() {
    this.drop();
    removeEventListener("leaving", this, true);
  }
}
