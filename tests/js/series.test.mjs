// Measured values: numbers as people write them, ticks, and where a value lies in the plot of a window.

import assert from "node:assert/strict";
import { test } from "node:test";

import { brief, rawOf, scaledOf, ticks, ticksOf, toldOf, unitOf, written } from "../../components/shared/kinds/series/numbers.js";
import { renderer } from "../../components/shared/kinds/records.js";
import { renderer as curves } from "../../components/shared/kinds/series.js";
import { Plot } from "../../components/shared/kinds/series/plot.js";

const PLAIN = { name: "power", unit: "W", center: 100, spread: 20, log: false };
const LOG = { name: "bytes", unit: "", center: 5, spread: 2, log: true };

test("numbers are short and exact, however large", () => {
  assert.deepEqual([0, -0, -0.5, 12.3456, 27_800, 0.00012346].map(written), ["0", "0", "−0.5", "12.35", "27,800", "0.0001235"]);
  assert.deepEqual([1e12, 1e-9].map(written), ["1.00e12", "1.00e−9"]);
  assert.deepEqual([25_000_000, 12_500, 1e18, 1e-7, 0.5].map(brief), ["25M", "12,500", "1e18", "1e−7", "0.5"]);
  for (const column of [PLAIN, LOG]) assert.ok(Math.abs(rawOf(column, scaledOf(column, 37)) - 37) < 1e-9);
  assert.equal(toldOf(PLAIN, scaledOf(PLAIN, 117)), "117 W");
  assert.equal(toldOf(LOG, scaledOf(LOG, 0) + 1e-8), "0", "what float32 leaves of a 0 is a 0");
});

test("ticks are round, and of a logarithm powers of ten", () => {
  assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(0, 47, 6, [1, 2, 3, 6, 12, 24]), [0, 12, 24, 36], "hours are told by the parts of a day");
  assert.deepEqual(ticksOf(LOG, 3.5, 20).filter((value) => value >= 0), [0, 0.1, 1, 10, 100, 1000, 10000, 100000]);
  assert.deepEqual(unitOf(1800, 48).unit, "hours");
  assert.deepEqual(unitOf(1800, 336).unit, "days");
  assert.deepEqual(unitOf(null, 64), { unit: "steps", each: 1, apart: [] });
});

test("a place in the plot is the step and value that are drawn there", () => {
  for (const bare of [false, true]) {
    for (const n of [1, 4, 9]) {
      const plot = new Plot(Array.from({ length: n }, () => PLAIN), null, 50, bare);
      const channel = n - 1;
      const found = plot.at(plot.x(31), plot.y(channel, 1.5), n > 6 ? channel : null);
      assert.equal(found.channel, channel);
      assert.ok(Math.abs(found.step - 31) < 1e-9 && Math.abs(found.value - 1.5) < 1e-9);
    }
  }
});

const COLUMNS = [
  { ...LOG, name: "bytes", unit: "B", values: [] }, { name: "on", unit: "", center: 0, spread: 1, log: false, values: ["no", "yes"] },
  { name: "via", unit: "", center: 0, spread: 1, log: false, values: ["tcp", "udp", "icmp"] },
];
const records = renderer({ columns: COLUMNS, picture: { width: 96, height: 48 } });

test("a group of records is told by the columns that differ, the clearest first", () => {
  const inside = [[0, 1, 2], [0.2, 1, 2], [-0.2, 0, 2], [0, 1, 2]];
  const outside = [[0.1, 0, 0], [0, 1, 1], [-0.1, 0, 0], [0.1, 0, 1]];
  assert.deepEqual(records.summary(inside, outside).said, ["via = icmp: 100%, rest 0%", "on = yes: 75%, rest 25%"]);
  assert.deepEqual(records.summary(inside, []).said, []);
});

test("what does not fit is named with its value and its nats", () => {
  assert.equal(records.misfit([0.2, 9, 0.1], [0, 1, 2]), "Fits least: on = yes (9) of 9.3 nats of error.");
  assert.equal(records.misfit([0.2, 0.3, 0.1], [0, 1, 2]), "Every column fits: 0.6 nats of error in all.");
  assert.equal(records.hidden([0, 1, 2], [1, 0, 0]), "on = yes, via = icmp");
  const series = curves({ columns: [PLAIN], step: 3600, picture: { width: 96, height: 48 } }, [1, 4]);
  assert.equal(series.misfit([0, 0, 8, 1], [0, 0, 4, 0]), "Fits least at 2 hours (180 W): 8 of 9 nats of error.");
  assert.match(curves({ columns: [PLAIN], step: 1800, picture: {} }, [1, 336]).misfit(Float64Array.from({ length: 336 }, (_, t) => 9 * (t === 7)),
    new Float32Array(336)), /at 3.5 hours \(/, "a window of days is told by the hour where that is shorter");
  const { mean, spread, said } = series.summary([[0, 0, 0, 0], [2, 2, 2, 2]], [[0, 0, 0, 0]]);
  assert.deepEqual([[...mean], [...spread]], [[1, 1, 1, 1], [1, 1, 1, 1]]);
  assert.deepEqual(said, ["power: mean 120 W, rest 100 W"]);
});
