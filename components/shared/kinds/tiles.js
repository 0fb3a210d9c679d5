// Levels of tiles: a grid of symbol ids [H·W], row by row from the top. The kind's JSON brings symbols, sprites and colours.

import { fromBase64 } from "../kit/bytes.js";
import { element } from "../kit/dom.js";

const THUMBNAIL = 4; // pixels along a tile's side

/** @returns {import("./index.js").Renderer}  of levels of `shape` [H, W] */
export function renderer(kind, [rows, columns]) {
  const { symbols, tile: side } = kind;
  const large = spriteSheet(fromBase64(kind.sprites), side);
  const small = side > THUMBNAIL ? spriteSheet(averaged(fromBase64(kind.sprites), side, THUMBNAIL), THUMBNAIL) : large;
  const plain = spriteSheet(fromBase64(kind.colors), 1);
  const put = (sheet, values, rgba) => putTiles(sheet, values, columns, rgba);

  function text(values) {
    const counts = new Array(symbols.length).fill(0);
    for (const id of values) counts[id]++;
    const order = [...counts.keys()].filter((id) => counts[id]).sort((a, b) => counts[b] - counts[a]);
    return `${rows} × ${columns} tiles: ${order.map((id) => `${counts[id]} ${symbols[id].name}`).join(", ")}`;
  }

  function view(label, testid = "decoded-tiles") {
    const canvas = element("canvas", {
      "data-testid": testid, width: columns, height: rows, role: "img", "aria-label": label,
    });
    const art = element("canvas", { class: "lx-art", width: columns * side, height: rows * side, "aria-hidden": "true" });
    const [colors, pictures] = [new ImageData(columns, rows), new ImageData(art.width, art.height)];
    let shown = null;
    return {
      node: element("div", { class: "lx-image lx-tiles", style: `aspect-ratio: ${columns} / ${rows}` }, canvas, art),
      canvas,
      picture: art,
      show(values) {
        shown = values;
        put(plain, values, colors.data);
        put(large, values, pictures.data);
        canvas.getContext("2d").putImageData(colors, 0, 0);
        art.getContext("2d").putImageData(pictures, 0, 0);
        canvas.dataset.tiles = JSON.stringify(rowsOf(values));
      },
      showPicture(picture) {
        const source = element("canvas", { width: picture.width, height: picture.height });
        source.getContext("2d").putImageData(picture, 0, 0);
        for (const to of [canvas, art]) to.getContext("2d").drawImage(source, 0, 0, to.width, to.height);
      },
      settle() {
        if (shown) canvas.setAttribute("aria-label", `${label}: ${text(shown)}`);
      },
    };
  }

  /** The level as lines of symbols, as its corpus writes them. */
  function rowsOf(values) {
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => symbols[values[row * columns + column]].symbol).join(""));
  }

  function legend() {
    return element("ul", { class: "lx-symbols", "aria-label": "What the tiles mean" }, ...symbols.map(({ name }, id) => {
      const sprite = element("canvas", { width: side, height: side, "aria-hidden": "true" });
      const image = new ImageData(side, side);
      putTiles(large, [id], 1, image.data);
      sprite.getContext("2d").putImageData(image, 0, 0);
      return element("li", {}, sprite, name);
    }));
  }

  const withRole = (role) => symbols.findIndex((symbol) => symbol.role === role);
  const [empty, solid] = [Math.max(0, withRole("empty")), withRole("solid")];
  const plainly = () => new Float32Array(rows * columns).fill(empty);
  const grounded = (values) => values.map((id, i) => (i < (rows - 1) * columns || solid < 0 ? id : solid));

  /** See bring/tile_pad.js. */
  function painting() {
    const pixels = new Uint8ClampedArray(4 * symbols.length * side * side);
    putTiles(large, [...symbols.keys()], 1, pixels);
    const ground = {
      text: "Ground", title: `Lay ${symbols[solid]?.name} along the lowest row`, apply: grounded,
    };
    return {
      title: "Tiles",
      brushes: symbols.map(({ name }) => ({ name })),
      pictures: { pixels, count: symbols.length, width: side, height: side },
      start: () => grounded(plainly()),
      layers: solid < 0 ? [] : [ground],
    };
  }

  function changed(values, again) {
    const places = Uint8Array.from(values, (id, i) => Number(id !== again[i]));
    const count = places.reduce((sum, each) => sum + each, 0);
    return { places, sentence: `${count} of ${places.length} tiles ${count === 1 ? "differs" : "differ"}` };
  }

  return {
    tile: { width: columns * small.side, height: rows * small.side },
    places: { columns, rows },
    paint: (values, rgba) => put(small, values, rgba),
    form: "[rows, columns], symbol ids",
    text, view, legend, changed,
    asText: (values) => rowsOf(values).map((row) => `${row}\n`).join(""),
    fromRest: (bytes) => Float32Array.from(bytes),
    background: empty,
    get painting() {
      return painting();
    },
  };
}

/** RGB bytes [V·side·side·3] as opaque pixels, packed one a number: {side, pixels [V·side·side]}. */
function spriteSheet(rgb, side) {
  const rgba = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) rgba.set(rgb.subarray(i, i + 3), j);
  return { side, pixels: new Uint32Array(rgba.buffer) };
}

/** Sprites of `side` pixels made smaller: each pixel the mean of the box that it covers. */
function averaged(rgb, side, smaller) {
  const box = side / smaller;
  if (!Number.isInteger(box)) throw new RangeError(`Sprites of ${side} pixels do not divide into ${smaller}.`);
  const count = rgb.length / (3 * side * side);
  const result = new Uint8Array(3 * count * smaller * smaller);
  for (let sprite = 0, at = 0; sprite < count; sprite++) {
    for (let y = 0; y < smaller; y++) {
      for (let x = 0; x < smaller; x++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let k = 0; k < box * box; k++) {
            const [row, column] = [sprite * side + y * box + Math.floor(k / box), x * box + (k % box)];
            sum += rgb[3 * (row * side + column) + c];
          }
          result[at++] = Math.round(sum / (box * box));
        }
      }
    }
  }
  return result;
}

/** Write each id's sprite where it stands in a grid of `columns`. */
function putTiles({ side, pixels }, ids, columns, rgba) {
  const out = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.length / 4);
  const width = columns * side;
  for (let i = 0; i < ids.length; i++) {
    const from = ids[i] * side * side;
    const to = Math.floor(i / columns) * side * width + (i % columns) * side;
    for (let row = 0; row < side; row++) {
      for (let x = 0; x < side; x++) out[to + row * width + x] = pixels[from + row * side + x];
    }
  }
}
