// The likelihoods p(x | z) of vae_core/likelihoods in the page, one entry each: what the decoder's numbers mean, what is
// shown of them, and what an example costs under them. Adding a likelihood is adding an entry.

import { UnsupportedOperation } from "./ops.js";
import { sigmoid } from "./pointwise.js";
import { sizeOf } from "./safetensors.js";

/**
 * @typedef {object} Likelihood
 * @property {(shape: number[]) => number[]} outputs  the shape that the decoder puts out for one example of `shape`
 * @property {(logits: Float32Array, out: Float32Array) => void} shown  fills `out` with what is shown of an example
 * @property {(logits: Float32Array, x: ArrayLike<number>, visible: ?Float32Array) => number} nll  −log p(x | z) in nats;
 *   `visible` holds 1 for each place that counts, else 0
 * @property {(x: ArrayLike<number>, shown: ArrayLike<number>, visible: ?Float32Array) => number} explained  the share of
 *   x's variation that the shown example explains; NaN where there is no variation
 * @property {number} [symbols]  of symbols: how many there are
 * @property {(logits: Float32Array, x: ArrayLike<number>) => Float64Array} [nlls]  of symbols: each place's share of `nll`
 * @property {(logits: Float32Array, x: ArrayLike<number>) => Float64Array} [misfits]  of measured values: each one's share
 *   of `nll` above what it costs where it is just as expected
 * @property {(a: number, b: number) => number} squaredDifference  between two values
 * @property {(uniform: () => number) => number} anyValue  a value drawn without knowing anything
 */

/**
 * Numbers. `term(logit, x, second)` is the NLL of one of them, `shown(logit)` its mean; `second` is its second parameter,
 * where the decoder puts out `parameters` = 2 numbers a value.
 */
function continuous(term, shown = sigmoid, parameters = 1) {
  return {
    outputs: ([channels, ...rest]) => [parameters * channels, ...rest],
    shown(logits, out) {
      for (let i = 0; i < out.length; i++) out[i] = shown(logits[i]);
    },
    nll(logits, x, visible = null) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        if (!visible || visible[i % visible.length]) sum += term(logits[i], x[i], logits[i + x.length]);
      }
      return sum;
    },
    explained(x, shown, visible = null) {
      const counts = (i) => !visible || visible[i % visible.length];
      let [mean, error, variance, places] = [0, 0, 0, 0];
      for (let i = 0; i < x.length; i++) {
        if (!counts(i)) continue;
        mean += x[i];
        places++;
      }
      mean /= places;
      for (let i = 0; i < x.length; i++) {
        if (!counts(i)) continue;
        error += (x[i] - shown[i]) ** 2;
        variance += (x[i] - mean) ** 2;
      }
      return variance > 1e-6 * places ? 1 - error / variance : NaN;
    },
    squaredDifference: (a, b) => (a - b) ** 2,
    anyValue: (uniform) => uniform(),
  };
}

/** A draw from N(0, 1), by Box and Muller. */
const normal = (uniform) => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

