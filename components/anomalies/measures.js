// What a threshold finds, and how well scores tell anomalies from normal examples: vae_core/anomalies in the page. The
// tests compare it with that, and with scikit-learn.

import { uniform } from "../shared/engine/random.js";

const DAY = 86_400;
const SEED = 7; // of the scores that know nothing
const TRIED = 1.03; // times as many are flagged at the next threshold that is tried: each takes a look at all examples

/** Call `run` for each run of indices below n that are `inside`: the first, and the one behind the last. */
function eachRun(n, inside, run) {
  for (let i = 0; i < n; i++) {
    if (!inside(i)) continue;
    const start = i;
    while (i < n && inside(i)) i++;
    run(start, i);
  }
}

/** As numpy's quantile, of values in ascending order. */
export function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}

export class Judged {
  /**
   * @param {Float32Array} scores  [N]
   * @param {?Uint8Array} wrong  [N] 1 for each anomaly; null without labels
   * @param {?{seconds: ?number}} follows  where examples follow each other in time: the seconds from one to the next
   */
  constructor(scores, wrong, follows = null) {
    Object.assign(this, { scores, wrong, follows });
    this.normal = Float32Array.from(wrong ? scores.filter((_, i) => !wrong[i]) : scores).sort();
    this.positives = scores.length - this.normal.length;
    this.labelled = this.positives > 0 && this.normal.length > 0;
    this.events = [];
    if (follows && wrong) eachRun(wrong.length, (i) => wrong[i], (start, end) => this.events.push([start, end]));
    this.#sort();
  }

