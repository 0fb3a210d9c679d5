// The teacher's entry: asks for the password, and logs out. The cookie that comes back no script can read, so the page
// begins anew with it.

import { mountOnce } from "../app/mounting.js";
import { serverUrl } from "../engine/server.js";
import { element } from "../kit/dom.js";

export const mount = mountOnce(".te", (root, { inside }) => {
  const said = element("p", { class: "te-said", role: "alert" });
  const send = async (path, body) => {
    said.textContent = "";
    try {
      const answer = await fetch(serverUrl(path), { method: "POST", body: JSON.stringify(body) });
      if (answer.ok) location.reload();
      else said.textContent = await answer.text();
    } catch {
      said.textContent = "The app does not answer.";
    }
  };
  if (inside) {
    const out = element("button", { type: "button", onclick: () => send("/teacher/logout", {}) }, "Log out");
    root.replaceChildren(element("p", {}, "You are the teacher here."), out, said);
    return { close() {} };
  }
  const field = element("input", { type: "password", autocomplete: "current-password", required: true });
  const onsubmit = (event) => {
    event.preventDefault();
    send("/teacher/login", { password: field.value });
    field.value = "";
  };
  root.replaceChildren(
    element("form", { onsubmit }, element("label", {}, "The teacher's password", field), element("button", {}, "Log in")),
    said,
  );
  return { close() {} };
});
