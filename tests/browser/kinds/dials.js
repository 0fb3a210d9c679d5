// Rows of dials. The app serves this file as plugins/dials.js beside its own modules, hence the address of what it imports.

import { element } from "../shared/kit/dom.js";

const LARGE = 81; // pixels along a dial of the large view

export function renderer({ side }, [n]) {
  const text = (values) => `${n} dials: ${Array.from(values, (value) => value.toFixed(2)).join(", ")}`;
  return {
    tile: { width: n * side, height: side },
    places: null,
    paint: (values, rgba) => paint(values, side, rgba),
    text,
    view(label) {
      const canvas = element("canvas", {
        class: "lx-image", "data-testid": "decoded-dials", width: n * LARGE, height: LARGE, role: "img", "aria-label": label,
        style: `aspect-ratio: ${n}`,
      });
      const image = new ImageData(canvas.width, canvas.height);
      const context = canvas.getContext("2d");
      return {
        node: canvas, canvas, picture: canvas,
        show(values) {
          paint(values, LARGE, image.data);
          context.putImageData(image, 0, 0);
          canvas.dataset.values = JSON.stringify([...values]);
        },
        showPicture: (picture) => context.putImageData(picture, 0, 0),
        settle: () => canvas.setAttribute("aria-label", `${label}: ${text(JSON.parse(canvas.dataset.values))}`),
      };
    },
    fromRest: (bytes) => new Float32Array(bytes.slice().buffer),
  };
}

/** White dials with black hands, from the left (0) over the top to the right (1). */
function paint(values, side, rgba) {
  rgba.fill(255);
  const middle = side >> 1;
  for (let dial = 0; dial < values.length; dial++) {
    const angle = (1 - values[dial]) * Math.PI;
    for (let length = 0; length <= middle; length++) {
      const x = dial * side + middle + Math.round(length * Math.cos(angle));
      const y = middle - Math.round(length * Math.sin(angle));
      rgba.fill(0, 4 * (y * values.length * side + x), 4 * (y * values.length * side + x) + 3);
    }
  }
}
