// Asking the server that this module came from. It may stand behind a proxy, below a path: addresses are relative to where
// the module lies, `…/assets/js/DIGEST/shared/engine/`, in the page as in its workers.

const BASE = new URL("../../../../../", import.meta.url);
const TRIES = 3; // of what the server is too busy for

/** The full address of a path of the server's, as Python names it ("/decode"); a full address stays what it is. */
export function serverUrl(path) {
  return new URL(path.replace(/^\//, ""), BASE).href;
}

/**
 * What the server answers; while it is too busy the page waits and asks again.
 *
 * @param {string} path  as Python names it, or a full address
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}  Rejects with the server's sentence if it refuses.
 */
export async function ask(path, options = {}) {
  for (let n = 1; ; n++) {
    const response = await fetch(serverUrl(path), options);
    if (response.ok) return response;
    const sentence = await response.text();
    if (response.status !== 429 || n === TRIES) throw new Error(sentence, { cause: response.status });
    const seconds = Number(response.headers.get("Retry-After")) || 1;
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  }
}

/** As `ask`, with a JSON body. */
export function post(path, body, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body), ...options });
}
