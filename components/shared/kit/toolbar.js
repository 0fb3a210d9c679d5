// Buttons of every page: where to start from, the way back, two remembered points, what to take along, how to look.

import { element, icon } from "./dom.js";
import { copyText } from "./exporting.js";

/** A button; `text` may be a node. */
export function button(text, title, onclick, attributes = {}) {
  return element("button", { type: "button", title, onclick, ...attributes }, text);
}

/** One of several, as a row of buttons with `data-choice`: `choices` is [[value, label, title?], …]. */
export function segmented(label, choices, value, chosen) {
  const buttons = choices.map(([choice, text, title = `${label}: ${text}`]) =>
    button(text, title, () => {
      mark(choice);
      chosen(choice);
    }, { "data-choice": String(choice) }),
  );
  const mark = (current) => buttons.forEach((node, i) => node.setAttribute("aria-pressed", choices[i][0] === current));
  mark(value);
  return element("div", { class: "lx-segmented", role: "group", "aria-label": label }, ...buttons);
}

/** A menu that opens on a click, inside the component, and closes on Escape or a click elsewhere; one in another unfolds. */
export function menu(label, ...content) {
  const panel = element("div", {}, ...content);
  const node = element("details", { class: "lx-menu" }, element("summary", {}, label), panel);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    event.stopPropagation(); // the menu around it stays open
    node.open = false;
    node.querySelector("summary").focus();
  });
  node.addEventListener("toggle", () => {
    if (!node.open) return;
    if (node.parentElement.closest(".lx-menu")) return panel.scrollIntoView({ block: "nearest" });
    panel.style.translate = "";
    const { top, bottom } = node.getBoundingClientRect();
    const below = innerHeight - bottom;
    node.classList.toggle("lx-upwards", below < panel.offsetHeight / 2 && below < top);
    const [inner, outer] = [panel, node.closest(".lx")].map((each) => each.getBoundingClientRect());
    panel.style.translate = `${Math.max(0, outer.left - inner.left) || Math.min(0, outer.right - inner.right)}px`;
    const away = (event) => {
      if (node.contains(event.target) && node.isConnected) return;
      node.open = false;
      document.removeEventListener("click", away);
    };
    // Not when the pointer is pressed: a page that gets shorter would move what is under it before the click.
    document.addEventListener("click", away);
    panel.scrollIntoView({ block: "nearest" });
  });
  return node;
}

/** Close the menu that a control stands in, once it has done what it is for. */
function closeAround(node) {
  const around = node.closest(".lx-menu[open]");
  if (!around) return;
  around.open = false;
  around.querySelector("summary").focus();
}

/** The actions beside a picture: a few that are always seen, and the rest under "More". */
export function actionRow(label, seen, more) {
  return element("div", { class: "lx-buttons lx-actionrow", role: "group", "aria-label": label }, ...seen, menu("More", ...more));
}

/** A field with its name before it. */
export function labelled(text, field) {
  return element("label", { class: "lx-labelled" }, text, field);
}

/** Goes to where the prior has its mean; a model without one, to the mean of its codes. */
export function resetButton(state, { origin, dimensions }) {
  const text = dimensions[0].kl === null ? "Back to the mean of the codes" : "Back to the prior mean, z = 0";
  const reset = button(text, "", () => {
    state.go(origin);
    closeAround(reset);
  });
  return reset;
}

/**
 * A whole number to type, with a button that draws another: a seed, or the number of an example. `node` holds both, for
 * where they stand together.
 */
