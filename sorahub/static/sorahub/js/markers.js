// The row of note markers above the timeline: a sign for a frame, a sign with a bar for a range. What a note is about has a shape
// of its own and a colour; a filled sign is an open note, a hollow one a resolved note. Markers closer than a finger or pointer
// can tell apart become one that counts, and a press walks through them.
import { make } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";
const APART = 24;
const THUMB = 16; // px; a range input's thumb travels inside its track
const MOST_WORDS = 4;
const MOST_COUNTED = 99;

/** What notes are about, as the hub names it: words for people, and the sign's shape in a square of 12. */
export const KINDS = {
  general: { words: "General", shape: "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10Z" },
  picture: { words: "Picture", shape: "M1.5 1.5h9v9h-9Z" },
  motion: { words: "Motion", shape: "M2 .8L11.2 6L2 11.2Z" },
  sound: { words: "Sound", shape: "M6 .2L11.8 6L6 11.8L.2 6Z" },
  rights: { words: "Rights", shape: "M1.2 1h9.6v5L6 11.6L1.2 6Z" },
};
const kindOf = (category) => (Object.hasOwn(KINDS, category ?? "") ? category : "general");

/** The sign of a kind of note; its colour comes with data-kind (css/player.css). */
export function signOf(category) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", KINDS[kindOf(category)].shape);
  svg.append(path);
  return svg;
}

/** What the signs say, for the menu. */
export function putLegend(list) {
  const line = (kind, state, words) => make("li", { "data-kind": kind, "data-state": state }, signOf(kind), words);
  const kinds = Object.entries(KINDS).map(([kind, { words }]) => line(kind, "open", words));
  list.replaceChildren(...kinds, line("general", "resolved", "Hollow: resolved"));
}

/** Where the middle of the thumb stands for a frame, as a CSS length of the bar. */
export const onBar = (frame, count) => `calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${frame / Math.max(1, count - 1)})`;

function markersOf(player) {
  if (player.notes) return player.notes;
  const buttons = player.parts.markers?.querySelectorAll("[data-frame-in]") ?? [];
  player.notes = [...buttons].map(({ dataset, textContent }) => ({
    id: dataset.id, frame_in: Number(dataset.frameIn), frame_out: Number(dataset.frameOut), state: dataset.state, category: dataset.category,
    label: textContent.trim(),
  }));
  return sortNotes(player.notes);
}

/** Sorts notes in place by their first frame. */
export const sortNotes = (notes) => notes.sort((a, b) => a.frame_in - b.frame_in);

/** Groups notes whose places are closer than APART pixels; notes come sorted by their first frame. */
export function cluster(notes, placeOf) {
  const groups = [];
  for (const note of notes) {
    const place = placeOf(note.frame_in);
    const group = groups.at(-1);
    if (group && place - group.place < APART) group.notes.push(note);
    else groups.push({ place, notes: [note] });
  }
  return groups;
}

/** What a marker says of a note: "Motion, resolved · frame 12 · Bob: too fast". */
function wordsOf({ category, state, frame_in: from, frame_out: to, label }) {
  const frames = to > from ? `frames ${from + 1} to ${to + 1}` : `frame ${from + 1}`;
  return `${KINDS[kindOf(category)].words}${state === "resolved" ? ", resolved" : ""} · ${frames} · ${label}`;
}

function linesOf(notes, words) {
  const lines = notes.slice(0, MOST_WORDS).map(words);
  return notes.length > MOST_WORDS ? [...lines, `and ${notes.length - MOST_WORDS} more`] : lines;
}

/** Shows what a marker says, to whoever points at it or has come to it by keys; Escape takes it away. */
function connectTip(button, player, notes, end) {
  const hide = () => button.querySelector(".marker__tip")?.remove();
  const show = () => {
    hide();
    const line = (note) => make("span", { class: "marker__line", "data-kind": kindOf(note.category), "data-state": note.state }, signOf(note.category), make("span", {}, `${player.timecode(note.frame_in)} · ${wordsOf(note)}`));
    const lines = linesOf(notes, line);
    button.append(make("span", { class: `marker__tip${end ? " marker__tip--end" : ""}`, "aria-hidden": "true" }, ...lines));
  };
  button.addEventListener("pointerenter", ({ pointerType }) => { if (pointerType !== "touch") show(); });
  button.addEventListener("pointerleave", () => { if (!button.matches(":focus-visible")) hide(); });
  button.addEventListener("focus", () => { if (button.matches(":focus-visible")) show(); });
  button.addEventListener("blur", hide);
  button.addEventListener("keydown", ({ key }) => { if (key === "Escape") hide(); });
}

function markerButton(player, { place, notes }, width) {
  const [first] = notes;
  const range = notes.length === 1 && first.frame_out > first.frame_in;
  const kinds = new Set(notes.map(({ category }) => kindOf(category)));
  const button = make("button", {
    type: "button", class: `marker${range ? " marker--range" : notes.length > 1 ? " marker--many" : ""}`, "aria-label": linesOf(notes, wordsOf).join("; "),
    "data-state": notes.some(({ state }) => state === "open") ? "open" : "resolved", "data-kind": kinds.size === 1 ? [...kinds][0] : "mixed", "data-first": first.id,
  });
  if (kinds.size === 1 && notes.length <= MOST_COUNTED) button.append(signOf(first.category));
  if (notes.length > 1) button.append(make("span", {}, notes.length > MOST_COUNTED ? `${MOST_COUNTED}+` : String(notes.length)));
  connectTip(button, player, notes, place > width / 2);
  let turn = 0;
  button.addEventListener("click", () => {
    const note = notes[turn % notes.length];
    turn += 1;
    player.seek(note.frame_in);
    player.tell("notepick", note.id);
  });
  return button;
}

export function placeMarkers(player) {
  const list = player.parts?.markers;
  if (!list || !player.head) return;
  const notes = markersOf(player);
  const width = list.clientWidth;
  const placeOf = (frame) => THUMB / 2 + ((width - THUMB) * frame) / Math.max(1, player.frameCount - 1);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.first : null;
  list.replaceChildren(...cluster(notes, placeOf).map((group) => {
    const [first] = group.notes;
    const button = markerButton(player, group, width);
    const item = make("li", {}, button);
    item.style.insetInlineStart = onBar(first.frame_in, player.frameCount);
    if (button.classList.contains("marker--range")) {
      item.style.setProperty("--length", `${Math.max(placeOf(first.frame_out) - group.place, 8)}px`);
    }
    return item;
  }));
  if (focused) refocus(list, focused, notes);
}

/** Markers are laid anew when notes come; whoever stands on one stays there. */
function refocus(list, id, notes) {
  const at = notes.findIndex((note) => note.id === id);
  const before = notes.slice(0, at + 1).map((note) => note.id).reverse();
  const buttons = new Map([...list.querySelectorAll("[data-first]")].map((button) => [button.dataset.first, button]));
  const next = buttons.get(before.find((one) => buttons.has(one))) ?? buttons.values().next().value;
  next?.focus({ preventScroll: true });
}

/** The note before (-1) or after (+1) a frame, or undefined. */
export function neighbour(player, direction) {
  const notes = markersOf(player);
  if (direction > 0) return notes.find(({ frame_in: frame }) => frame > player.frame);
  return notes.findLast(({ frame_in: frame }) => frame < player.frame);
}
