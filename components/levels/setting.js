// A slider for one number of what is shown: it reports every pointer event, and when the finger lifts.

import { element } from "../shared/kit/dom.js";
import { followPointer, partUnder } from "../shared/kit/pointer.js";
import { clamped } from "../shared/latent/latent_state.js";

const STEPS = 40; // presses of an arrow key from end to end

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.title  what it does, for a hover
 * @param {[number, number]} options.range
 * @param {boolean} [options.whole]  whether it takes whole numbers only
 * @param {number} [options.home]  where the Home key goes: the left end unless told
 * @param {() => number} options.read
 * @param {(value: number) => void} options.write
 * @param {() => void} options.settle
 * @param {(value: number) => string} options.text
 * @param {string} options.testid
 * @returns {{node: Element, show: () => void}}
 */
export function setting({ label, title, range, whole = false, home = range[0], read, write, settle, text, testid }) {
  const [low, high] = range;
  const to = (value) => {
    const next = clamped(whole ? Math.round(value) : value, range);
    if (next !== read()) write(next);
  };
  const input = element("input", {
    type: "range", min: low, max: high, step: whole ? 1 : "any", "aria-label": label, title, "data-testid": testid,
    // Pointers and keys are handled below; this is for assistive technology that sets the value.
    oninput: () => to(Number(input.value)),
    onchange: settle,
    onkeydown: (event) => {
      const by = whole ? 1 : (high - low) / STEPS;
      const targets = {
        ArrowRight: read() + by, ArrowUp: read() + by, ArrowLeft: read() - by, ArrowDown: read() - by,
        Home: home, End: high,
      };
      if (!(event.key in targets)) return;
      event.preventDefault();
      to(targets[event.key]);
      settle();
    },
  });
  followPointer(input, (event) => to(low + partUnder(input, event.clientX) * (high - low)), settle);
  const value = element("output", { class: "lv-value" });
  const node = element("label", { class: "lv-setting", title }, element("span", {}, label), input, value);
  const show = () => {
    const now = read();
    input.value = now;
    input.style.setProperty("--at", (now - low) / (high - low));
    value.textContent = text(now);
    input.setAttribute("aria-valuetext", value.textContent);
  };
  return { node, show };
}
