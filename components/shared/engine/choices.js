// How values that depend on each other are chosen together, one entry each: what is shown is then not the most likely
// value at each place, but the most likely example of those that are whole. A program names its choice (docs/engine.md).

/** @type {Object<string, (choice: object, symbols: number) => (logits: Float32Array, out: Float32Array, shape: number[]) => void>} */
export const CHOICES = {
  places,
  sentence,
  whole_pipes: ({ pipe, ground }, symbols) => wholePipes(pipe, new Set(ground), symbols),
};

/** The most likely symbol of each place that may be written, up to the end; padding behind it. See vae_core/kinds/text. */
function sentence({ never, end, padding }, symbols) {
  const best = chooserOf({ never }, symbols);
  return (logits, out) => {
    const places = out.length;
    let ended = false;
    for (let i = 0; i < places; i++) {
      out[i] = ended ? padding : i === places - 1 ? end : best(logits, i, i, places);
      ended ||= out[i] === end;
    }
  };
}

/** At each place the most likely symbol of those that may stand there; what is possible repeats, as voices do. */
function places(choice, symbols) {
  const best = chooserOf(choice, symbols);
  return (logits, out) => {
    for (let i = 0; i < out.length; i++) out[i] = best(logits, i, i, out.length);
  };
}

/**
 * How the symbol of a step is chosen from its scores, where a decoder writes step by step.
 *
 * @returns {(logits: Float32Array, step: number, at?: number, places?: number, before?: ArrayLike<number>) => number}  the
 *   symbol with the highest score of those that may be written there; logits [V·places] are read at place `at`. Of what was
 *   written `before`, the symbol that stood a period earlier pays the toll.
 */
export function chooserOf({ possible, never = [], toll = null }, symbols) {
  const each = (possible ?? [[...Array(symbols).keys()].filter((v) => !never.includes(v))]).map((ids) => Int32Array.from(ids));
  return (logits, step, at = 0, places = 1, before = null) => {
    const ids = each[step % each.length];
    const stood = toll && before && step >= toll.period ? before[step - toll.period] : -1;
    let found = ids[0];
    let most = -Infinity;
    for (const v of ids) {
      const score = logits[v * places + at] - (v === stood ? toll.nats : 0);
      if (score > most) [found, most] = [v, score];
    }
    return found;
  };
}

/**
 * The most probable level whose pipes are whole: vae_core/kinds/tiles/pipes.py in the page, where it is explained.
 *
 * @param {number[]} pipe  symbols of a pipe's halves: left top, left stem, right top, right stem
 * @param {Set<number>} ground  symbols that a pipe may stand on
 * @returns  fills `out` [H·W] with symbol ids, from logits [V·H·W] of a level of `shape` [H, W]
 */
function wholePipes([leftTop, leftStem, rightTop, rightStem], ground, symbols) {
  const halves = new Set([leftTop, leftStem, rightTop, rightStem]);
  let memory = null;

  return (logits, out, [height, width]) => {
    const places = height * width;
    if (memory?.score.length !== places || memory.width !== width) memory = reserve(height, width);
    const { score, gain, top, foot, best, taken, left, right } = memory;
    for (let i = 0; i < places; i++) {
      let found = -1;
      for (let v = 0; v < symbols; v++) {
        if (!halves.has(v) && (found < 0 || logits[v * places + i] > logits[found * places + i])) found = v;
      }
      out[i] = found;
      score[i] = logits[found * places + i];
    }
    const stands = (row, column) => row === height || ground.has(out[row * width + column]);
    const gainOf = (symbol, i) => logits[symbol * places + i] - score[i];

    /** What a half pipe in rows [a, b) of a column gains over none, for all a < b, into `into` [H·(H + 1)]. */
    const halfGains = (topSymbol, stemSymbol, column, into) => {
      for (let a = 0; a < height; a++) {
        let sum = gainOf(topSymbol, a * width + column);
        for (let b = a + 1; b <= height; b++) {
          into[a * (height + 1) + b] = stands(b, column) ? sum : -Infinity;
          if (b < height) sum += gainOf(stemSymbol, b * width + column);
        }
      }
    };

    // The best pipe over each border: its left half is the column before it, its right half the one behind. An edge cuts.
    for (let border = 0; border <= width; border++) {
      if (border > 0) halfGains(leftTop, leftStem, border - 1, left);
      if (border < width) halfGains(rightTop, rightStem, border, right);
      gain[border] = -Infinity;
      for (let a = 0; a < height; a++) {
        for (let b = a + 1; b <= height; b++) {
          const at = a * (height + 1) + b;
          const both = (border > 0 ? left[at] : 0) + (border < width ? right[at] : 0);
          if (both > gain[border]) [gain[border], top[border], foot[border]] = [both, a, b];
        }
      }
    }
    // Which borders have one: the best sum from left to right (Viterbi 1967); neighbouring borders share a column.
    best[0] = 0;
    best[1] = Math.max(gain[0], 0);
    taken[0] = gain[0] > 0 ? 1 : 0;
    for (let border = 1; border <= width; border++) {
      const withPipe = best[border - 1] + gain[border];
      taken[border] = withPipe > best[border] ? 1 : 0;
      best[border + 1] = Math.max(withPipe, best[border]);
    }
    let free = true;
    for (let border = width; border >= 0; border--) {
      const here = free && taken[border] === 1;
      free = !here;
      if (!here) continue;
      for (let row = top[border]; row < foot[border]; row++) {
        const first = row === top[border];
        if (border > 0) out[row * width + border - 1] = first ? leftTop : leftStem;
        if (border < width) out[row * width + border] = first ? rightTop : rightStem;
      }
    }
  };
}

function reserve(height, width) {
  const pairs = height * (height + 1);
  return {
    width,
    score: new Float64Array(height * width),
    gain: new Float64Array(width + 1),
    top: new Int32Array(width + 1),
    foot: new Int32Array(width + 1),
    best: new Float64Array(width + 2),
    taken: new Uint8Array(width + 1),
    left: new Float64Array(pairs).fill(-Infinity),
    right: new Float64Array(pairs).fill(-Infinity),
  };
}
