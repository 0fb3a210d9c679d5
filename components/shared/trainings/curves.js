// The curves of trainings, drawn by Plotly: a rerun changes them in place. curves.css gives them the page's colours.

import { serverUrl } from "../engine/server.js";
import { mountOnce, showError } from "../app/mounting.js";
import { element } from "../kit/dom.js";

const CONFIG = { displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };

export const mount = mountOnce(".lc", (root, data) => new Curves(root, data));

let loading = null;

/** Plotly, loaded once a page: its file is a script, not a module. */
function plotly(url) {
  loading ??= new Promise((resolve, reject) => {
    const script = element("script", {
      src: serverUrl(url),
      onload: () => resolve(window.Plotly),
      onerror: () => reject(new Error("Plotly did not arrive")),
    });
    document.head.append(script);
  });
  return loading;
}

class Curves {
  #closed = false;

  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.nodes = data.figures.map((figure) =>
      element("div", { class: "lc-figure", style: `height: ${figure.layout.height}px`, "data-figure": figure.id }),
    );
    this.note = element("p", { class: "lx-note" });
    root.dataset.testid = "curves";
    root.replaceChildren(this.note, ...this.nodes);
    this.#tell();
    this.widths = new ResizeObserver(() => this.#resize());
    plotly(data.plotly).then((Plotly) => this.#start(Plotly), (error) => showError(root, error));
  }

  close() {
    this.#closed = true;
    this.widths.disconnect();
    if (this.Plotly) this.nodes.forEach((node) => this.Plotly.purge(node));
  }

  /** A rerun: there may be new numbers. */
  follow(data) {
    const same = JSON.stringify(data.figures) === JSON.stringify(this.data.figures);
    this.data = data;
    this.#tell();
    if (!same) this.#draw();
  }

  #tell() {
    this.note.textContent = this.data.note;
    this.note.hidden = !this.data.note;
  }

  #start(Plotly) {
    if (this.#closed) return;
    this.Plotly = Plotly;
    this.#draw();
    this.nodes.forEach((node) => this.widths.observe(node));
  }

  #draw() {
    if (!this.Plotly || this.#closed) return;
    this.data.figures.forEach(({ data, layout }, i) =>
      this.Plotly.react(this.nodes[i], data, placed(layout, this.nodes[i]), CONFIG),
    );
  }

  #resize() {
    this.nodes.forEach((node) => {
      if (node.clientWidth && node.clientWidth !== node.layout?.width) {
        this.Plotly.relayout(node, { width: node.clientWidth });
      }
    });
  }
}

/** A layout in the font of its place, and as wide. */
function placed(layout, node) {
  const { fontFamily: family, fontSize } = getComputedStyle(node);
  const font = { family, size: 0.8 * Number.parseFloat(fontSize) };
  const clear = { paper_bgcolor: "transparent", plot_bgcolor: "transparent" };
  return { ...layout, ...clear, font, hoverlabel: { font: { family } }, width: node.clientWidth };
}
