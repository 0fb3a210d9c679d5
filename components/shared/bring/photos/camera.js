// Says whether the browser lends this page a camera; where it does not, a button opens the phone's own.

import { element } from "../../kit/dom.js";
import { mountOnce } from "../../app/mounting.js";

const SIDE = 1600; // pixels of what is sent: more than any model sees, in a tenth of the time
const QUALITY = 0.9;
const MAX_BYTES = 10_000_000;

export const mount = mountOnce(".lx-camera", (root, data, report, ask) => {
  let { taken } = data;
  if (isSecureContext) {
    report("secure", true);
    return { close() {} };
  }
  const status = element("p", { class: "lx-note", role: "status" });
  const input = element("input", {
    type: "file", accept: "image/*", capture: "environment", class: "cm-input", "data-testid": "phone-camera",
    onchange: () => send(),
  });
  async function send() {
    const [file] = input.files;
    if (!file) return;
    status.textContent = "Sending the photo …";
    const photo = (await reduced(file)) ?? file;
    input.value = ""; // the same photo may be taken again
    if (photo.size > MAX_BYTES) {
      status.textContent = "That photo is larger than 10 MB: take a smaller one.";
      return;
    }
    ask("photo", { data: await base64(photo) });
    status.textContent = "";
  }
  root.replaceChildren(
    element("p", { class: "cm-reason" },
      "The browser lends this page no camera, because its address begins with http:// and is not this computer’s own."),
    element("label", { class: "cm-button" }, "Take a photo with your phone’s own camera and upload it", input), status);
  return {
    close() {},
    follow(now) {
      if (now.taken === taken) return;
      taken = now.taken;
      report("photo", null); // else it would come along whenever something on the page changes
    },
  };
});

/** The photo upright, as a JPEG of at most SIDE pixels; null where the browser cannot read it: the server says why. */
async function reduced(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = element("img", { src: url });
    await image.decode();
    const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = element("canvas", {
      width: Math.max(1, Math.round(scale * image.naturalWidth)), height: Math.max(1, Math.round(scale * image.naturalHeight)),
    });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // below what is transparent
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function base64(blob) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
  return url.slice(url.indexOf(",") + 1);
}
