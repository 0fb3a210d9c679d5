// Drawing of the time line: the series above, its scores below, on canvases of `plot` columns right of LEFT.

import { brief, rawOf, written } from "../../shared/kinds/series/numbers.js";
import { fillBand, strokeCurve } from "../painting.js";

export const CURVE = 0.62; // of the height
export const [LEFT, BOTTOM] = [52, 20]; // room for the values' labels and the times'
export const BAND = 2; // standard deviations
const FLAG = 7; // the height of a flag
const LINE = 15; // of a label

/** Where a step lies, from the left edge of the plot. */
const xOf = ([from, to], step, plot) => ((step - from) / (to - from)) * plot;

/** Where a part of the scores' axis lies, between the lane's top and bottom, and back. */
export const scoreY = (part, lane, low) => low - 3 - part * (low - lane - 6);
export const partAt = (y, lane, low) => Math.min(1, Math.max(0, (low - 3 - y) / (low - lane - 6)));

/** What is drawn of a channel, of `steps` steps: its values, the model's with their band, and the least and most in view. */
export function channelOf(tensors, c, steps, column) {
  const [values, again, sigma] = ["values", "again", "sigma"].map((name) => tensors.get(name).data.subarray(c * steps, (c + 1) * steps));
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const margin = 0.08 * (high - low) || 1;
  return {
    values, again, lower: again.map((value, i) => value - BAND * sigma[i]), upper: again.map((value, i) => value + BAND * sigma[i]),
    low: low - margin, high: high + margin, column,
  };
}

/** The curve, the model's with its band, labelled anomalies and the scores. */
export function drawSeries(context, timeline, { plot, low, lane, ink, color, height }) {
  const { channel, view } = timeline;
  const y = (value) => lane - 4 - ((value - channel.low) / (channel.high - channel.low)) * (lane - FLAG - 6);
  context.font = "12px sans-serif";
  context.fillStyle = ink;
  context.strokeStyle = color("--st-border-color");
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineWidth = 1;
  for (const part of [0.12, 0.5, 0.88]) {
    const value = channel.low + part * (channel.high - channel.low);
    context.fillText(brief(Number(rawOf(channel.column, value).toPrecision(3))), LEFT - 6, y(value));
  }
  let above = Infinity;
  for (const { score, part } of timeline.axis.ticks(4)) {
    const at = scoreY(part, lane, low);
    if (above - at < LINE) continue;
    context.fillText(written(score), LEFT - 6, at);
    above = at;
  }
  context.textAlign = "center";
  for (const { step, text } of timeline.times.ticks(...view, Math.max(2, Math.floor(plot / 90)))) {
    const x = LEFT + xOf(view, step, plot);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, low);
    context.stroke();
    if (x > LEFT + 20 && x < LEFT + plot - 18) context.fillText(text, x, height - BOTTOM / 2);
  }
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, plot, low);
  context.clip();
  context.translate(LEFT, 0);
  const seen = timeline.limit < timeline.first.length ? timeline.endOf(timeline.limit - 1) + 1 : timeline.steps;
  for (const [from, to] of timeline.events) {
    if (from < seen) rect(context, view, from, Math.min(to, seen - 1), plot, 0, low, color("--an-event"));
  }
  const part = (values) => (seen < timeline.steps ? values.subarray(0, Math.max(0, seen)) : values);
  fillBand(context, part(channel.lower), part(channel.upper), view, plot, y, color("--an-band"));
  strokeCurve(context, part(channel.again), view, plot, y, color("--an-again"), 1.2);
  strokeCurve(context, part(channel.values), view, plot, y, ink, 1.2);
  strokeCurve(context, part(timeline.scoreAt), view, plot, (score) => scoreY(timeline.axis.part(score), lane, low), color("--an-usual"), 1.3);
  context.restore();
  context.strokeStyle = color("--st-border-color");
  context.strokeRect(LEFT + 0.5, 0.5, plot - 1, low - 1);
  context.beginPath();
  context.moveTo(LEFT, lane + 0.5);
  context.lineTo(LEFT + plot, lane + 0.5);
  context.stroke();
}

/** What follows the threshold and the choice: flags, the line, the chosen window. */
export function drawMarks(context, timeline, { plot, low, lane, ink, color, lineY: at }) {
  const { judged, threshold, first, window, follows, view } = timeline;
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, plot, low);
  context.clip();
  context.translate(LEFT, 0);
  judged.eachFlagged(threshold, Math.min(timeline.limit, first.length), (start, end) => {
    const from = follows ? timeline.endOf(start) : first[start];
    rect(context, view, from, timeline.endOf(end - 1), plot, 1, FLAG, color("--an-odd"), 3);
  });
  context.fillStyle = color("--an-over");
  context.fillRect(0, lane, plot, at - lane);
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(0, at);
  context.lineTo(plot, at);
  context.stroke();
  if (timeline.index !== undefined && timeline.index < first.length) {
    const [from, to] = [xOf(view, first[timeline.index] - 0.5, plot), xOf(view, first[timeline.index] + window - 0.5, plot)];
    context.strokeStyle = color("--st-primary-color");
    context.lineWidth = 2;
    context.strokeRect(from, FLAG + 4, Math.max(3, to - from), lane - FLAG - 6);
  }
  context.restore();
}

function rect(context, view, from, to, plot, top, height, color, least = 1) {
  const [left, right] = [xOf(view, from - 0.5, plot), xOf(view, to + 0.5, plot)];
  if (right < 0 || left > plot) return;
  context.fillStyle = color;
  context.fillRect(left, top, Math.max(least, right - left), height);
}