/** @type {Object<string, (parameters: object) => Likelihood>} */
export const LIKELIHOODS = {
  /** Grey values count as fractions of heads: log(1 + e^l) − x·l, written so that it cannot overflow. */
  bernoulli: () => continuous((l, x) => Math.max(l, 0) - l * x + Math.log1p(Math.exp(-Math.abs(l)))),

  /** As bernoulli, but a density of grey values: its normaliser is l / tanh(l / 2), its mean 1 / (1 − e^−l) − 1 / l. */
  continuous_bernoulli: () => {
    const isSmall = (l) => Math.abs(l) < 0.3; // there, both would divide 0 by 0
    const series = (l) => Math.LN2 + (l * l) / 12 - (7 * l ** 4) / 1440;
    const logNormaliser = (l) => (isSmall(l) ? series(l) : Math.log(l / Math.tanh(l / 2)));
    const mean = (l) => (isSmall(l) ? 0.5 + l / 12 - l ** 3 / 720 : -1 / Math.expm1(-l) - 1 / l);
    return continuous((l, x) => Math.max(l, 0) - l * x + Math.log1p(Math.exp(-Math.abs(l))) - logNormaliser(l), mean);
  },

  gaussian({ log_sigma: logSigma }) {
    const precision = Math.exp(-2 * logSigma);
    const constant = logSigma + 0.5 * Math.log(2 * Math.PI);
    return continuous((l, x) => 0.5 * precision * (x - sigmoid(l)) ** 2 + constant);
  },

  /** Values of any size, with one σ or, where it `predicts`, one for each: softplus from its lowest logarithm on. */
  normal({ log_sigma: logSigma, predicts = false, lowest = 0 }) {
    const half = 0.5 * Math.log(2 * Math.PI);
    const softplus = (x) => (x > 20 ? x : Math.log1p(Math.exp(x)));
    const spread = (second) => (predicts ? lowest + softplus(second - lowest) : logSigma);
    const misfit = (mean, x, log) => 0.5 * ((x - mean) * Math.exp(-log)) ** 2;
    const term = (mean, x, second) => {
      const log = spread(second);
      return misfit(mean, x, log) + log + half;
    };
    return {
      ...continuous(term, (mean) => mean, predicts ? 2 : 1),
      misfits: (logits, x) => Float64Array.from(x, (value, i) => misfit(logits[i], value, spread(logits[i + x.length]))),
      anyValue: normal,
    };
  },

  /** Records: a mean a number, a logit a flag, a logit for each of more than two symbols. */
  mixed({ columns, log_sigma: logSigmas, tails = "normal" }) {
    const laplace = tails === "laplace";
    const half = laplace ? Math.log(2) : 0.5 * Math.log(2 * Math.PI);
    const starts = [];
    let width = 0;
    for (const n of columns) {
      starts.push(width);
      width += n > 2 ? n : 1;
    }
    const sigma = new Map(columns.flatMap((n, i) => (n ? [] : [i])).map((i, k) => [i, logSigmas[k]]));
    const best = (logits, i) => {
      let found = 0;
      for (let v = 1; v < columns[i]; v++) if (logits[starts[i] + v] > logits[starts[i] + found]) found = v;
      return found;
    };
    const one = (logits, i) => {
      if (columns[i] > 2) return best(logits, i);
      return columns[i] ? Number(logits[starts[i]] > 0) : logits[starts[i]];
    };
    const cost = (logits, x, i) => {
      const logit = logits[starts[i]];
      if (!columns[i]) {
        const far = Math.abs(x - logit) * Math.exp(-sigma.get(i));
        return (laplace ? far : 0.5 * far ** 2) + sigma.get(i) + half;
      }
      if (columns[i] <= 2) return Math.max(logit, 0) - logit * x + Math.log1p(Math.exp(-Math.abs(logit)));
      const highest = logits[starts[i] + best(logits, i)];
      let sum = 0;
      for (let v = 0; v < columns[i]; v++) sum += Math.exp(logits[starts[i] + v] - highest);
      return highest + Math.log(sum) - logits[starts[i] + x];
    };
    return {
      outputs: () => [width],
      shown(logits, out) {
        for (let i = 0; i < columns.length; i++) out[i] = one(logits, i);
      },
      nll(logits, x, visible = null) {
        let total = 0;
        for (let i = 0; i < columns.length; i++) if (!visible || visible[i]) total += cost(logits, x[i], i);
        return total;
      },
      /** The share of the numbers' squares that is explained; symbols count 1 where they are wrong. */
      explained(x, shown, visible = null) {
        let [error, all] = [0, 0];
        for (let i = 0; i < columns.length; i++) {
          if (visible && !visible[i]) continue;
          error += columns[i] ? Number(x[i] !== shown[i]) : (x[i] - shown[i]) ** 2;
          all += columns[i] ? 1 : x[i] ** 2;
        }
        return all ? 1 - error / all : NaN;
      },
      misfits: (logits, x) => Float64Array.from(x, (value, i) => cost(logits, value, i) - (columns[i] ? 0 : sigma.get(i) + half)),
      squaredDifference: (a, b) => (a - b) ** 2,
      anyValue: normal,
    };
  },

  /** Symbol ids, one a place; logits are symbols first: [V, …]. */
  categorical({ symbols, padding = -1 }) {
    const best = (logits, place, places) => {
      let found = 0;
      for (let v = 1; v < symbols; v++) if (logits[v * places + place] > logits[found * places + place]) found = v;
      return found;
    };
    const nllAt = (logits, id, place, places) => {
      const highest = logits[best(logits, place, places) * places + place];
      let sum = 0;
      for (let v = 0; v < symbols; v++) sum += Math.exp(logits[v * places + place] - highest);
      return highest + Math.log(sum) - logits[id * places + place];
    };
    const counted = (x, visible, i) => x[i] !== padding && (!visible || visible[i]);
    return {
      symbols,
      outputs: (shape) => [symbols, ...shape],
      nlls: (logits, x) => Float64Array.from(x, (id, i) => (counted(x, null, i) ? nllAt(logits, id, i, x.length) : 0)),
      shown(logits, out) {
        for (let i = 0; i < out.length; i++) out[i] = best(logits, i, out.length);
      },
      nll(logits, x, visible = null) {
        let total = 0;
        for (let i = 0; i < x.length; i++) if (counted(x, visible, i)) total += nllAt(logits, x[i], i, x.length);
        return total;
      },
      /** Goodman and Kruskal's lambda: how many fewer places are wrong than if the commonest symbol stood everywhere. */
      explained(x, shown, visible = null) {
        const counts = new Array(symbols).fill(0);
        let [wrong, places] = [0, 0];
        for (let i = 0; i < x.length; i++) {
          if (!counted(x, visible, i)) continue;
          counts[x[i]]++;
          places++;
          if (x[i] !== shown[i]) wrong++;
        }
        const others = places - Math.max(...counts);
        return others ? 1 - wrong / others : NaN;
      },
      squaredDifference: (a, b) => Number(a !== b),
      anyValue: (uniform) => Math.floor(symbols * uniform()),
    };
  },
};

/** The likelihood that a program or a page describes. Throws UnsupportedOperation for one that is not in the table. */
export function likelihoodOf({ name, ...parameters }) {
  if (!Object.hasOwn(LIKELIHOODS, name)) throw new UnsupportedOperation(name, "it has no likelihood of this name.");
  return LIKELIHOODS[name](parameters);
}

/** Throws unless the decoder's output has the shape that the likelihood needs for an example of `shape`. */
export function checkOutputs(likelihood, shape, found) {
  const expected = likelihood.outputs(shape);
  if (String(expected) !== String(found)) {
    throw new Error(`The decoder gives [${found}] (${sizeOf(found)} numbers) instead of [${expected}].`);
  }
}
