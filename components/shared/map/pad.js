// The map's surface: pointers, wheel and keys, turned into places on the map.

import { element } from "../kit/dom.js";
import { FASTER, NUDGE } from "../latent/slider.js";
import { onMove } from "../kit/pointer.js";

const CLICK_PX = 4; // a press that moves less is a click
const ZOOM_STEP = 1.4; // of a key or a button
const WHEEL_LINE_PX = 16;
const HELP = "Arrow keys move the point, with Shift faster; Home goes to the middle. Plus and minus zoom, 0 shows all.";

/**
 * @typedef {object} Tool  what a pressed pointer does; a place is [x, y], parts of the window from the left and the bottom
 * @property {(place: number[]) => void} start
 * @property {(place: number[]) => void} move
 * @property {(place: number[], clicked: boolean) => void} end
 * @property {string} [invitation]  what to do with it, shown on the map until it is done
 */

export class MapPad {
  #pointers = new Map(); // those that are down: where, in client pixels
  #gesture = null;

  /**
   * @param {object} options
   * @param {Object<string, Tool>} options.tools  by name; "pan" is the pad's own
   * @param {(place: ?number[]) => void} options.hover  a pointer that is not pressed; null when it leaves
   * @param {(step: number[]) => void} options.nudge  arrow keys, in parts of the window
   * @param {Object<string, () => void>} options.keys  further keys, by name
   * @param {(factor: number, place: ?number[]) => void} options.zoom  around the chosen point where `place` is null
   * @param {(dx: number, dy: number) => void} options.pan
   * @param {() => void} options.reset  show everything
   * @param {Node[]} options.layers
   * @param {string} options.testId
   * @param {string} options.help  what keys do, for a screen reader
   */
  constructor({ testId = "latent-pad", help: text = HELP, ...options }) {
    Object.assign(this, options);
    this.tool = "point";
    const help = element("p", { class: "lm-hidden", id: `${testId}-help` }, text);
    this.invitation = element("p", { class: "lm-invitation", role: "status", hidden: true });
    this.node = element("div", {
      class: "lm-pad", "data-testid": testId, tabindex: 0, role: "application",
      "aria-roledescription": "map", "aria-describedby": help.id,
      onpointerdown: (event) => this.#press(event),
      onpointerleave: (event) => this.#gesture || event.pointerType === "touch" || this.hover(null),
      onlostpointercapture: (event) => this.#lift(event),
      onkeydown: (event) => this.#key(event),
      ondblclick: () => this.tool !== "path" && this.reset(),
    }, ...this.layers, help, this.invitation);
    onMove(this.node, (event) => this.#move(event));
    this.node.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  use(tool) {
    this.tool = tool;
    this.node.dataset.tool = tool;
    const { invitation } = this.tools[tool] ?? {};
    this.invitation.hidden = !invitation;
    this.invitation.textContent = invitation ?? "";
  }

  zoomStep(steps) {
    this.zoom(ZOOM_STEP ** steps, null);
  }

  #place({ x, y }, clamped = true) {
    const box = this.node.getBoundingClientRect();
    // Inside the border, as the layers are.
    const place = [
      (x - box.left - this.node.clientLeft) / this.node.clientWidth,
      1 - (y - box.top - this.node.clientTop) / this.node.clientHeight,
    ];
    return clamped ? place.map((part) => Math.min(1, Math.max(0, part))) : place;
  }

  #press(event) {
    if (event.button > 1) return;
    event.preventDefault(); // no text selection, no scrolling by the middle button
    this.invitation.hidden = true;
    this.node.focus({ preventScroll: true });
    this.node.setPointerCapture(event.pointerId);
    const at = { x: event.clientX, y: event.clientY };
    this.#pointers.set(event.pointerId, at);
    if (this.#pointers.size === 2) {
      this.#end(false);
      this.#gesture = { kind: "pinch", ...this.#fingers() };
    } else if (this.#pointers.size === 1) {
      const panning = this.tool === "pan" || event.button === 1 || event.shiftKey || event.altKey;
      this.#gesture = { kind: panning ? "pan" : "tool", start: at, at, moved: false };
      this.node.classList.toggle("lm-panning", panning);
      if (!panning) this.tools[this.tool].start(this.#place(at));
    }
  }

  #move(event) {
    const at = { x: event.clientX, y: event.clientY };
    if (!this.#pointers.has(event.pointerId)) {
      if (event.buttons === 0 && event.pointerType !== "touch") this.hover(this.tool === "pan" ? null : this.#place(at));
      return;
    }
    this.#pointers.set(event.pointerId, at);
    const gesture = this.#gesture;
    if (!gesture) return;
    if (gesture.kind === "pinch") return this.#pinch(gesture);
    gesture.moved ||= Math.hypot(at.x - gesture.start.x, at.y - gesture.start.y) >= CLICK_PX;
    if (gesture.kind === "tool") this.tools[this.tool].move(this.#place(at));
    else if (event.type === "pointermove") this.#panBetween(gesture.at, at);
    else return;
    gesture.at = at;
  }

  #lift(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    if (this.#gesture?.kind !== "pinch") this.#end(true);
    else if (!this.#pointers.size) this.#gesture = null; // one finger of a pinch that stays chooses nothing
  }

  #end(lifted) {
    const gesture = this.#gesture;
    this.#gesture = null;
    this.node.classList.remove("lm-panning");
    if (gesture?.kind === "tool") this.tools[this.tool].end(this.#place(gesture.at), lifted && !gesture.moved);
  }

  #fingers() {
    const [a, b] = [...this.#pointers.values()];
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  }

  #pinch(gesture) {
    if (this.#pointers.size < 2) return;
    const { middle, apart } = this.#fingers();
    this.#panBetween(gesture.middle, middle);
    if (gesture.apart > 0) this.zoom(apart / gesture.apart, this.#place(middle, false));
    Object.assign(gesture, { middle, apart });
  }

  #panBetween(from, to) {
    this.pan((to.x - from.x) / this.node.clientWidth, (from.y - to.y) / this.node.clientHeight);
  }

  #wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE_PX : 1);
    const speed = event.ctrlKey ? 0.01 : 0.0016; // with Ctrl: a pinch on a touch pad
    const factor = Math.min(2, Math.max(0.5, Math.exp(-speed * pixels)));
    this.zoom(factor, this.#place({ x: event.clientX, y: event.clientY }));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey) return;
    const step = NUDGE * (event.shiftKey ? FASTER : 1);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.key in moves) {
      if (this.tool === "pan") this.pan(...moves[event.key].map((part) => -part));
      else this.nudge(moves[event.key]);
    } else if (event.key === "+" || event.key === "=") this.zoomStep(1);
    else if (event.key === "-" || event.key === "_") this.zoomStep(-1);
    else if (event.key === "0") this.reset();
    else if (event.key in this.keys) this.keys[event.key]();
    else return;
    event.preventDefault();
  }
}
