// The buttons beside the map: where to start from, the example, what to take along, the film of a path.

import { classPicker } from "../shared/kit/class_picker.js";
import { element } from "../shared/kit/dom.js";
import { randomPicker } from "../shared/kit/sampler_choice.js";
import { actionRow, copyLinkButton, historyButtons, labelled, resetButton } from "../shared/kit/toolbar.js";

/**
 * @param {object} map
 * @param {import("../shared/latent/latent_state.js").LatentState} map.state
 * @param {object} map.model
 * @param {import("../shared/latent/posterior.js").PosteriorPanel} map.posterior
 * @param {import("../shared/latent/morph.js").MorphPlayer} map.player
 * @param {import("../shared/app/addresses/sending.js").Sending} map.sending
 * @param {import("../shared/kit/sampler_choice.js").SamplerChoice} map.samplers
 * @param {() => string} map.link  the address of what is seen
 */
export function sideActions({ state, model, posterior, player, sending, samplers, link }) {
  const random = randomPicker(samplers, () => state.y, (z) => state.go(z));
  const { number } = posterior;
  const parts = [
    actionRow("Actions", [random.node, number.button, copyLinkButton(link)], [
      element("div", { class: "lx-buttons" }, resetButton(state, model), ...historyButtons(state)),
      element("div", { class: "lx-buttons" }, labelled("Seed", random.field), labelled("Example", number.field)),
      element("div", { class: "lx-buttons" }, ...sending.nodes),
    ]),
    posterior.node,
    player.node,
  ];
  if (state.y) parts.unshift(classPicker(state, model));
  return element("div", { class: "lm-actions" }, ...parts);
}
