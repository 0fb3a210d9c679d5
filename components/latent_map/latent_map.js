// The Latent map page's component: a plane of the latent space under the pointer. Everything that follows it happens
// here; Python hears of a point or a view when the movement ends.

import { dimensionAxes, directionAxes } from "../shared/latent/axes.js";
import { labelOf } from "../shared/engine/condition.js";
import { element } from "../shared/kit/dom.js";
import { showAddress } from "../shared/app/addresses/address.js";
import { linkTo } from "../shared/kit/exporting.js";
import { LatentState, rounded } from "../shared/latent/latent_state.js";
import { axisPickers, classLegend, gridControls, viewMenu } from "../shared/map/controls.js";
import { CONTOURS, mapToolbar, PAN } from "../shared/map/toolbar.js";
import { PathTool } from "./path.js";
import { sideActions } from "./side.js";
import { MapStage } from "./stage.js";
import { mountScene, Scene } from "../shared/latent/scene.js";
import { PosteriorPanel } from "../shared/latent/posterior.js";
import { undoKeys } from "../shared/kit/toolbar.js";

const SIZE = 15; // tiles along a side, unless the link says otherwise
const [FEW, FEWER] = [5, 3]; // labels, where the model writes; and on a phone
const [SOME, WIDE] = [7, 80]; // of piano rolls
const SHOWN = ["grid"]; // layers, unless the link says otherwise
const TOOLS = [
  ["point", "Point", "Click or drag: choose a point. Click near an example's point: choose that example"],
  PAN,
  ["path", "Path", "Drag: draw a path, which becomes a film. Click, or Enter: add a corner. Escape: remove"],
];
const LAYERS = [
  ["grid", "Grid", "What the decoder draws at each place"],
  ["points", "Points", "The held-out examples, where the encoder puts them, coloured by class"],
  CONTOURS,
];
const NEAR_PX = 10; // how far from an image's point a click may be

class LatentMap extends Scene {
  #hovering = false;

  constructor(...given) {
    super(...given);
    const { data } = this;
    const { dimensions, directions, center, origin, kind } = this.model;
    this.hasPrior = dimensions[0].kl !== null;
    const byNumber = [...dimensions].sort((a, b) => a.index - b.index);
    this.axes = [...dimensionAxes(byNumber, origin, kind.unit), ...directionAxes(directions, center, origin, this.hasPrior)];
    // Of many dimensions, the two that carry most.
    this.firstAxes = (dimensions.length === 2 ? byNumber : dimensions).slice(0, 2).map(({ index }) => String(index));
    this.firstSpacing = this.hasPrior ? "normal" : "linear";
    const { grid, spacing, layers, hidden, fade } = data.view;
    this.spacing = this.hasPrior ? spacing ?? this.firstSpacing : "linear";
    this.settings = {
      size: grid,
      fade: fade ?? true,
      layers: new Set((layers ?? SHOWN).filter((layer) => layer !== "none")),
      hidden: new Set(hidden),
    };
  }

