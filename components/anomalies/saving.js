// The scores as a file for a spreadsheet.

import { download } from "../shared/kit/exporting.js";

/** A field of a CSV file. */
const field = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);

/** Times as ISO 8601 writes them, of steps; null where the series has none. */
export function timeOf({ begin, seconds }, step) {
  return begin === null || !seconds ? null : new Date(1000 * (begin + step * seconds)).toISOString().slice(0, 19).replace("T", " ");
}

/** @param {object} page  what anomalies.js holds */
export function saveScores({ data, model, tensors, labels, judged, threshold }) {
  const { wrong, scores } = judged;
  const first = tensors.get("first")?.data;
  const times = first && timeOf(data, 0) !== null;
  const names = data.scores.map(({ id }) => id);
  const head = [model.kind.unit, ...(times ? ["start", "end"] : []), ...(model.classes.length ? ["class"] : []), ...(wrong ? ["anomaly"] : []), ...names, "flagged"];
  const rows = Array.from(scores, (score, i) => [
    i, ...(times ? [timeOf(data, first[i]), timeOf(data, first[i] + data.window - 1)] : []), ...(model.classes.length ? [model.classes[labels[i]]] : []),
    ...(wrong ? [wrong[i]] : []), ...names.map((name) => tensors.get(name).data[i]), Number(score > threshold),
  ]);
  const text = [head, ...rows].map((row) => row.map(field).join(",")).join("\n");
  download(new Blob([`${text}\n`], { type: "text/csv" }), `${model.name}-scores.csv`);
}
