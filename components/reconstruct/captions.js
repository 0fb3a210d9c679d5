// What stands above the input and above the reconstruction.

/**
 * @param {"draw" | "upload" | "sent" | "example"} mode
 * @param {"plain" | "noise" | "hide"} tool
 * @param {object} offers  as offersOf (making.js) has it
 * @param {string} example  what a stored example is called
 */
export function nameInput(mode, tool, offers, example) {
  if (tool === "noise") return "What the model sees";
  if (tool === "hide") return offers.filling ? "Press a column to hide it" : "Paint over a part";
  return { draw: padName(offers), upload: "Model input", sent: "Your point, decoded", example }[mode];
}

function padName({ painting, typing, filling, sounding }) {
  return filling ? "You fill in" : painting && !sounding ? "You paint" : typing ? "You type" : "You draw";
}

/** @param {?object} hiding  what hides a part, if anything does @param {?object} words  of a kind that is read */
export function nameResult(hiding, words) {
  return hiding ? "Reconstruction, that part empty" : words ? "It writes a similar sentence" : "Reconstruction";
}

/** What was scored: the input with what was done to it. */
export function describeInput(unit, hiding, noise) {
  return hiding ? `the ${unit} with its hidden part empty` : noise ? `the ${unit} with ${noise}` : `the ${unit}`;
}
