// The page's own verdicts without a page: `node benchmarks/verdicts.mjs FOLDER`, for benchmarks/verdicts.py.
//
// FOLDER holds the model and its encoded examples as the app serves them, `job.json`, and float32 arrays of examples
// (`reconstruct`) and latent points (`drawn`), one file a group. The levels are printed, a JSON object of lists.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Engine } from "../components/shared/engine/engine.js";
import { fitOf, percentileOf, scored } from "../components/shared/engine/scores.js";
import { parseSafetensors } from "../components/shared/engine/safetensors.js";
import { rounded } from "../components/shared/latent/latent_state.js";
import { Reader } from "../components/shared/latent/reader.js";
import { reencodingDistance, Typicality } from "../components/shared/latent/typicality.js";
import { verdictOnDrawn, verdictOnReconstruction } from "../components/shared/latent/verdict.js";

const folder = process.argv[2];
const bytes = (name) => {
  const found = readFileSync(join(folder, name));
  return found.buffer.slice(found.byteOffset, found.byteOffset + found.byteLength);
};

const job = JSON.parse(readFileSync(join(folder, "job.json"), "utf8"));
const words = { kind: { unit: job.unit, makes: "draws", made: "drew" }, classes: job.classes };
const engine = Engine.parse(bytes("model.safetensors"));
engine.assumeLikelihood(job.likelihood);
const file = parseSafetensors(bytes("latents.safetensors"));
const reader = new Reader(file, engine, job.classes);
const typicality = new Typicality(file.tensors);

/** As Reconstruct has it of a picture that was brought. */
function reconstruction(x) {
  const { z, shown } = scored(engine, x, null, (mu) => mu.map(rounded));
  const { nll, explained } = fitOf(engine, shown, x);
  return verdictOnReconstruction({
    input: reader.read(x), result: reader.readDrawn(shown.slice()), rank: percentileOf(nll, job.nll), explained,
    typical: typicality.percentile(z), how: "given",
  }, words);
}

/** As Explore has it of a point. */
function drawn(z) {
  const values = engine.decode(z).slice();
  return verdictOnDrawn({
    reading: reader.readDrawn(values), typical: typicality.percentile(z), distance: reencodingDistance(z, engine.encode(values)),
    blur: null, condition: null,
  }, words);
}

const found = {};
for (const { name, how, length } of job.groups) {
  const values = new Float32Array(bytes(`${name}.f32`));
  const judge = { reconstruction, drawn }[how];
  found[name] = Array.from({ length: values.length / length }, (_, i) => judge(values.subarray(i * length, (i + 1) * length)));
}
console.log(JSON.stringify(found));