export function numberWithButton({ text, title, name, hint, max, draw, chosen }) {
  let taken = null; // what the field held when it was last acted upon: Enter and the change it causes are one
  const field = element("input", {
    type: "number", min: 0, max, step: 1, class: "lx-number", "aria-label": name, title: name, placeholder: hint,
    onchange: () => field.value === taken || choose(),
    onkeydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // it would press what gets the focus below
      choose(); // also when the number is the one that stood there
      closeAround(field);
    },
  });
  const take = (value) => {
    set(value);
    chosen(Number(value));
  };
  const choose = () => {
    const value = Math.round(Number(field.value));
    take(Math.min(max, Math.max(0, Number.isFinite(value) ? value : 0)));
  };
  const next = button(text, title, () => take(draw()));
  const set = (value) => (taken = field.value = String(value ?? ""));
  let node;
  return {
    button: next, field, set,
    get node() {
      return (node ??= element("span", { class: "lx-joined" }, next, field));
    },
  };
}

/** Held-out examples, by number; `unit` is what one is called. */
export function examplePicker(count, chosen, unit, drawn = count) {
  return numberWithButton({
    text: "Example", title: `Start from a held-out ${unit}`, name: `Number of the held-out ${unit}`, hint: "no.",
    max: count - 1, draw: () => Math.floor(Math.random() * drawn), chosen,
  });
}

/** Copies what `link()` gives, and says so. */
export function copyLinkButton(link) {
  const copy = button("Copy link", "Copy a link that shows what you see", async () => {
    await copyText(link());
    copy.textContent = "Link copied";
    setTimeout(() => (copy.textContent = "Copy link"), 1500);
  });
  return copy;
}

/** Ctrl+Z and Ctrl+Shift+Z anywhere in a component, but for fields that have an undo of their own. */
export function undoKeys(root, state) {
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (["number", "text"].includes(event.target.type)) return;
    event.preventDefault();
    if (event.shiftKey) state.redo();
    else state.undo();
  });
}

/** The two buttons for anything that has both; without `keys`, Ctrl+Z is not theirs but that of the fields in it. */
export function undoAndRedo(target, keys = true) {
  const [back, again] = keys ? [" (Ctrl+Z)", " (Ctrl+Shift+Z)"] : ["", ""];
  return [
    button(icon("undo"), `Undo${back}`, () => target.undo(), { "aria-label": "Undo" }),
    button(icon("redo"), `Redo${again}`, () => target.redo(), { "aria-label": "Redo" }),
  ];
}

/** Undo and redo of anything that has both, says whether it `canUndo` and `canRedo`, and fires "change" or "settle". */
export function undoButtons(state) {
  const [undo, redo] = undoAndRedo(state);
  const show = () => {
    // Not `disabled`: a button that loses the focus when there is nothing left to undo would take Ctrl+Z with it.
    undo.setAttribute("aria-disabled", !state.canUndo);
    redo.setAttribute("aria-disabled", !state.canRedo);
  };
  for (const event of ["change", "settle"]) state.addEventListener(event, show);
  show();
  return [undo, redo];
}

/** Undo, redo, and two remembered points to swap between. */
export function historyButtons(state) {
  const remembered = { A: null, B: null };
  const slots = ["A", "B"].map((name) =>
    button(name, "", () => {
      if (remembered[name]) state.go(remembered[name].z, remembered[name].y);
      else remembered[name] = { z: state.z, y: state.y };
      show();
    }),
  );
  const forget = button("✕", "Forget A and B", () => {
    remembered.A = remembered.B = null;
    show();
  }, { class: "lx-icon", "aria-label": "Forget A and B" });
  const show = () => {
    Object.keys(remembered).forEach((name, i) => {
      const point = remembered[name];
      slots[i].title = point ? `Go to the remembered point ${name}` : `Remember this point as ${name}`;
      slots[i].classList.toggle("lx-empty", !point);
      slots[i].setAttribute("aria-label", slots[i].title);
      slots[i].setAttribute("aria-pressed", Boolean(point) && point.z === state.z);
    });
    forget.hidden = !remembered.A && !remembered.B;
  };
  state.addEventListener("settle", show);
  state.addEventListener("change", show);
  show();
  return [...undoButtons(state), element("span", { class: "lx-joined" }, ...slots), forget];
}
