// What shows a kind of data: a module of components/shared/kinds or a plug-in's, for the page and its workers.

import { ask, serverUrl } from "./server.js";

const details = new Map(); // promises, by address

/** What of a kind does not travel with every run of the page, but once: thousands of words. */
function detailsOf({ details: url }) {
  if (!url) return null;
  if (!details.has(url)) {
    const asked = ask(url).then((response) => response.json());
    details.set(url, asked);
    asked.catch(() => details.delete(url)); // the next one asks again
  }
  return details.get(url);
}

/** @returns {Promise<object>}  the renderer, as components/shared/kinds/index.js describes one, of examples of `shape` */
export async function loadRenderer(kind, shape) {
  const [{ renderer }, more] = await Promise.all([import(serverUrl(kind.module)), detailsOf(kind)]);
  return renderer({ ...kind, ...more }, shape);
}