  build() {
    const { view, data } = this;
    this.settings.size ??= this.#usualSize;
    const { z, y, example, given } = this.firstPoint;
    const state = (this.state = new LatentState(z, y));
    this.path = this.#makePath();
    this.stage = this.#makeStage();
    this.posterior = new PosteriorPanel(state, view, {
      changed: () => this.stage.redraw(),
      settled: () => this.#settled(),
      zoom: () => this.#zoomToPosterior(),
    });
    this.posterior.show(given ? example : null);
    this.#build();
    const axes = (data.view.axes ?? this.firstAxes).map((id) => this.axes.find((axis) => axis.id === id));
    this.#lookAlong(axes, data.view.window);
    if (data.view.path) this.path.open(data.view.path);
    undoKeys(this.root, state);
    state.addEventListener("change", () => this.#changed());
    state.addEventListener("settle", () => this.#settled());
    this.stage.addEventListener("view", () => this.#settled());
    this.samplers.addEventListener("change", () => showAddress(this.#link()));
    this.#changed();
    this.sending.show(this.#point());
  }

  close() {
    super.close();
    this.path?.player.stop();
    this.stage?.close();
    this.stopTiming?.();
  }

  // What is on the screen

  #makePath() {
    const { state, model, data } = this;
    return new PathTool({
      valueAt: (place) => this.stage.window.valueAt(place),
      show: (point) => state.assign(this.stage.plane.at(point)),
      settle: () => state.settle(),
      changed: () => this.stage?.redraw(),
      edited: () => this.stage?.plane && this.#settled(),
      request: (points) => ({
        checkpoint: model.name, points: points.map((point) => this.stage.plane.at(point).map(rounded)), y: state.y,
      }),
      url: data.animation_url,
    });
  }

  #makeStage() {
    const { state, path } = this;
    const go = (place) => {
      this.#hovering = false;
      state.assign(this.stage.at(place));
    };
    const point = {
      start: (place) => {
        path.player.stop();
        go(place);
      },
      move: go,
      end: (place, clicked) => {
        if (!(clicked && this.#chooseNear(place, NEAR_PX))) state.settle();
      },
    };
    /** Go to coordinates on the map's axes, and see them. */
    const walk = (coordinates) => {
      path.player.stop();
      this.stage.window.include(coordinates);
      state.go(this.stage.plane.at(coordinates));
    };
    const pad = {
      tools: { point, path },
      hover: (place) => this.#hover(place),
      nudge: (step) => {
        const { plane, window } = this.stage;
        walk(window.valueAt(window.partOf(plane.read(state.z)).map((part, i) => part + step[i])));
      },
      keys: {
        Home: () => walk(this.stage.plane.axes.map((axis) => axis.home)),
        Enter: () => {
          if (this.stage.pad.tool === "path") path.addCorner(this.stage.plane.read(state.z));
          else this.#chooseNear(this.stage.cursor, Infinity);
        },
        Escape: () => path.clear(),
      },
    };
    const mark = (marks, { window, plane }) => {
      marks.showPosterior(window, this.posterior.on(plane));
      path.drawOn(marks, window);
    };
    return new MapStage({ view: this.view, state, settings: this.settings, pad, mark });
  }

  #build() {
    const { state, model, stage, settings, posterior, path: { player } } = this;
    const { pad } = stage;
    this.legend = classLegend(model, settings.hidden, () => {
      stage.redraw();
      this.#settled();
    });
    this.axisChoice = element("span", { class: "lm-pickers" });
    const toolbar = mapToolbar({
      tools: TOOLS,
      useTool: (tool) => pad.use(tool),
      layers: LAYERS,
      shown: settings.layers,
      layersChanged: () => {
        this.#showLayers();
        this.#settled();
      },
      zoom: { zoomIn: () => pad.zoomStep(1), zoomOut: () => pad.zoomStep(-1), reset: () => pad.reset() },
    });
    const grid = gridControls({
      size: settings.size, spacing: this.spacing, hasPrior: this.hasPrior,
      sized: (size) => {
        settings.size = size;
        stage.drawGridSoon();
        this.#settled();
      },
      spaced: (spacing) => {
        this.spacing = spacing;
        this.#lookAlong(stage.plane.axes);
        this.#settled();
      },
    });
    const looks = viewMenu(this.root, this.view, settings.fade, (fade) => {
      settings.fade = fade;
      stage.drawGrid();
      this.#settled();
    });
    this.stopTiming = looks.stop;
    const { sending, samplers } = this;
    const actions = sideActions({ state, model, posterior, player, sending, samplers, link: () => this.#link() });
    this.root.replaceChildren(
      element("div", { class: "lm-map" }, toolbar, stage.node,
        element("div", { class: "lm-settings" }, this.axisChoice, ...grid, looks.node), this.legend),
      element("div", { class: "lm-side" }, this.view.node, actions),
    );
    this.#showLayers();
  }

  #showLayers() {
    const { layers } = this.settings;
    this.legend.hidden = !(layers.has("points") || layers.has("contours"));
    this.stage.showLayers();
  }

  /** Show the plane of two axes, through the chosen point. */
  #lookAlong(axes, values) {
    if (axes.some((axis, i) => axis !== this.stage.plane?.axes[i])) {
      this.path.clear();
      if (this.model.latent_dim > 2) this.axisChoice.replaceChildren(...axisPickers(this.axes, axes, (pair) => {
        this.#lookAlong(pair);
        this.#settled();
      }));
    }
    this.stage.lookAlong(axes, this.spacing, values);
  }

  // What follows the point

  #changed() {
    this.view.draw(this.state.z, this.state.y);
    this.stage.follow();
  }

  /** A passing pointer only shows what lies under it; the chosen point stays. */
  #hover(place) {
    if (this.path.player.playing || (!place && !this.#hovering)) return;
    this.#hovering = Boolean(place);
    const z = place ? this.stage.at(place).map(rounded) : this.state.z;
    if (z.some((value, i) => value !== this.view.z[i])) this.view.draw(z, this.state.y);
  }

  #chooseNear(place, pixels) {
    const nearest = this.stage.nearest(place, pixels);
    if (nearest === null) return false;
    this.posterior.choose(nearest);
    return true;
  }

  #zoomToPosterior() {
    const { mean, ellipse } = this.posterior.on(this.stage.plane);
    const widest = Math.max(...Array.from({ length: 36 }, (_, i) => Math.hypot(...ellipse((i * Math.PI) / 18))));
    this.stage.window.focus(mean, 3 * widest);
  }

  // What is taken along

  #settled() {
    this.sending.show(this.#point());
    showAddress(this.#link());
    this.reportSoon("settled", () => ({ point: this.#point(), map: this.#mapParameters() }));
  }

  #point() {
    const { z, y } = this.state;
    return { z, label: labelOf(y), example: this.posterior.index };
  }

  get #usualSize() {
    const { tile: { width }, line } = this.view.renderer;
    if (line) return matchMedia("(max-width: 760px)").matches ? FEWER : FEW;
    return width > WIDE ? SOME : SIZE;
  }

  /** What of the view differs from what the page shows by itself. */
  #mapParameters() {
    const { plane, window } = this.stage;
    const { size, layers, hidden, fade } = this.settings;
    const unless = (usual, value) => (String(value) === String(usual) ? null : value);
    return {
      axes: unless(this.firstAxes, plane.axes.map((axis) => axis.id)),
      grid: unless(this.#usualSize, size),
      spacing: unless(this.firstSpacing, this.spacing),
      window: window.isHome ? null : window.values,
      layers: unless(SHOWN, layers.size ? [...layers] : ["none"]),
      hidden: unless("", [...hidden].sort((a, b) => a - b)),
      path: this.path.inShort,
      fade: fade ? null : false,
    };
  }

  #link() {
    const { z, label, example } = this.#point();
    const point = { checkpoint: this.model.name, y: label, z: z.join(","), example, sampler: this.samplers.linked };
    const { hidden, path, fade, ...map } = this.#mapParameters();
    return linkTo(location.pathname, { ...point, ...map, hide: hidden, path: path?.flat(), fade: fade === false ? "off" : null });
  }
}

export const mount = mountScene(".lm", LatentMap);
