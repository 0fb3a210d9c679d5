// Taking things along: links, pictures, animations, and the lines of Python that give the same picture.

import { post } from "../engine/server.js";
import { element } from "./dom.js";

/** The address that shows what is seen now. Commas stay readable: a point is made to be read and edited. */
export function linkTo(path, parameters) {
  const query = Object.entries(parameters)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`);
  return `${new URL(path, location.origin)}?${query.join("&")}`;
}

/** The clipboard API exists only over https and on localhost; a class on a teacher's server needs the older way. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = element("textarea", { style: "position: fixed; opacity: 0" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A canvas as a PNG file, each of its pixels `scale` × `scale`. */
export function downloadPng(canvas, scale, name) {
  const large = element("canvas", { width: canvas.width * scale, height: canvas.height * scale });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.fillRect(0, 0, large.width, large.height);
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return new Promise((resolve) =>
    large.toBlob((blob) => {
      download(blob, name);
      resolve();
    }),
  );
}

/**
 * An animation through latent points, made by the server (it has a well-kept encoder for these formats).
 * @param {{checkpoint: string, points: number[][], y: ?number[], format: "gif"|"webp"}} request
 */
export async function downloadAnimation(url, request, name) {
  download(await (await post(url, request)).blob(), name);
}

/** Python that decodes the same example from the same checkpoint; `unit` is what it is called, `form` what it is. */
export function pythonFor(checkpoint, z, y, unit, form) {
  const mixture = y && (y.includes(1) ? `torch.tensor([${y.indexOf(1)}])` : `torch.tensor([[${y.join(", ")}]])`);
  return [
    "import torch",
    "from vae_core import checkpoints",
    "",
    `model = checkpoints.load("${checkpoint}").load_model()`,
    `z = torch.tensor([[${z.join(", ")}]])`,
    `${unit.replace(/\W/g, "_")} = model.decode(z${mixture ? `, ${mixture}` : ""})[0]  # ${form}`,
    "",
  ].join("\n");
}
