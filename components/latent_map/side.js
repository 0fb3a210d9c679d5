// The buttons beside the map: where to start from, the example, what to take along, the film of a path.

import { element } from "../shared/kit/dom.js";
import { priorSample } from "../shared/engine/random.js";
import { button, classPicker, copyLinkButton, historyButtons, seedPicker } from "../shared/kit/toolbar.js";

/**
 * @param {object} map
 * @param {import("../shared/latent/latent_state.js").LatentState} map.state
 * @param {object} map.model
 * @param {import("../shared/latent/posterior.js").PosteriorPanel} map.posterior
 * @param {import("../shared/latent/morph.js").MorphPlayer} map.player
 * @param {import("../shared/app/sending.js").Sending} map.sending
 * @param {() => string} map.link  the address of what is seen
 */
export function sideActions({ state, model, posterior, player, sending, link }) {
  const [undo, redo, ...remembered] = historyButtons(state);
  const parts = [
    element("div", { class: "lx-buttons", role: "group", "aria-label": "Start from" },
      button("Reset", "Back to the middle of the latent space", () => state.go(model.origin)),
      seedPicker((seed) => state.go(priorSample(model.prior, seed))).node,
      undo, redo),
    posterior.node,
    element("div", { class: "lx-buttons" }, ...remembered, copyLinkButton(link), ...sending.nodes),
    player.node,
  ];
  if (state.y) parts.unshift(classPicker(state, model.classes));
  return element("div", { class: "lm-actions" }, ...parts);
}
