// The row of note markers above the timeline: a dot for a frame, a bar for a range, shape and colour by state.
// Markers closer than a finger or pointer can tell apart become one that counts, and a press walks through them.
const APART = 24;
const THUMB = 16; // px; a range input's thumb travels inside its track

/** Where the middle of the thumb stands for a frame, as a CSS length of the bar. */
export const onBar = (frame, count) => `calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${frame / Math.max(1, count - 1)})`;

const MOST_WORDS = 5;

function markersOf(player) {
  if (player.notes) return player.notes;
  const buttons = player.parts.markers?.querySelectorAll("[data-frame-in]") ?? [];
  player.notes = [...buttons].map(({ dataset, textContent }) => ({
    id: dataset.id, frame_in: Number(dataset.frameIn), frame_out: Number(dataset.frameOut), state: dataset.state, label: textContent.trim(),
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

function markerButton(player, { notes }) {
  const [first] = notes;
  const button = document.createElement("button");
  const range = notes.length === 1 && first.frame_out > first.frame_in;
  button.type = "button";
  button.className = `marker${range ? " marker--range" : ""}`;
  button.dataset.state = notes.some(({ state }) => state === "open") ? "open" : "resolved";
  const more = notes.length > MOST_WORDS ? `; and ${notes.length - MOST_WORDS} more` : "";
  const words = notes.slice(0, MOST_WORDS).map(({ frame_in: frame, label }) => `Frame ${frame + 1}: ${label}`).join("; ") + more;
  button.setAttribute("aria-label", words);
  button.title = words;
  if (notes.length > 1) button.textContent = notes.length;
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
  list.replaceChildren(...cluster(notes, placeOf).map((group) => {
    const item = document.createElement("li");
    const [first] = group.notes;
    item.style.insetInlineStart = onBar(first.frame_in, player.frameCount);
    const button = markerButton(player, group);
    if (button.classList.contains("marker--range")) {
      item.style.setProperty("--length", `${Math.max(placeOf(first.frame_out) - group.place, 8)}px`);
    }
    item.append(button);
    return item;
  }));
}

/** The note before (-1) or after (+1) a frame, or undefined. */
export function neighbour(player, direction) {
  const notes = markersOf(player);
  if (direction > 0) return notes.find(({ frame_in: frame }) => frame > player.frame);
  return notes.findLast(({ frame_in: frame }) => frame < player.frame);
}