  /** The distinct scores, highest first, and how many examples score as high or higher: true and false alarms. */
  #sort() {
    const { scores, wrong } = this;
    const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
    this.steps = { score: [], tp: [], fp: [] };
    let [tp, fp] = [0, 0];
    order.forEach((index, i) => {
      if (wrong?.[index]) tp++;
      else fp++;
      if (i + 1 < order.length && scores[order[i + 1]] === scores[index]) return; // equal scores are flagged together
      this.steps.score.push(scores[index]);
      this.steps.tp.push(tp);
      this.steps.fp.push(fp);
    });
  }

  /** What `score > threshold` finds among the first n: vae_core's `found_at`. */
  at(threshold, n = this.scores.length) {
    const { scores, wrong, follows } = this;
    const events = this.events.filter(([start]) => start < n);
    const found = { threshold, tp: 0, fp: 0, fn: 0, tn: 0, n };
    for (let i = 0; i < n; i++) {
      if (scores[i] > threshold) wrong?.[i] ? found.tp++ : found.fp++;
      else wrong?.[i] ? found.fn++ : found.tn++;
    }
    found.flagged = found.tp + found.fp;
    found.precision = found.tp / Math.max(1, found.flagged);
    found.recall = found.tp / Math.max(1, found.tp + found.fn);
    found.f1 = (2 * found.tp) / Math.max(1, 2 * found.tp + found.fp + found.fn);
    if (!follows) return found;
    let [caught, late, alarms] = [0, 0, 0];
    for (const [start, end] of events) {
      let at = start;
      while (at < Math.min(end, n) && !(scores[at] > threshold)) at++;
      if (at === Math.min(end, n)) continue;
      caught++;
      late += at - start;
    }
    this.#eachAlarm(threshold, n, () => alarms++);
    const days = follows.seconds ? (n * follows.seconds) / DAY : null;
    Object.assign(found, { events: events.length, caught, alarms, days, perDay: days ? alarms / days : null });
    found.delay = caught && follows.seconds ? (late / caught) * follows.seconds : null;
    return found;
  }

  /** Call `alarm(start, end)` for each run of flagged examples that touches no labelled event. */
  #eachAlarm(threshold, n, alarm) {
    const { scores, wrong } = this;
    eachRun(n, (i) => scores[i] > threshold, (start, end) => {
      for (let i = Math.max(0, start - 1); i < Math.min(end + 1, scores.length); i++) if (wrong?.[i]) return;
      alarm(start, end);
    });
  }

  /** Call `run(start, end)` for each run of flagged examples among the first n. */
  eachFlagged(threshold, n, run) {
    eachRun(n, (i) => this.scores[i] > threshold, run);
  }

  /** Call `run(start, end)` for each run of anomalies. */
  eachAnomalous(run) {
    if (this.wrong) eachRun(this.scores.length, (i) => this.wrong[i], run);
  }

  /** What it costs at a threshold: by events where there are some, else by examples. */
  cost(found, miss, alarm) {
    if (found.events) return miss * (found.events - found.caught) + alarm * found.alarms;
    return miss * found.fn + alarm * found.fp;
  }

  /** The ROC curve: false and true positive rates, from none flagged to all. */
  get roc() {
    const { tp, fp } = this.steps;
    const x = [0, ...fp.map((n) => n / this.normal.length)];
    return { x, y: [0, ...tp.map((n) => n / this.positives)] };
  }

  /** The precision-recall curve: recall and precision, from none flagged to all. */
  get precisionRecall() {
    const { tp, fp } = this.steps;
    return { x: [0, ...tp.map((n) => n / this.positives)], y: [1, ...tp.map((n, i) => n / (n + fp[i]))] };
  }

  /** The area under the ROC curve. */
  get auc() {
    const { x, y } = this.roc;
    return x.reduce((sum, at, i) => (i ? sum + ((at - x[i - 1]) * (y[i] + y[i - 1])) / 2 : 0), 0);
  }

  get averagePrecision() {
    const { x, y } = this.precisionRecall;
    return x.reduce((sum, at, i) => (i ? sum + (at - x[i - 1]) * y[i] : 0), 0);
  }

  /** The threshold with the highest F1: vae_core's `f1_best`. It knows the answers. */
  get f1Best() {
    const { tp, fp } = this.steps;
    let [best, found] = [0, -1];
    tp.forEach((hits, i) => {
      const f1 = (2 * hits) / (hits + fp[i] + this.positives);
      if (f1 > found) [best, found] = [i, f1];
    });
    return { threshold: this.#below(best), f1: found };
  }

  /** A threshold that flags the distinct scores up to the i-th, and no more. */
  #below(i) {
    const { score } = this.steps;
    return i + 1 < score.length ? (score[i] + score[i + 1]) / 2 : score[i] - 1e-6 * Math.max(1, Math.abs(score[i]));
  }

  /** Thresholds that flag ever more: none, each of the highest scores, then larger and larger steps. */
  get #tried() {
    const found = [this.steps.score[0]];
    for (let i = 0; i < this.steps.score.length; i = Math.max(i + 1, Math.floor(i * TRIED))) found.push(this.#below(i));
    return found;
  }

  /** The threshold, of some, that costs least. */
  cheapest(miss, alarm) {
    let best = { threshold: this.steps.score[0], cost: Infinity };
    for (const threshold of this.#tried) {
      const cost = this.cost(this.at(threshold), miss, alarm);
      if (cost < best.cost) best = { threshold, cost };
    }
    return best;
  }

  /** The lowest threshold, of some, at which normal data raise at most so many false alarms a day; null without times. */
  atMost(perDay) {
    let best = null;
    for (const threshold of this.#tried) {
      if (this.at(threshold).perDay > perDay) break;
      best = threshold;
    }
    return best;
  }

  /** The best F1 of all thresholds after point adjustment, which counts a whole event as found once one of its examples is
   * flagged: shown only beside scores that know nothing, for what it is worth. */
  get pointAdjusted() {
    let best = 0;
    for (const threshold of this.#tried) {
      let [tp, found] = [0, this.at(threshold)];
      for (const [start, end] of this.events) {
        if (this.scores.subarray(start, end).some((score) => score > threshold)) tp += end - start;
      }
      best = Math.max(best, (2 * tp) / (tp + found.fp + this.positives));
    }
    return best;
  }

  /** The same examples with scores that know nothing. */
  get random() {
    const next = uniform(SEED);
    return new Judged(this.scores.map(next), this.wrong, this.follows);
  }
}
