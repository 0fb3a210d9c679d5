// Sentences: symbol ids [T], up to an end symbol. The kind's JSON brings the symbols and the size of a card.

import { element } from "../kit/dom.js";

const [PADDING, END, UNKNOWN, MASK] = [0, 1, 2, 3]; // vae_core/kinds/text/vocabulary.py
const CLOSING = ")]}”’.,;:!?…%";
const OPENING = "([{“‘¿¡";
const LONGEST = 40; // characters of a word
const LONGER = 4; // characters of a word that says something
const [PAPER, INK] = ["#fcfcfa", "#1a1d1f"];
const [FONT_SIZE, LINE, MARGIN] = [15, 18, 6]; // as vae_core/kinds/text/cards.py draws them

/** @returns {import("./index.js").Renderer}  of sentences of `shape` [T] */
export function renderer(kind, [length]) {
  const { symbols, characters, card } = kind;
  const card2d = cardPainter(card);

  /** The words of an example; an unknown one is "‹?›", a hidden one "▢". */
  function words(values) {
    const found = [];
    for (const id of values) {
      if (id === END || id === PADDING) break;
      found.push(id === UNKNOWN ? "‹?›" : id === MASK ? "▢" : symbols[id]);
    }
    return found;
  }
  /** Nodes of a sentence in which words that are not `kept` are marked: few, since each is laid out by itself. */
  const marked = (found, kept) => runs(spaced(found, characters), kept).flatMap(({ space, text, kept: isKept }) =>
    (isKept ? [space + text] : [space, element("mark", {}, text)]));

  function line(values, beside = null) {
    const found = words(values);
    const kept = beside ? common(words(beside), found) : found.map(() => true);
    return element("p", { class: "lx-line", dir: "auto" }, ...(found.length ? marked(found, kept) : ["(nothing)"]));
  }

  const text = (values) => joined(words(values), characters) || "(nothing)";

  function view(label, testid = "decoded-text") {
    const sentence = element("p", { class: "lx-sentence", dir: "auto", "data-testid": testid });
    const picture = element("canvas", { ...card, hidden: true, "aria-hidden": "true" });
    let [before, shown, beside, drawn] = [null, null, null, null];
    return {
      node: element("div", { class: "lx-image lx-text", role: "group", "aria-label": label }, sentence, picture),
      canvas: sentence,
      /** Drawn when it is asked for: no frame waits for it. */
      get picture() {
        if (shown) picture.getContext("2d").putImageData(card2d(text(shown)), 0, 0);
        return picture;
      },
      show(values) {
        shown = Array.from(values);
        const now = words(shown);
        const compared = beside ?? before;
        const key = JSON.stringify([now, compared]);
        if (key === drawn) return; // most steps of a finger change no word
        drawn = key;
        const kept = compared ? common(compared, now) : now.map(() => true);
        sentence.replaceChildren(...marked(now, kept));
        if (!now.length) sentence.textContent = "(nothing)";
      },
      showPicture(image) {
        picture.hidden = false;
        picture.width = image.width;
        picture.height = image.height;
        picture.getContext("2d").putImageData(image, 0, 0);
      },
      settle() {
        before = shown && words(shown);
      },
      compare(values) {
        beside = words(values);
      },
    };
  }

  const reading = {
    words: (values) => spaced(words(values), characters).map(([space, word], i) => ({ space, word, unknown: values[i] === UNKNOWN })),
    name: (id) => (id === END ? "the end" : `“${symbols[id]}”`),
    never: [PADDING, UNKNOWN, MASK],
    hide: (values, visible, masks) => Float32Array.from(values, (id, i) => (visible[i] ? id : masks ? MASK : UNKNOWN)),
    kept(values, again) {
      const [before, now] = [values, again].map((each) => words(each).filter((word) => characters || /[\p{L}\p{N}‹▢]/u.test(word)));
      return { kept: common(before, now).filter(Boolean).length, of: before.length };
    },
  };

  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  for (const special of [PADDING, END, UNKNOWN, MASK]) ids.delete(symbols[special]);

  /** A typed sentence as the model takes it, and what there is to say of it; no values where it cannot be read. */
  function read(typed) {
    const all = tokens(typed, characters);
    const [most, what] = [length - 1, characters ? "characters" : "words"];
    const found = all.slice(0, most);
    const unknown = [...new Set(found.filter((word) => !ids.has(word)))];
    if (!found.length) return { values: null, said: `Type a sentence of up to ${most} ${what}.` };
    if (unknown.length && found.every((word) => !ids.has(word))) return { values: null, said: `This model knows none of these ${what}.` };
    const values = new Float32Array(length).fill(PADDING);
    found.forEach((word, i) => (values[i] = ids.get(word) ?? UNKNOWN));
    values[found.length] = END;
    const said = unknown.length ? [`Not in its vocabulary: ${unknown.slice(0, 8).join(", ")}${unknown.length > 8 ? ", …" : ""}.`] : [];
    if (all.length > most) said.push(`It reads the first ${most} ${what}.`);
    return { values, words: found, said: said.join(" ") };
  }

  /** How many of the different longer words of some sentences stand in another one. */
  function inCommon(given, values) {
    const longer = (some) => words(some).filter((word) => [...word].length >= LONGER);
    const all = new Set(given.flatMap(longer));
    return { of: all.size, kept: [...new Set(longer(values))].filter((word) => all.has(word)).length };
  }

  return {
    tile: card,
    places: null,
    typing: { read }, reading,
    form: `[${length}], symbol ids`,
    paint: (values, rgba) => rgba.set(card2d(text(values)).data),
    text, line, view, inCommon,
    asText: (values) => `${text(values)}\n`,
    fromRest: (bytes) => Float32Array.from(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)),
  };
}

