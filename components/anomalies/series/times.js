// What the steps of a series are called: times where it has them, else what has passed, else numbers.

const UNITS = [["second", 1], ["minute", 60], ["hour", 3600], ["day", 86_400]];
const APART = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000];

export class Times {
  /** @param {{begin: ?number, seconds: ?number}} data  `begin`: seconds since 1970 of step 0 by the series' own clock */
  constructor({ begin, seconds }, offset = 0) {
    Object.assign(this, { begin: seconds ? begin : null, seconds, offset });
  }

  #date(step) {
    return new Date(1000 * (this.begin + (step + this.offset) * this.seconds));
  }

  /** A step in full: "27 Jan 2015, 05:30", or "step 17". */
  name(step) {
    if (this.begin === null) return `step ${Math.round(step).toLocaleString("en")}`;
    const options = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC", hourCycle: "h23" };
    return this.#date(step).toLocaleString("en-GB", this.seconds < 60 ? { ...options, second: "2-digit" } : options);
  }

  /** From when to when. */
  span(from, to) {
    return this.begin === null ? `steps ${Math.round(from).toLocaleString("en")} to ${Math.round(to).toLocaleString("en")}` : `${this.name(from)} to ${this.name(to)}`;
  }

  /** About `n` steps between two, round in time, with what to write there. */
  ticks(from, to, n) {
    const each = this.begin === null ? 1 : this.seconds;
    const room = ((to - from) * each) / n;
    const apart = this.begin === null ? round(room) : APART.find((seconds) => seconds >= room) ?? APART[APART.length - 1];
    const start = this.begin === null ? from : this.begin + (from + this.offset) * each;
    const found = [];
    for (let at = Math.ceil(start / apart) * apart; at <= start + (to - from) * each; at += apart) {
      const step = from + (at - start) / each;
      found.push({ step, text: this.begin === null ? at.toLocaleString("en") : this.#short(step, apart) });
    }
    return found;
  }

  #short(step, apart) {
    const date = this.#date(step);
    const day = { day: "numeric", month: "short", timeZone: "UTC" };
    if (apart >= 86_400) return date.toLocaleDateString("en-GB", day);
    const clock = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(apart < 60 ? { second: "2-digit" } : {}), timeZone: "UTC" });
    return clock.startsWith("00:00") ? date.toLocaleDateString("en-GB", day) : clock;
  }
}

function round(room) {
  const power = 10 ** Math.floor(Math.log10(Math.max(room, 1)));
  return power * [1, 2, 5, 10].find((factor) => power * factor >= Math.max(room, 1));
}

/** "3.5 hours" for seconds, two digits. */
export function duration(seconds) {
  const [name, each] = UNITS.findLast(([, one]) => seconds >= 1.5 * one) ?? UNITS[0];
  const number = Number((seconds / each).toPrecision(2));
  return `${number.toLocaleString("en")} ${name}${number === 1 ? "" : "s"}`;
}
