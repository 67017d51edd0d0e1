// The few means of Markdown that notes know, as buttons and as keys (Ctrl+B, Ctrl+I and Ctrl+K at first), on a plain textarea.
import { keymap } from "./keys.js";

function replace(area, from, to, words, selectFrom, selectTo) {
  area.focus();
  area.setSelectionRange(from, to);
  // execCommand keeps the browser's own undo; where it is missing the text is set.
  if (!document.execCommand?.("insertText", false, words)) {
    area.setRangeText(words, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  area.setSelectionRange(selectFrom, selectTo);
}

function wrap(area, mark) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const inner = value.slice(from, to);
  const size = mark.length;
  if (value.slice(from - size, from) === mark && value.slice(to, to + size) === mark && from >= size) {
    replace(area, from - size, to + size, inner, from - size, to - size);
  } else {
    replace(area, from, to, `${mark}${inner}${mark}`, from + size, to + size);
  }
}

function list(area) {
  const { selectionStart, selectionEnd, value } = area;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const lines = value.slice(from, selectionEnd).split("\n");
  const listed = lines.every((line) => line.startsWith("- "));
  const words = lines.map((line) => (listed ? line.slice(2) : `- ${line}`)).join("\n");
  replace(area, from, selectionEnd, words, from + words.length, from + words.length);
}

function link(area) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const words = value.slice(from, to) || "words";
  const start = from + words.length + 3;
  replace(area, from, to, `[${words}](https://)`, start, start + 8);
}

const ACTS = { bold: (area) => wrap(area, "**"), italic: (area) => wrap(area, "*"), list, link };

/** Connects buttons [data-markdown] inside `bar` (may be missing) and the keys to a textarea. */
export function connectMarkdown(area, bar) {
  bar?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-markdown]");
    if (button) ACTS[button.dataset.markdown]?.(area);
  });
  area.addEventListener("keydown", (event) => {
    const act = ACTS[keymap.find(event, "text")?.action];
    if (!act) return;
    event.preventDefault();
    act(area);
  });
}
