// Shortlist, reject and select, as the grid and the compare page do it: shown at once, sent in order, taken back with words
// when the hub refuses, and each with a way to undo it. A card carries data-clip, data-mark and data-selected.
import { post } from "./post.js";
import { toast } from "./toast.js";

const SAID = { shortlisted: "shortlisted", rejected: "rejected", "": "undecided again" };
const WORDS = { selected: "Selected", shortlisted: "Shortlisted", rejected: "Rejected" };
const queues = new Map();
const times = new Map();
let latest = null;
let choices = 0;
let offered = 0;

/** Sends a clip's changes one after the other, so that the last one wins at the hub too. */
function inTurn(key, act) {
  const next = (queues.get(key) ?? Promise.resolve()).then(act, act);
  queues.set(key, next);
  times.set(key, Infinity);
  const over = () => { if (queues.get(key) === next) times.set(key, performance.now()); };
  next.then(over, over);
  return next;
}

/** When something was last chosen here of a clip or its shot: what was asked before tells nothing of it. */
export const chosenAt = (clip, shot) => Math.max(times.get(clip) ?? -1, times.get(`shot ${shot}`) ?? -1);

/** One message about the last choice, with a button that undoes it; what the hub answers late of an earlier choice replaces no later one. */
function offerUndo(number, words, undo) {
  if (number < offered) return;
  offered = number;
  latest?.remove();
  latest = toast(words, "ok");
  if (!latest) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small alert__action";
  button.textContent = "Undo";
  const message = latest;
  button.addEventListener("click", () => {
    message.remove();
    undo();
  });
  message.firstElementChild.append(button);
}

export const cardsOf = (clip) => document.querySelectorAll(`[data-clip="${clip}"]`);
const nameOf = (card) => card.dataset.name ?? "The take";

export function paint(card) {
  const { mark } = card.dataset;
  const on = { shortlisted: mark === "shortlisted", rejected: mark === "rejected", selected: "selected" in card.dataset };
  for (const button of card.querySelectorAll("[data-choose]")) button.setAttribute("aria-pressed", String(on[button.dataset.choose]));
  for (const badge of card.querySelectorAll("[data-badge]")) badge.hidden = !on[badge.dataset.badge];
  const said = card.querySelector("[data-said]");
  if (said) said.textContent = Object.keys(WORDS).filter((name) => on[name]).map((name) => WORDS[name]).join(" · ");
}

/** Shows what the hub says of a card's clip. */
export function say(card, mark, selected) {
  if (card.dataset.mark === mark && "selected" in card.dataset === selected) return;
  card.dataset.mark = mark;
  card.toggleAttribute("data-selected", selected);
  paint(card);
}

function show(clip, mark) {
  for (const card of cardsOf(clip)) {
    card.dataset.mark = mark;
    paint(card);
  }
}

/** Puts a mark on the card's clip, or takes the same one off. `changed(before, after)` is told what is shown now. */
export async function mark(card, wish, changed = () => {}) {
  const { clip } = card.dataset;
  const number = choices += 1;
  const before = card.dataset.mark;
  const after = before === wish ? "" : wish;
  show(clip, after);
  changed(before, after);
  try {
    await inTurn(clip, () => post(`/clips/${clip}/pick/`, { mark: after }));
    offerUndo(number, `${nameOf(card)}: ${SAID[after]}.`, () => mark(card, after === "" ? before : after, changed));
  } catch (error) {
    show(clip, before);
    changed(after, before);
    toast(`${nameOf(card)}: ${error.message}`, "bad");
  }
}

function showSelected(card, on) {
  const { clip, shot } = card.dataset;
  for (const each of document.querySelectorAll(`[data-shot="${shot}"]`)) {
    const chosen = on && each.dataset.clip === clip;
    if (chosen) each.dataset.selected = "";
    else delete each.dataset.selected;
    paint(each);
  }
}

/** Makes the card's clip its shot's selected take, or takes that off. The undo brings the take selected before back. */
export async function select(card, changed = () => {}) {
  const { clip, shot } = card.dataset;
  if (!shot) {
    toast("This clip belongs to no shot: there is nothing to select it for.", "info");
    return;
  }
  const on = !("selected" in card.dataset);
  const number = choices += 1;
  try {
    const said = await inTurn(`shot ${shot}`, () => post(`/clips/${clip}/select/`, { on: on ? "yes" : "no" }));
    showSelected(card, on);
    changed(on);
    offerUndo(number, said.words, () => restore(card, said.before, on, changed));
  } catch (error) {
    toast(`${nameOf(card)}: ${error.message}`, "bad");
  }
}

async function restore(card, before, on, changed) {
  const { clip, shot } = card.dataset;
  const [again, wish] = before && before !== clip ? [before, "yes"] : [clip, on ? "no" : "yes"];
  try {
    const said = await inTurn(`shot ${shot}`, () => post(`/clips/${again}/select/`, { on: wish }));
    const chosen = [...cardsOf(again)][0];
    showSelected(chosen ?? card, wish === "yes" && Boolean(chosen));
    changed(!on);
    toast(said.words, "ok");
  } catch (error) {
    toast(`${nameOf(card)}: ${error.message}`, "bad");
  }
}
