// What reads and writes symbols, by the name of its cell.

import * as attention from "./attention.js";
import * as recurrent from "./recurrent.js";

const CELLS = { gru: recurrent, lstm: recurrent, rnn: recurrent, transformer: attention };

/** The cell's `reader` and `writer`; undefined if the engine does not know it. */
export const cellOf = (name) => (Object.hasOwn(CELLS, name) ? CELLS[name] : undefined);
