// Entry module of the review page (templates/components/review_room.html): joins player, drawing, notes and composer.
import "./player.js";
import "./annotate.js";
import { Composer } from "./composer.js";
import { connectDrawTools } from "./draw-tools.js";
import { follow } from "./follow.js";
import { NoteActions } from "./note-actions.js";
import { NoteFilter } from "./note-filter.js";
import { Threads } from "./threads.js";
import { Outbox } from "./unsent.js";

/** Goes to the note that the address names (?note=id), shows its frame and drawing, and gives it the focus. */
async function openNamed(threads, player, filter) {
  const id = new URLSearchParams(location.search).get("note");
  const entry = id && threads.entries.get(id);
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
  const { clip, person, annotationsUrl: url, threadsUrl, peopleUrl, cursor } = room.dataset;
  const threads = new Threads(list, player, layer);
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
  if (form) room.composer = new Composer(form, { player, layer, threads, outbox, clip, person, url, peopleUrl });
  room.querySelector("[data-to-composer]")?.addEventListener("click", (event) => { event.preventDefault(); form?.elements.namedItem("body").focus(); });
  if (threadsUrl) follow(threadsUrl, threads, cursor);
  Object.assign(room, { threads, outbox });
  openNamed(threads, player, filter);
}

for (const room of document.querySelectorAll("[data-room]")) openRoom(room);
