// The Projection page's component: one or two maps of the stored examples, and what lies under the pointer. Everything
// that follows it happens here; Python hears of a point, a view or a named group.

import { fetchTensors } from "../shared/latent/decoded_view.js";
import { labelOf } from "../shared/engine/condition.js";
import { element } from "../shared/kit/dom.js";
import { ExamplePictures } from "../shared/bring/example_pictures.js";
import { showAddress } from "../shared/app/addresses/address.js";
import { linkTo } from "../shared/kit/exporting.js";
import { classLegend } from "../shared/map/controls.js";
import { CONTOURS, mapToolbar, PAN } from "../shared/map/toolbar.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { PointColors } from "./colors.js";
import { ProjectionMap } from "./map.js";
import { OwnPictures } from "./own.js";
import { ChosenPoint } from "./point.js";
import { SelectionPanel } from "./selection.js";
import { HoverPicture, NEIGHBOURS, NeighbourStrip } from "./side.js";
import { SolidMap } from "./solid.js";
import { nearestRows } from "./space.js";
import { actionRow, copyLinkButton, examplePicker, historyButtons, labelled, undoKeys } from "../shared/kit/toolbar.js";

const TOOLS = [
  ["point", "Point", "Click or drag: choose a place, also between the points. Click near a point: choose that example"],
  PAN,
  ["lasso", "Lasso", "Draw around points: see them as a contact sheet. Click: end the selection"],
  ["box", "Box", "Drag a box over points: see them as a contact sheet. Click: end the selection"],
];
const LAYERS = [["points", "Points", "The stored examples"], CONTOURS];

const urls = (maps) => maps.map(({ url }) => url).join();

class Projections extends Scene {
  maps = [];
  settings = { layers: new Set(["points"]), hidden: new Set(), colors: null, selected: null };