/** The symbols of a sentence, as vae_core/kinds/text/vocabulary.py finds them. */
export function tokens(sentence, characters = false) {
  const plain = sentence.normalize("NFC").toLowerCase().replace(/\s/gu, " ").replace(/[\p{Cc}\p{Cf}]/gu, "");
  if (characters) return [...plain.trim().replace(/ +/g, " ")];
  const words = plain.match(/[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*|[^\p{L}\p{N}_\s]/gu) ?? [];
  return words.map((word) => [...word].slice(0, LONGEST).join(""));
}

/** Which words of `now` stand in `before`, too, in the same order: a longest common subsequence. */
export function common(before, now) {
  const [n, m] = [before.length, now.length];
  const best = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      best[i][j] = before[i] === now[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    }
  }
  const kept = new Array(m).fill(false);
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (before[i] === now[j]) [kept[j], i, j] = [true, i + 1, j + 1];
    else if (best[i + 1][j] >= best[i][j + 1]) i++;
    else j++;
  }
  return kept;
}

/** Each word with the space before it: punctuation stands where a writer puts it. */
function spaced(words, characters) {
  return words.map((word, i) => {
    const glued = characters || i === 0 || CLOSING.includes(word[0]) || OPENING.includes(words[i - 1].at(-1));
    return [glued ? "" : " ", word];
  });
}

/** Neighbouring words that are all kept, or all not: {space, text, kept}. */
export function runs(words, kept) {
  const found = [];
  words.forEach(([space, word], i) => {
    if (found.at(-1)?.kept === kept[i]) found.at(-1).text += space + word;
    else found.push({ space, text: word, kept: kept[i] });
  });
  return found;
}

export const joined = (words, characters) => spaced(words, characters).map((parts) => parts.join("")).join("");

/** Draws sentences onto cards: (sentence) => ImageData, cut off with an ellipsis where they are too long. */
function cardPainter({ width, height }) {
  let context = null;
  return (sentence) => {
    if (!context) {
      context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      context.font = `${FONT_SIZE}px "Source Sans", "Source Sans Pro", sans-serif`;
      context.textBaseline = "top";
    }
    context.fillStyle = PAPER;
    context.fillRect(0, 0, width, height);
    context.fillStyle = INK;
    wrapped(sentence, width - 2 * MARGIN, Math.floor((height - 2 * MARGIN) / LINE), (part) => context.measureText(part).width)
      .forEach((row, i) => context.fillText(row, MARGIN, MARGIN + i * LINE));
    return context.getImageData(0, 0, width, height);
  };
}

/** A sentence in at most `most` rows of a width; what is left over is an ellipsis. */
export function wrapped(sentence, width, most, measure) {
  const space = sentence.includes(" ") ? " " : "";
  const rows = [""];
  for (const piece of space ? sentence.split(space) : [...sentence]) {
    const longer = rows.at(-1) ? rows.at(-1) + space + piece : piece;
    if (!rows.at(-1) || measure(longer) <= width) rows[rows.length - 1] = longer;
    else if (rows.length < most) rows.push(piece);
    else {
      let last = rows.at(-1);
      while (last && measure(`${last}…`) > width) last = last.slice(0, -1);
      rows[rows.length - 1] = `${last}…`;
      break;
    }
  }
  return rows;
}
