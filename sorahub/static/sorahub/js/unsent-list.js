// Shows what has not reached the hub yet: how many things, which, and, of those refused, the hub's words. Each can be sent again or discarded.
import { make, smallButton } from "./elements.js";

const SHORT = 80;

function wordsOf({ kind, value, words, frame }) {
  const what = kind === "note" ? value.body || "a drawing" : words;
  return `Unsent, frame ${frame + 1}: ${what.length > SHORT ? `${what.slice(0, SHORT)}…` : what}`;
}

/** Keeps `place` (a <details>) in step with the outbox; `discarded` hears of each entry that a person gave up. */
export function showUnsent(place, outbox, discarded) {
  const count = place.querySelector("[data-unsent-count]");
  const list = place.querySelector("ol");
  const give = (entry) => {
    outbox.drop(entry.id);
    discarded(entry);
  };
  const item = (entry) => {
    const row = make("li", { "data-unsent": entry.id }, make("span", {}, wordsOf(entry)));
    if (entry.refused) row.append(make("span", { class: "composer__refused" }, entry.refused));
    row.append(smallButton("Send now", () => outbox.again(entry.id)), smallButton("Discard", () => give(entry)));
    return row;
  };
  const show = () => {
    const entries = outbox.all().filter(({ held }) => !held);
    place.hidden = entries.length === 0;
    count.textContent = entries.length === 1 ? "1 unsent" : `${entries.length} unsent`;
    const known = list.dataset.shown;
    const key = JSON.stringify(entries.map((entry) => [entry.id, entry.refused, wordsOf(entry)]));
    if (known === key) return;
    list.dataset.shown = key;
    list.replaceChildren(...entries.map(item));
  };
  outbox.addEventListener("change", show);
  show();
}
