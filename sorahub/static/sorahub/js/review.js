// Entry module of the review page (templates/components/review_room.html): joins player, drawing, notes and composer.
import "./player.js";
import "./annotate.js";
import { dressButtons } from "./buttons.js";
import { connectCarrying } from "./carrying.js";
import { Composer } from "./composer.js";
import { connectDrawTools } from "./draw-tools.js";
import { follow } from "./follow.js";
import { keymap } from "./keys.js";
import { NoteActions } from "./note-actions.js";
import { NoteFilter } from "./note-filter.js";
import { Threads } from "./threads.js";
import { Outbox } from "./unsent.js";

/** The entry of a note, once the piece of the list that holds it is there; undefined when no piece does. */
function known(threads, id) {
  return new Promise((resolve) => {
    const look = () => {
      if (!threads.entries.has(id) && !threads.complete) return;
      threads.removeEventListener("change", look);
      resolve(threads.entries.get(id));
    };
    threads.addEventListener("change", look);
    look();
  });
}

/** Goes to the note that the address names (?note=id), shows its frame and drawing, and gives it the focus. */
async function openNamed(threads, player, filter) {
  const id = new URLSearchParams(location.search).get("note");
  const entry = id && await known(threads, id);
  if (!entry) return;
  if (entry.node.hidden) filter?.form.reset();
  const asked = Number.parseInt(new URLSearchParams(location.search).get("frame") ?? "", 10);
  const frame = asked >= entry.frame_in && asked <= entry.frame_out ? asked : entry.frame_in;
  entry.node.setAttribute("data-named", "");
  await player.seek(frame);
  threads.scrollTo(entry.node);
  const article = entry.node.firstElementChild;
  article.tabIndex = -1;
  article.focus({ preventScroll: true });
}

function openRoom(room) {
  const player = room.querySelector("frame-player");
  const layer = room.querySelector("annotation-layer");
  const list = room.querySelector("[data-threads]");
  if (!player.head || !list) return;
  const { clip, person, annotationsUrl: url, threadsUrl, peopleUrl } = room.dataset;
  const threads = new Threads(list, player, layer, room.querySelector("[data-note-acts]"));
  const outbox = new Outbox(clip, person);
  const bar = room.querySelector("[data-draw-tools]");
  const form = room.querySelector("[data-composer]");
  const filters = room.querySelector("[data-note-filters]");
  if (bar && layer) connectDrawTools(bar, layer, player, room.querySelectorAll("[data-draw-toggle]"));
  const pend = () => threads.setPending(outbox.all().filter(({ kind }) => kind === "note").map(({ value }) => value).filter(({ shapes }) => shapes.length > 0));
  outbox.addEventListener("change", pend);
  pend();
  const filter = filters && new NoteFilter(filters, threads);
  room.actions = new NoteActions(threads, { player, layer, outbox, form, peopleUrl });
  if (form) {
    dressButtons(form);
    keymap.addEventListener("change", () => dressButtons(form));
  }
  if (form) room.composer = new Composer(form, { player, layer, threads, outbox, clip, person, url, peopleUrl });
  room.querySelector("[data-to-composer]")?.addEventListener("click", (event) => { event.preventDefault(); form?.elements.namedItem("body").focus(); });
  connectCarrying(list);
  if (threadsUrl) follow(threadsUrl, threads, list.dataset.cursor);
  Object.assign(room, { threads, outbox });
  openNamed(threads, player, filter);
}

for (const room of document.querySelectorAll("[data-room]")) openRoom(room);