  async load() {
    const { model, data, view } = this;
    const maps = this.#makeMaps(data.maps);
    this.colors = new PointColors(model, data.colors, () => {
      this.#recolor();
      this.#settled();
    });
    const colored = this.colors.start();
    await view.loadLatents();
    if (this.closed) return;
    this.labels = view.latents.get("y").data;
    this.point = new ChosenPoint(view, data.point);
    const choose = (index) => this.point.chooseExample(index);
    this.pictures = new ExamplePictures(view, data.originals);
    this.hover = new HoverPicture(this.pictures, model);
    this.neighbours = new NeighbourStrip(this.pictures, model, choose, (count) => this.#select(this.#nearest(this.point.z, count)));
    this.selection = new SelectionPanel({
      pictures: this.pictures, model, chosen: choose, cleared: () => this.#select(null),
      named: (name) =>
        this.ask("named", { name, examples: this.selection.indices, points: this.selectedOwn.map(({ z }) => z) }),
    });
    this.own = new OwnPictures(view.renderer, (own) => this.point.chooseOwn(own));
    this.#buildPage();
    const [made] = await Promise.all([maps, colored]);
    if (this.closed) return made.forEach((map) => map.close());
    this.own.follow(data.own);
    this.#placeMaps(made, data.maps.map(({ window }) => window));
    this.settings.colors = this.colors.colors;
    this.#showBelieve();
    await view.load(); // the maps are there before anything can be decoded
  }

  build() {
    this.point.addEventListener("change", () => this.#draw());
    this.point.addEventListener("rest", () => this.#rested());
    undoKeys(this.root, this.point.state);
    this.opening = true; // what is opened need not be told
    this.#open();
    this.opening = false;
  }

  /** Show what the link names; else the first image. */
  #open() {
    const { data, point, maps: [map] } = this;
    const { z, label, example } = data.point;
    if (data.own.length) this.own.chooseLast();
    else if (z && data.place && map) point.keepAt(map, data.place, z);
    else if (z) point.chooseVector(z, label, example);
    else point.chooseExample(example ?? 0);
  }

  close() {
    super.close();
    this.maps.forEach((map) => map.close());
    this.solid?.close();
  }

  /** Other maps, further pictures of the user's own, or an answer. */
  async update(data, before) {
    if (data === before) return;
    if (data.said.id !== before.said.id) this.selection.setNote(data.said.text);
    this.#showBelieve();
    const others = urls(data.maps) !== urls(this.maps);
    if (others) {
      const made = await this.#makeMaps(data.maps);
      if (this.closed || urls(this.data.maps) !== urls(made)) return;
      this.#placeMaps(made, made.map(({ url }, i) => (this.maps[i]?.url === url ? this.maps[i].window.values : null)));
    }
    this.maps.forEach((map, i) => this.point.setWay(map, data.maps[i].way));
    this.words.textContent = this.point.inWords;
    const more = this.own.follow(data.own);
    this.point.followOwn(data.own);
    this.#showOwn();
    if (more) this.own.chooseLast();
    else if (others) {
      this.#draw();
      this.#rested(); // the new maps' windows and neighbours
    }
  }

  // What is on the screen

  async #makeMaps(maps) {
    const tensors = await Promise.all(maps.map(({ url }) => fetchTensors(url)));
    await this.view.loadLatents();
    const [mu, y] = [this.view.latents.get("mu"), this.view.latents.get("y").data];
    const ready = (work) => (...what) => this.built && work(...what); // maps are there before what decodes
    const on = {
      moved: ready((place, map) => this.point.keepAt(map, place, map.space.inverse(place), false)),
      settled: ready((place, index, map) => {
        if (index !== null) this.point.chooseExample(index);
        else this.point.keepAt(map, place, map.space.inverse(place));
      }),
      hovered: ready((index, part, map) => this.#hovered(index, part, map)),
      selected: ready((indices, around, map) => this.#select(indices, this.own.inside(around, map.slot))),
      cleared: ready(() => this.#select(null)),
    };
    const { classes, colors } = this.model;
    const examples = { mu, y, classes, colors };
    return maps.map((map, i) => new ProjectionMap(map, tensors[i], examples, this.settings, on));
  }

  #placeMaps(maps, windows) {
    this.maps.forEach((map) => map.close());
    this.maps = maps;
    this.place.replaceChildren(...maps.map(({ node }) => node));
    this.root.dataset.maps = maps.length;
    maps.forEach((map, i) => {
      map.open(windows[i]);
      map.pad.use(this.tool ?? "point");
      map.addEventListener("view", () => this.#settled());
    });
    this.toolbar.hidden = this.legend.hidden = !maps.length;
    if (this.data.solid && !this.solid) this.solid = new SolidMap((index) => this.point.chooseExample(index), (index, place) => {
      if (index === null) this.hover.hide();
      else this.hover.show(index, place, this.labels);
    });
    this.#showOwn();
  }

  #buildPage() {
    const { model, settings, view } = this;
    this.place = element("div", { class: "pj-maps" });
    this.legend = classLegend(model, settings.hidden, () => this.#redraw());
    this.toolbar = mapToolbar({
      tools: TOOLS,
      useTool: (tool) => {
        this.tool = tool;
        this.maps.forEach((map) => map.pad.use(tool));
        this.hover.hide();
      },
      layers: model.classes.length ? LAYERS : [], // contours are drawn of classes; points alone need no switch
      shown: settings.layers,
      layersChanged: () => this.#redraw(),
      zoom: {
        zoomIn: () => this.maps.forEach((map) => map.pad.zoomStep(1)),
        zoomOut: () => this.maps.forEach((map) => map.pad.zoomStep(-1)),
        reset: () => this.maps.forEach((map) => map.pad.reset()),
      },
    });
    this.believe = element("section", { class: "pj-believe", "aria-label": "How far to believe it", "data-testid": "believe" });
    this.words = element("p", { class: "pj-words", role: "status", "data-testid": "chosen" });
    this.number = examplePicker(view.examples, (index) => this.point.chooseExample(index), model.kind.unit);
    const [open, ...sending] = this.sending.nodes;
    this.root.replaceChildren(
      element("div", { class: "pj-left" }, this.toolbar, this.place,
        element("div", { class: "pj-below" }, this.colors.node, this.legend)),
      element("div", { class: "pj-side" }, element("div", { class: "pj-point" }, this.words, view.node), this.selection.node,
        actionRow("Actions", [this.number.button, open, copyLinkButton(() => this.#link())], [
          element("div", { class: "lx-buttons" }, ...historyButtons(this.point.state), labelled("Example", this.number.field)),
          element("div", { class: "lx-buttons" }, ...sending),
        ]),
        this.neighbours.node),
      this.believe,
      this.hover.node,
    );
  }

  /** How far the maps can be believed, in Python's words. */
  #showBelieve() {
    const maps = this.data.believe;
    if (!maps) return;
    const several = maps.length > 1;
    this.believe.replaceChildren(element("h3", { class: "pj-title" }, "How far to believe it"), ...maps.map(({ title, sentences }) =>
      element("div", {}, ...(several ? [element("strong", {}, title)] : []), ...sentences.map((text) => element("p", {}, text)))));
  }

  #recolor() {
    this.settings.colors = this.colors.colors;
    this.#redraw();
  }

  #redraw() {
    this.maps.forEach((map) => map.redraw());
  }

  #showOwn() {
    this.maps.forEach((map) => map.showOwn(this.own.on(map.slot)));
  }

  // The chosen point

  #draw() {
    const { point } = this;
    this.view.draw(point.z, point.y);
    this.maps.forEach((map) => map.showPoint(point.placeOn(map), point.inWords));
  }

