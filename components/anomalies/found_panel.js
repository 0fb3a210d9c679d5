// What the threshold finds, in numbers: counts, ratios, events, and what its mistakes cost.

import { element } from "../shared/kit/dom.js";
import { labelled } from "../shared/kit/toolbar.js";
import { written } from "../shared/kinds/series/numbers.js";
import { duration } from "./series/times.js";

const PLACES = 3;

const percent = (part) => `${part && part < 0.01 ? (100 * part).toFixed(2) : (100 * part).toFixed(1)}%`;

export class FoundPanel {
  #updates = 0;

  /** @param {{unit: string, miss: number, alarm: number, costs: () => void}} options  `costs` is called when they change */
  constructor({ unit, miss, alarm, costs }) {
    Object.assign(this, { unit });
    const cell = (testid) => element("td", { "data-testid": testid });
    const head = (scope, text) => element("th", { scope }, text);
    this.cells = { tp: cell("tp"), fn: cell("fn"), fp: cell("fp"), tn: cell("tn") };
    const { tp, fn, fp, tn } = this.cells;
    this.headline = element("p", { class: "an-headline", "data-testid": "flagged" });
    this.table = element("table", { class: "an-matrix" },
      element("thead", {}, element("tr", {}, element("td", {}), head("col", "flagged"), head("col", "passes"))),
      element("tbody", {}, element("tr", {}, head("row", "anomaly"), tp, fn), element("tr", {}, head("row", "normal"), fp, tn)));
    this.ratios = element("dl", { class: "an-ratios" });
    this.values = {};
    for (const [key, name, title] of [
      ["precision", "Precision", "Of what is flagged, the share that is an anomaly"],
      ["recall", "Recall", "Of the anomalies, the share that is flagged"],
      ["f1", "F1", "The harmonic mean of precision and recall"],
    ]) this.ratios.append(element("div", { title }, element("dt", {}, name), (this.values[key] = element("dd", { "data-testid": key }))));
    this.time = element("p", { class: "an-time", "data-testid": "events" });
    const field = (name, value) => element("input", {
      type: "number", class: "lx-number", min: 0, step: "any", value, "aria-label": `What ${name} costs`, onchange: () => costs(), oninput: () => costs(),
    });
    [this.missField, this.alarmField] = [field("a miss", miss), field("a false alarm", alarm)];
    this.cost = element("output", { "data-testid": "cost" });
    this.costs = element("div", { class: "an-costs" }, labelled("A miss costs", this.missField), labelled("a false alarm", this.alarmField),
      element("p", {}, "so this line costs ", this.cost));
    this.node = element("section", { class: "an-found", "aria-label": "What the threshold finds", "data-testid": "found" },
      this.headline, this.table, this.ratios, this.time, this.costs);
  }

  /** What a miss and a false alarm cost; what is not a number is 0. */
  get prices() {
    return { miss: Math.max(0, Number(this.missField.value) || 0), alarm: Math.max(0, Number(this.alarmField.value) || 0) };
  }

  /** @returns {string} what was found, in a sentence */
  show(found, judged) {
    const { headline, table, ratios, time, costs, node, cells, values } = this;
    const share = percent(found.flagged / found.n);
    headline.textContent = `${found.flagged.toLocaleString("en")} of ${found.n.toLocaleString("en")} ${this.unit}s flagged (${share})`;
    table.hidden = ratios.hidden = costs.hidden = !judged.labelled;
    time.hidden = found.alarms === undefined;
    for (const [key, cell] of Object.entries(cells)) cell.textContent = found[key].toLocaleString("en");
    for (const [key, value] of Object.entries(values)) value.textContent = found[key].toFixed(PLACES);
    if (!time.hidden) {
      time.textContent = this.#inTime(found);
      time.dataset.found = JSON.stringify([found.events, found.caught, found.alarms, found.perDay, found.delay]);
    }
    const { miss, alarm } = this.prices;
    this.cost.textContent = written(judged.cost(found, miss, alarm));
    node.dataset.updates = ++this.#updates;
    const ends = judged.labelled ? `, precision ${found.precision.toFixed(2)}, recall ${found.recall.toFixed(2)}` : "";
    return `${written(found.threshold)} nats: ${found.flagged} flagged${ends}`;
  }

  #inTime({ events, caught, alarms, perDay, delay }) {
    const rate = perDay === null ? "" : `: ${perDay < 0.995 ? `one in ${alarms ? duration(86_400 / perDay) : "no time at all"}` : `${written(perDay)} a day`}`;
    const said = [`${alarms.toLocaleString("en")} false ${alarms === 1 ? "alarm" : "alarms"}${alarms ? rate : ""}`];
    if (!events) said[0] = said[0].replace("false ", "");
    if (events) said.unshift(`${caught} of ${events} ${events === 1 ? "event" : "events"} found${delay === null ? "" : `, on average ${delay ? `${duration(delay)} after it begins` : "at once"}`}`);
    return `${said.join("; ")}.`;
  }
}

/** The model beside scores that know nothing: what its numbers are worth. */
export class Beside {
  constructor() {
    this.rows = ["This model", "Random scores"].map((name) => {
      const cells = ["auc", "ap", "best", "here"].map((id) => element("td", { "data-measure": id }));
      return { node: element("tr", {}, element("th", { scope: "row" }, name), ...cells), cells };
    });
    const heads = [["", ""], ["AUC", "Area under the ROC curve; chance gives .5"], ["Average precision", "Area under precision over recall; chance gives the share of anomalies"],
      ["Best F1", "The highest of all thresholds, which only labels can tell"], ["F1 here", "At this line; of random scores, with as many flagged"]];
    this.note = element("p", { class: "an-small" });
    this.node = element("section", { class: "an-beside", "aria-label": "Beside random scores" },
      element("table", { "data-testid": "beside" }, element("thead", {}, element("tr", {}, ...heads.map(([text, title]) => (text ? element("th", { scope: "col", title }, text) : element("td", {}))))),
        element("tbody", {}, ...this.rows.map(({ node }) => node))), this.note);
  }

  show(judged) {
    this.node.hidden = !judged.labelled;
    if (!judged.labelled) return;
    this.random = judged.random;
    [judged, this.random].forEach(({ auc, averagePrecision, f1Best }, row) => {
      [auc, averagePrecision, f1Best.f1].forEach((value, i) => (this.rows[row].cells[i].textContent = value.toFixed(3)));
    });
    this.note.textContent = judged.events.length
      ? `Each of the ${judged.events.length} labelled events counts once, and nothing is adjusted: with “point adjustment”, as some papers count, random scores would reach an F1 of ${this.random.pointAdjusted.toFixed(3)} here.`
      : "";
  }

  move(found) {
    if (this.node.hidden) return;
    this.rows[0].cells[3].textContent = found.f1.toFixed(3);
    const { scores } = this.random;
    this.sorted ??= null;
    if (this.sortedOf !== this.random) [this.sortedOf, this.sorted] = [this.random, Float32Array.from(scores).sort()];
    const line = found.flagged ? this.sorted[this.sorted.length - found.flagged - 1] ?? -1 : 2;
    this.rows[1].cells[3].textContent = this.random.at(line).f1.toFixed(3);
  }
}
