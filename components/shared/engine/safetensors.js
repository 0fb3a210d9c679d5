// The safetensors format (https://github.com/huggingface/safetensors): 8 bytes of header length, a JSON header, data.

/**
 * @typedef {{data: Float32Array|Uint8Array, shape: number[]}} Tensor  Numbers in row-major order, as PyTorch's contiguous tensors.
 */

const READERS = {
  F32: (buffer, begin, end) => new Float32Array(buffer.slice(begin, end)),
  U8: (buffer, begin, end) => new Uint8Array(buffer.slice(begin, end)),
  F16: (buffer, begin, end) => fromHalves(new Uint16Array(buffer.slice(begin, end))),
};

/**
 * Read a safetensors file whose tensors are uint8, float32 or float16; floats come back as Float32Array.
 *
 * @param {ArrayBuffer} buffer  The whole file.
 * @returns {{tensors: Map<string, Tensor>, metadata: Object<string, string>}}
 * @throws {Error} If it is no such file, is cut short, or holds another type of number.
 */
export function parseSafetensors(buffer) {
  const begin = buffer.byteLength < 8 ? NaN : 8 + Number(new DataView(buffer).getBigUint64(0, true));
  if (!(begin <= buffer.byteLength)) throw new Error("This is not a safetensors file, or it is cut short.");
  const header = new TextDecoder().decode(new Uint8Array(buffer, 8, begin - 8));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(header);
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    if (!Object.hasOwn(READERS, dtype)) throw new Error(`The tensor ${name} is ${dtype}; only U8, F32 and F16 are read.`);
    if (begin + to > buffer.byteLength) throw new Error(`The file is cut short: the tensor ${name} is missing.`);
    const data = READERS[dtype](buffer, begin + from, begin + to);
    if (data.length !== sizeOf(shape)) throw new Error(`The tensor ${name} is not as large as its shape ${shape}.`);
    tensors.set(name, { data, shape });
  }
  return { tensors, metadata };
}

/** How many numbers a tensor of this shape holds. */
export const sizeOf = (shape) => shape.reduce((product, length) => product * length, 1);

let numbers;

/** By a table of all 65,536 halves: a model of a million weights would else take a fifth of a second. */
function fromHalves(halves) {
  numbers ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = numbers[halves[i]];
  return floats;
}

/** The number that the 16 bits of an IEEE 754 half-precision float stand for. */
function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