  #rested() {
    const { point } = this;
    this.number.set(point.example);
    const near = this.#nearest(point.z, NEIGHBOURS + 1).filter((index) => index !== point.example).slice(0, NEIGHBOURS);
    this.maps.forEach((map) => map.showRings(near));
    this.neighbours.show(near, this.labels).catch((error) => this.view.setHint(error.message));
    this.words.textContent = point.inWords;
    this.#settled();
  }

  #nearest(z, count) {
    const { data, shape } = this.view.latents.get("mu");
    return nearestRows(data, shape[1], z, count).map(({ n }) => n);
  }

  /** A passing pointer only shows what lies under it; the chosen point stays. */
  #hovered(index, part, map) {
    if (index === null) this.hover.hide();
    else {
      const box = map.pad.node.getBoundingClientRect();
      const at = { left: box.left + part[0] * box.width, top: box.top + (1 - part[1]) * box.height };
      this.hover.show(index, at, this.labels).catch((error) => this.view.setHint(error.message));
    }
    map.pad.node.classList.toggle("pj-near", index !== null);
  }

  // Selection

  #select(indices, own = []) {
    const none = indices === null || indices.length + own.length === 0;
    this.selectedOwn = own;
    this.settings.selected = none ? null : new Uint8Array(this.labels.length);
    if (none) this.selection.hide();
    else {
      for (const index of indices) this.settings.selected[index] = 1;
      this.selection.show(indices, own, this.labels).catch((error) => this.selection.setNote(error.message));
    }
    this.root.dataset.selected = none ? 0 : indices.length;
    this.#redraw();
  }

  // What is taken along

  #settled() {
    this.sending.show(this.#point());
    if (this.opening) return;
    showAddress(this.#link());
    this.reportSoon("settled", () => ({ point: this.#point(), seen: this.#seen() }));
  }

  #point() {
    const { z, y, example } = this.point;
    return { z, label: labelOf(y), example };
  }

  /** What of the view differs from what the page shows by itself. */
  #seen() {
    const [a = null, b = null] = this.maps.map(({ window }) => (!window || window.isHome ? null : window.values));
    const { kept } = this.point;
    const place = kept && kept.url === this.maps[0]?.url ? kept.place : null;
    return { color: this.colors.current === this.colors.usual ? null : this.colors.current, window: a, window_beside: b, place };
  }

  #link() {
    const { z, label, example } = this.#point();
    const { color, window, window_beside, place } = this.#seen();
    return linkTo(location.pathname, {
      checkpoint: this.model.name, ...this.data.asked, y: label, z: z.join(","), example, color, window,
      "window-beside": window_beside, place,
    });
  }
}

export const mount = mountScene(".pj", Projections);
