// Buttons of the player, the drawing, the note and the compare page. Each names the key that does the same, also after somebody changed it.
import { keymap } from "./keys.js";

const DRESSED = "[data-action], button[data-mode], [data-draw], [data-draw-toggle], [data-tool='eraser'], [data-markdown], [data-key]";
const DRAWING = { done: "leave", eraseSelected: "takeAway" };

/** The action whose key does what a button does; "" where there is none. */
function nameOf({ dataset }) {
  const { action, mode, draw, tool, markdown, key } = dataset;
  if ("drawToggle" in dataset) return "draw";
  if (tool) return "erase";
  return action ?? mode ?? DRAWING[draw] ?? draw ?? markdown ?? key ?? "";
}

/** Writes a button's tooltip: its words, and its key if it has one. */
function title(button) {
  const key = keymap.words(nameOf(button));
  if (button.dataset.words) button.title = key ? `${button.dataset.words} (${key})` : button.dataset.words;
}

export function dressButtons(box) {
  for (const button of box.querySelectorAll(DRESSED)) {
    button.dataset.words ??= button.getAttribute("title")?.replace(/ \([^()]*\)/, "") ?? button.getAttribute("aria-label") ?? "";
    title(button);
    const shortcuts = keymap.shortcuts(nameOf(button));
    if (shortcuts) button.setAttribute("aria-keyshortcuts", shortcuts);
    else button.removeAttribute("aria-keyshortcuts");
  }
}

/** Gives a button another name: Play, Pause. */
export function rename(button, words) {
  button.setAttribute("aria-label", words);
  button.dataset.words = words;
  title(button);
}

/** Opens a menu to the side where there is more room, and no larger than that. */
export function keepInView(menu, signal) {
  menu.addEventListener("toggle", () => {
    if (!menu.open) return;
    const { top, bottom } = menu.getBoundingClientRect();
    const [above, below] = [top, innerHeight - bottom];
    menu.toggleAttribute("data-below", below > above);
    const panel = menu.querySelector(".menu__panel");
    panel.style.maxBlockSize = `${Math.max(above, below) - 16}px`;
    panel.style.insetInlineEnd = "";
    const beyond = 8 - panel.getBoundingClientRect().left;
    if (beyond > 0) panel.style.insetInlineEnd = `${-beyond}px`;
  }, { signal });
}
