// W x + b with four products at a time: a WebAssembly module of one function, whose bytes are written here. A softmax
// over thousands of words is nearly all of what a sentence costs, and takes a fifth of the time (docs/decisions.md).

const BLOCK = 16; // outputs that are summed together, in four registers
const PAGE = 65536;
const CHUNK = 8 * 1024 * 1024; // bytes

/** Operations of WebAssembly (https://webassembly.github.io/spec/core/binary), as far as they are used here. */
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const tee = (local) => [0x22, local];
const int = (n) => [0x41, ...(n < 64 ? [n] : [(n & 127) | 128, n >> 7])]; // of less than 8192
const [ADD, LESS, END] = [[0x6a], [0x49], [0x0b]];
const LOOP = [0x03, 0x40];
const AGAIN_IF = [0x0d, 0x00];
const load4 = (offset) => [0xfd, 0x00, 4, offset];
const loadOneInFour = [0xfd, 0x09, 2, 0];
const store4 = (offset) => [0xfd, 0x0b, 4, offset];
const [ADD4, MULTIPLY4] = [[0xfd, 0xe4, 0x01], [0xfd, 0xe6, 0x01]];

/** (x, W, b, out, end of x, end of out), all addresses: blocks of outputs, and in each one input after the other. */
function body() {
  const [x, weights, bias, out, xEnd, outEnd, at, one, ...sums] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  const step = (local, by) => [...get(local), ...int(by), ...ADD, ...set(local)];
  const untilEnd = (local, by, end) => [...get(local), ...int(by), ...ADD, ...tee(local), ...get(end), ...LESS, ...AGAIN_IF];
  return [
    2, 1, 0x7f, 5, 0x7b, // locals: an address, and five vectors
    ...LOOP,
    ...sums.flatMap((sum, k) => [...get(bias), ...load4(16 * k), ...set(sum)]),
    ...get(x), ...set(at),
    ...LOOP,
    ...get(at), ...loadOneInFour, ...set(one),
    ...sums.flatMap((sum, k) => [...get(sum), ...get(one), ...get(weights), ...load4(16 * k), ...MULTIPLY4, ...ADD4, ...set(sum)]),
    ...step(weights, 4 * BLOCK),
    ...untilEnd(at, 4, xEnd),
    ...END,
    ...sums.flatMap((sum, k) => [...get(out), ...get(sum), ...store4(16 * k)]),
    ...step(bias, 4 * BLOCK),
    ...untilEnd(out, 4 * BLOCK, outEnd),
    ...END,
    ...END,
  ];
}

function bytes() {
  const length = (n) => (n < 128 ? [n] : [(n & 127) | 128, n >> 7]);
  const section = (id, content) => [id, ...length(content.length), ...content];
  const name = (text) => [text.length, ...[...text].map((c) => c.charCodeAt(0))];
  const code = body();
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 6, ...Array(6).fill(0x7f), 0]), // a type: six numbers, and nothing back
    ...section(2, [1, ...name("m"), ...name("m"), 2, 0, 1]), // its memory is brought
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("run"), 0, 0]),
    ...section(10, [1, ...length(code.length), ...code]),
  ]);
}

let compiled; // null where the browser does not run it
let chunk = null; // of memory, which matrices share: each costs a browser gigabytes of addresses

/** A place of `size` bytes, in multiples of 16. */
function room(size) {
  if (!chunk || chunk.used + size > chunk.memory.buffer.byteLength) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(Math.max(size, CHUNK) / PAGE) });
    const { run } = new WebAssembly.Instance(compiled, { m: { m: memory } }).exports;
    chunk = { memory, run, used: 0 };
  }
  const { memory: { buffer }, run, used: start } = chunk;
  chunk.used += size;
  return { buffer, run, start };
}

/** Whether the browser has vectors. */
function available() {
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(bytes());
    } catch {
      compiled = null; // too old, or forbidden by a policy
    }
  }
  return compiled !== null;
}

/**
 * W x + b for one matrix.
 *
 * @param {(o: number, i: number) => number} weight  W, read once
 * @param {(o: number) => number} bias
 * @returns {?{x: Float32Array, out: Float32Array, run: () => void}}  `x` [inputs] is filled by the caller, `out` [outputs]
 *   by `run`; null where the browser has no vectors
 */
export function matrix(outputs, inputs, weight, bias) {
  if (!available()) return null;
  const padded = BLOCK * Math.ceil(outputs / BLOCK);
  const sizes = [4 * Math.ceil(inputs / 4), padded * inputs, padded, padded]; // of x, W, b and out
  const total = 4 * sizes.reduce((sum, size) => sum + size);
  const { buffer, run, start } = room(total);
  const starts = sizes.map((_, k) => start + 4 * sizes.slice(0, k).reduce((sum, size) => sum + size, 0));
  const [x, w, b, out] = sizes.map((size, k) => new Float32Array(buffer, starts[k], size));
  for (let o = 0; o < outputs; o++) {
    const first = (o - (o % BLOCK)) * inputs + (o % BLOCK);
    for (let i = 0; i < inputs; i++) w[first + BLOCK * i] = weight(o, i);
    b[o] = bias(o);
  }
  const addresses = [...starts, starts[0] + 4 * inputs, start + total];
  return { x: x.subarray(0, inputs), out: out.subarray(0, outputs), run: () => run(...addresses) };
}
