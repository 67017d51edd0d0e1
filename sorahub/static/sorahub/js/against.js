// What three or four takes were made from, against the one that a person picks: their words word by word, their settings cell by
// cell. The page comes with everything against the first; the texts are read from it.
import { make } from "./elements.js";

const MOST_WORDS = 1_500;
const LETTERS = "ABCD";
const MARKS = { added: ["ins", "Added: "], removed: ["del", "Left out: "] };

const wordsOf = (text) => text.match(/\S+\s*/g) ?? [];

/** Lengths of the longest common run of words of all ends of two lists. */
function lengths(old, fresh) {
  const table = Array.from({ length: old.length + 1 }, () => new Uint16Array(fresh.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      table[i][j] = old[i].trim() === fresh[j].trim() ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

/** The later text in pieces {kind: same, added or removed, text}, with what it lost where that stood. White space never counts. */
export function between(before, after) {
  const [old, fresh] = [wordsOf(before), wordsOf(after)];
  if (Math.max(old.length, fresh.length) > MOST_WORDS) {
    return before.trim() === after.trim() ? [{ kind: "same", text: after }] : [{ kind: "removed", text: before }, { kind: "added", text: after }].filter(({ text }) => text);
  }
  const table = lengths(old, fresh);
  const pieces = [];
  const put = (kind, text) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i].trim() === fresh[j].trim()) {
      put("same", fresh[j]);
      [i, j] = [i + 1, j + 1];
    } else if (i < old.length && (j === fresh.length || table[i + 1][j] >= table[i][j + 1])) {
      put("removed", old[i]);
      i += 1;
    } else {
      put("added", fresh[j]);
      j += 1;
    }
  }
  return pieces;
}

/** The text of a card as it is, whatever it is shown against; null where none is on record. */
function textOf(card, first) {
  const place = card.querySelector(".prompt");
  if (!place) return card.querySelector(".muted:not(.small)")?.textContent.startsWith("The same") ? first : null;
  const copy = place.cloneNode(true);
  for (const gone of copy.querySelectorAll("del, .visually-hidden")) gone.remove();
  return copy.textContent;
}

function shown(text, base, letter, own) {
  if (text === null) return make("p", { class: "muted" }, "No words are on record.");
  if (own) return make("p", { class: "prompt" }, text);
  const pieces = between(base ?? "", text);
  if (pieces.every(({ kind }) => kind === "same")) return make("p", { class: "muted" }, `The same words as ${letter}.`);
  return make("p", { class: "prompt" }, ...pieces.map(({ kind, text: words }) => {
    if (kind === "same") return words;
    const [name, said] = MARKS[kind];
    return make(name, {}, make("span", { class: "visually-hidden" }, said), words);
  }));
}

/** A row of cards, one for each take: gives a function that shows them against one of them. */
function wordsAgainst(cards) {
  const texts = [];
  for (const card of cards) texts.push(textOf(card, texts[0]));
  return (base) => cards.forEach((card, index) => {
    card.lastElementChild.replaceWith(shown(texts[index], texts[base], LETTERS[base], index === base));
  });
}

/** Marks the cells that say something else than the chosen take's. */
function settingsAgainst(row) {
  const cells = [...row.querySelectorAll("td")];
  const said = cells.map((cell) => cell.textContent);
  return (base) => cells.forEach((cell, index) => {
    cell.querySelector(".differs")?.remove();
    if (said[index] === said[base]) return;
    cell.prepend(make("span", { class: "differs" }, make("span", { "aria-hidden": "true" }, "≠ "), make("span", { class: "visually-hidden" }, `Not as ${LETTERS[base]}: `)));
  });
}

function connect(section) {
  const label = section.querySelector(".against");
  if (!label) return;
  const rows = [...section.querySelectorAll(".columns")].map((row) => wordsAgainst([...row.querySelectorAll("[data-take-words]")]));
  rows.push(...[...document.querySelectorAll("[data-settings-differ] tbody tr")].map(settingsAgainst));
  const select = label.querySelector("select");
  const show = () => rows.forEach((row) => row(Number(select.value)));
  select.addEventListener("change", show);
  label.hidden = false;
  show();
}

for (const section of document.querySelectorAll("[data-against]")) connect(section);
