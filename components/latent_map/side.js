// The buttons beside the map: where to start from, the example, what to take along, the film of a path.

import { element } from "../shared/kit/dom.js";
import { priorSample } from "../shared/engine/random.js";
import {
  actionRow, classPicker, copyLinkButton, historyButtons, labelled, resetButton, seedPicker,
} from "../shared/kit/toolbar.js";

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
  const random = seedPicker((seed) => state.go(priorSample(model.prior, seed)));
  const { number } = posterior;
  const parts = [
    actionRow("Actions", [random.button, number.button, copyLinkButton(link)], [
      element("div", { class: "lx-buttons" }, resetButton(state, model), ...historyButtons(state)),
      element("div", { class: "lx-buttons" }, labelled("Seed", random.field), labelled("Example", number.field)),
      element("div", { class: "lx-buttons" }, ...sending.nodes),
    ]),
    posterior.node,
    player.node,
  ];
  if (state.y) parts.unshift(classPicker(state, model.classes));
  return element("div", { class: "lm-actions" }, ...parts);
}
