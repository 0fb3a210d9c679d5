// A kind of data a file: how an example is shown. Nothing outside this folder knows what an example is made of.
//
// Add one: a module here that exports `renderer(kind, shape)`; the kind's JSON (live.py) names the module, so a plug-in's
// may lie elsewhere. It runs in the worker, too, and so touches the document only in `view`, `legend` and the like.

/**
 * @typedef {object} Renderer
 * @property {?{width: number, height: number}} tile  pixels of a thumbnail; null for a kind without pictures
 * @property {?Places} places  what a mask hides or shows, one flag each
 * @property {(values: ArrayLike<number>, rgba: Uint8ClampedArray) => void} paint  a thumbnail of an example as it is
 *   shown; `rgba` [tile.height·tile.width·4]
 * @property {string} form  what Python's model.decode gives, in words
 * @property {(values: ArrayLike<number>) => string} text  one line for lists and screen readers
 * @property {(values: ArrayLike<number>, beside: ?ArrayLike<number>) => Element} [line]  of a kind that is read, not looked
 *   at: an example as a line, in which what `beside` does not have is marked; strips then show lines
 * @property {(label: string, testid?: string, how?: {apart?: boolean, places?: boolean, still?: boolean}) => View} view  the large view that
 *   follows the finger; `apart`: without its `controls`, for a page to place; `places`: it shows what a mask hides or shows,
 *   where a picture does not; `still`: what changes in it is not marked
 * @property {(bytes: Uint8Array) => Float32Array} fromRest  an example at rest, as the model takes it
 * @property {() => Node} [legend]  what its symbols mean, for a page to place
 * @property {boolean} [paper]  whether its pictures are light, and lie on the page's own ground
 * @property {boolean} [smooth]  whether its pictures are smoothed unless the user wants their pixels
 *
 * What only some kinds can do; a page offers what is there:
 * @property {(given: ArrayLike<number>[], values: ArrayLike<number>) => {kept: number, of: number}} [inCommon]  of the
 *   words of several examples, how many stand in another one
 * @property {(values: ArrayLike<number>) => string} [asText]  a text file of it, which the kind's `read` reads again
 * @property {number} [background]  the value of an empty place
 * @property {Painting} [painting]  where each place holds one of a few values
 * @property {{read: (typed: string) => {values: ?Float32Array, words: ?string[], said: string}}} [typing]  see
 *   bring/type_pad.js
 * @property {Reading} [reading]  of a kind that is read word by word
 * @property {(values: ArrayLike<number>, again: ArrayLike<number>) => {places: Uint8Array, sentence: string}} [changed]
 *   which places differ, 1 each, and how many in words
 * @property {(costs: Float64Array, values: ArrayLike<number>) => string} [misfit]  which of an example's values fit least, in
 *   words; its view then marks them (`blame`)
 * @property {(values: ArrayLike<number>, visible: ArrayLike<number>) => string} [hidden]  what stands in the places that are
 *   not visible, in words
 * @property {(inside: ArrayLike<number>[], outside: ArrayLike<number>[]) => {said: string[], mean?: Float32Array,
 *   spread?: Float32Array}} [summary]  what some examples have in common that others do not
 * @property {object} [sketching]  of curves, see bring/curve_pad.js
 * @property {object} [filling]  of columns, see bring/record_pad.js
 * @property {boolean} [coloured]  drawn in colours
 * @property {(inks: Float32Array[], side: number, look: object) => Float32Array} [fromDrawing]  see drawing.js
 * @property {(values: Float32Array, settings: object) => Float32Array} [disturbed]  see noise.js
 * @property {(values: Float32Array, again: Float32Array, absolute: boolean, rgba: Uint8ClampedArray) => void}
 *   [paintDifference]  see heat_map.js
 *
 * @typedef {object} Places
 * @property {number} columns
 * @property {number} rows
 * @property {(row: number, column: number) => number} [index]  of the value there, unless values stand row by row
 * @property {boolean} [along]  a brush hides places of the row under it, as far along it as it is wide
 * @property {[string, (row: number, column: number) => boolean][]} [parts]  what is hidden at a press, unless halves are
 * @property {number[][]} [tints]  RGBA, two that no example has
 *
 * @typedef {object} Painting  see bring/tile_pad.js
 * @property {string} title  of the brushes
 * @property {{name: string}[]} brushes  by the value that each puts down
 * @property {number} [brush]  the one to begin with; @property {number} [erased]  the one that takes away
 * @property {{rows: number, columns: number}} [places]  where it paints, unless a place is a value; then also `put(values,
 *   place, brush)`, which returns whether it changed something, and `there(values, place)`, what is there in words
 * @property {{left: number, top: number, width: number, height: number}} [area]  of the places, as parts of the view's canvas
 * @property {{pixels: Uint8ClampedArray, count: number, width: number, height: number}} pictures  of the brushes
 * @property {() => Float32Array} [start]  what lies there before the first stroke
 * @property {{text: string, title: string, apply: (values: Float32Array) => Float32Array}[]} layers  at a press
 *
 * @typedef {object} Reading  see reconstruct/word_pad.js
 * @property {(values: ArrayLike<number>) => {space: string, word: string, unknown: boolean}[]} words  of an example
 * @property {(id: number) => string} name  of a symbol
 * @property {number[]} never  symbols that no model writes
 * @property {(values: Float32Array, visible: ArrayLike<number>, masks: boolean) => Float32Array} hide  an example as the
 *   encoder takes it where not all is `visible`; `masks`: it has learned from masks
 * @property {(values: ArrayLike<number>, again: ArrayLike<number>) => {kept: number, of: number}} kept  how many words of
 *   one stand in the other, in their order
 *
 * @typedef {object} View
 * @property {Element} node
 * @property {HTMLCanvasElement} canvas  carries `data-frames` and `data-z`
 * @property {HTMLCanvasElement} picture  what is saved as a PNG file
 * @property {(values: ArrayLike<number>) => void} show
 * @property {(picture: ImageData) => void} showPicture  as Python drew it, where the page cannot decode
 * @property {() => void} [settle]  the movement has ended: say what is there
 * @property {Element} [controls]  what can be pressed beside the picture
 * @property {(values: ArrayLike<number>) => void} [mark]  show what another example has in other places
 * @property {(values: ArrayLike<number>) => void} [compare]  from now on what an example does not have is marked
 * @property {(misfits: Float64Array) => void} [blame]  from now on values are marked by what they cost in nats
 * @property {(examples: ArrayLike<number>[]) => void} [fan]  show several others, faintly
 */

export { loadRenderer } from "../engine/renderers.js";
