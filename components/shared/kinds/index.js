// A kind of data a file: how an example is shown. Nothing outside this folder knows what an example is made of.
//
// Add one: a module here that exports `renderer(kind, shape)`; the kind's JSON (live.py) names the module, so a plug-in's
// may lie elsewhere. It runs in the worker, too, and so touches the document only in `view`, `legend` and the like.

/**
 * @typedef {object} Renderer
 * @property {?{width: number, height: number}} tile  pixels of a thumbnail; null for a kind without pictures
 * @property {?{columns: number, rows: number}} places  what a mask hides or shows, one flag each
 * @property {(values: ArrayLike<number>, rgba: Uint8ClampedArray) => void} paint  a thumbnail of an example as it is
 *   shown; `rgba` [tile.height·tile.width·4]
 * @property {string} form  what Python's model.decode gives, in words
 * @property {(values: ArrayLike<number>) => string} text  one line for lists and screen readers
 * @property {(values: ArrayLike<number>, beside: ?ArrayLike<number>) => Element} [line]  of a kind that is read, not looked
 *   at: an example as a line, in which what `beside` does not have is marked; strips then show lines
 * @property {(label: string, testid?: string) => View} view  the large view that follows the finger
 * @property {(bytes: Uint8Array) => Float32Array} fromRest  an example at rest, as the model takes it
 * @property {() => Node} [legend]  what its symbols mean, for a page to place
 * @property {boolean} [smooth]  whether its pictures are smoothed unless the user wants their pixels
 *
 * What only some kinds can do; a page offers what is there:
 * @property {(values: ArrayLike<number>) => string} [asText]  a text file of it, which the kind's `read` reads again
 * @property {number} [background]  the value of an empty place
 * @property {Painting} [painting]  where each place holds one of a few values
 * @property {{read: (typed: string) => {values: ?Float32Array, said: string}}} [typing]  see
 *   bring/type_pad.js
 * @property {(values: ArrayLike<number>, again: ArrayLike<number>) => {places: Uint8Array, sentence: string}} [changed]
 *   which places differ, 1 each, and how many in words
 * @property {(ink: Float32Array, side: number, look: object) => Float32Array} [fromDrawing]  see drawing.js
 * @property {(values: Float32Array, settings: object) => Float32Array} [disturbed]  see noise.js
 * @property {(values: Float32Array, again: Float32Array, absolute: boolean, rgba: Uint8ClampedArray) => void}
 *   [paintDifference]  see heat_map.js
 *
 * @typedef {object} Painting  see bring/tile_pad.js
 * @property {{name: string}[]} brushes  by the value that each puts down
 * @property {{pixels: Uint8ClampedArray, count: number, width: number, height: number}} pictures  of the brushes
 * @property {() => Float32Array} start  what lies there before the first stroke
 * @property {{text: string, title: string, apply: (values: Float32Array) => Float32Array}[]} layers  at a press
 *
 * @typedef {object} View
 * @property {Element} node
 * @property {HTMLCanvasElement} canvas  carries `data-frames` and `data-z`
 * @property {HTMLCanvasElement} picture  what is saved as a PNG file
 * @property {(values: ArrayLike<number>) => void} show
 * @property {(picture: ImageData) => void} showPicture  as Python drew it, where the page cannot decode
 * @property {() => void} [settle]  the movement has ended: say what is there
 */

export { loadRenderer } from "../engine/renderers.js";
