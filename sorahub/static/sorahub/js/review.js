// Entry module of the review page (templates/components/review_room.html): joins player, drawing, notes and composer.
import "./player.js";
import "./annotate.js";
import { Composer } from "./composer.js";
import { connectDrawTools } from "./draw-tools.js";
import { Threads } from "./threads.js";

function openRoom(room) {
  const player = room.querySelector("frame-player");
  const layer = room.querySelector("annotation-layer");
  const list = room.querySelector("[data-threads]");
  if (!player.head || !list) return;
  const threads = new Threads(list, player, layer);
  const bar = room.querySelector("[data-draw-tools]");
  if (bar && layer) connectDrawTools(bar, layer, player, room.querySelectorAll("[data-draw-toggle]"));
  const form = room.querySelector("[data-composer]");
  if (form) {
    const { clip, annotationsUrl: url } = room.dataset;
    room.composer = new Composer(form, { player, layer, threads, clip, url });
  }
  for (const choice of room.querySelectorAll("[name='note-filter']")) {
    choice.addEventListener("change", () => { list.dataset.filter = choice.value; });
  }
}

for (const room of document.querySelectorAll("[data-room]")) openRoom(room);
