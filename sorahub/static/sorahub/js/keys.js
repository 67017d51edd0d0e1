// The one table of keys: the player obeys it, the help dialog shows it, and a person may change it (keymap.js).
// A single key acts only where it cannot disturb typing, and can be switched off in the help dialog (WCAG 2.1.4).

import { openHelp } from "./key-help.js";
import { Keymap } from "./keymap.js";

const SWITCH = "sorahub-single-keys";

export const KEYS = [
  { action: "toggle", keys: ["Space"], codes: [" "], words: "Play or pause" },
  { action: "pause", keys: ["K"], codes: ["k"], words: "Pause" },
  { action: "reverse", keys: ["J"], codes: ["j"], words: "Backwards; again for 2×, 4× and 8×" },
  { action: "forward", keys: ["L"], codes: ["l"], words: "Forwards; again for 2×, 4× and 8×" },
  { action: "back", keys: ["←"], codes: ["ArrowLeft"], words: "One frame back", always: true },
  { action: "next", keys: ["→"], codes: ["ArrowRight"], words: "One frame on", always: true },
  { action: "back10", keys: ["Shift", "←"], codes: ["Shift+ArrowLeft"], words: "Ten frames back", always: true },
  { action: "next10", keys: ["Shift", "→"], codes: ["Shift+ArrowRight"], words: "Ten frames on", always: true },
  { action: "first", keys: ["Home"], codes: ["Home"], words: "First frame", always: true },
  { action: "last", keys: ["End"], codes: ["End"], words: "Last frame", always: true },
  { action: "in", keys: ["I"], codes: ["i", "["], words: "Range begins here" },
  { action: "out", keys: ["O"], codes: ["o", "]"], words: "Range ends here" },
  { action: "clear", keys: ["Shift", "X"], codes: ["Shift+X"], words: "Clear the range" },
  { action: "previousNote", keys: [","], codes: [",", "Alt+ArrowLeft"], words: "Previous note" },
  { action: "nextNote", keys: ["."], codes: [".", "Alt+ArrowRight"], words: "Next note" },
  { action: "loop", keys: ["Shift", "L"], codes: ["Shift+L"], words: "Loop the range, or all of it" },
  { action: "mute", keys: ["M"], codes: ["m"], words: "Sound on or off" },
  { action: "louder", keys: [], codes: [], words: "Louder" },
  { action: "softer", keys: [], codes: [], words: "Softer" },
  { action: "comment", keys: ["C"], codes: ["c"], words: "Write a note here" },
  { action: "draw", keys: ["D"], codes: ["d"], words: "Draw on the picture" },
  { action: "erase", keys: ["E"], codes: ["e"], words: "Eraser, while drawing" },
  { action: "fullscreen", keys: ["F"], codes: ["f"], words: "Full screen" },
  { action: "zoomIn", keys: ["+"], codes: ["+", "="], words: "Zoom in (or Ctrl and the wheel)" },
  { action: "zoomOut", keys: ["-"], codes: ["-", "_"], words: "Zoom out" },
  { action: "fit", keys: ["0"], codes: ["0"], words: "Fit the whole picture" },
  { action: "pixels", keys: ["Alt", "0"], codes: ["Alt+0"], words: "One pixel of the clip on one of the screen" },
  { action: "guides", keys: ["G"], codes: ["g"], words: "Guides on or off" },
  { action: "still", keys: ["Shift", "P"], codes: ["Shift+P"], words: "Save this frame as a picture" },
  { action: "speed1", keys: ["Shift", "1"], codes: ["Shift+1"], words: "Normal speed" },
  { action: "speed2", keys: ["Shift", "2"], codes: ["Shift+2"], words: "Speed 2×" },
  { action: "speed3", keys: ["Shift", "3"], codes: ["Shift+3"], words: "Speed 3×" },
  { action: "speed4", keys: ["Shift", "4"], codes: ["Shift+4"], words: "Speed 4×" },
  { action: "speed5", keys: ["Shift", "5"], codes: ["Shift+5"], words: "Half speed" },
  { action: "speed6", keys: ["Shift", "6"], codes: ["Shift+6"], words: "A quarter of the speed" },
  { action: "speed7", keys: ["Shift", "7"], codes: ["Shift+7"], words: "A tenth of the speed" },
  { action: "send", keys: ["Ctrl", "Enter"], codes: ["Ctrl+Enter"], words: "Send the note", always: true, typing: true },
  { action: "leave", keys: ["Esc"], codes: ["Escape"], words: "Leave drawing, the note or full screen", always: true, typing: true, fixed: true },
  { action: "help", keys: ["?"], codes: ["?", "Shift+?"], words: "This list" },
  { action: "wipe", keys: ["W"], codes: ["w"], words: "Compare: wipe; again: side by side" },
  { action: "overlay", keys: ["V"], codes: ["v"], words: "Compare: overlay; again: side by side" },
  { action: "difference", keys: ["X"], codes: ["x"], words: "Compare: difference; again: side by side" },
  { action: "flicker", keys: ["T"], codes: ["t"], words: "Compare: take turns; again: side by side" },
  { action: "swap", keys: ["A"], codes: ["a", "`"], words: "Compare: swap A and B; so does `" },
  { action: "peek", keys: ["B"], codes: ["b"], words: "Compare: hold to see the other take" },
  { action: "solo1", keys: ["1"], codes: ["1"], words: "Compare: take A alone; 2, 3, 4 the others; again: all" },
  { action: "solo2", keys: ["2"], codes: ["2"], words: "Compare: take B alone" },
  { action: "solo3", keys: ["3"], codes: ["3"], words: "Compare: take C alone" },
  { action: "solo4", keys: ["4"], codes: ["4"], words: "Compare: take D alone" },
  { action: "listen", keys: ["Shift", "M"], codes: ["Shift+M"], words: "Compare: hear the next take" },
  { action: "select", keys: ["S"], codes: ["s"], words: "Takes: select this one for its shot; again: none" },
  { action: "shortlist", keys: ["P"], codes: ["p"], words: "Takes: shortlist; again: undecided" },
  { action: "reject", keys: ["R"], codes: ["r"], words: "Takes: reject; again: undecided" },
];

/** The table with what this person changed. */
export const keymap = new Keymap(KEYS);

const TYPED = "textarea, select, [contenteditable=''], [contenteditable='true'], "
  + "input:not([type='range'], [type='checkbox'], [type='button'], [type='submit'])";

export const singleKeysOn = () => {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
};

export function switchSingleKeys(on) {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch {
    // Nothing is remembered; the switch then holds until the page is left.
  }
}

const NUDGES = /^(Arrow|Home|End|Page)/;

/** The action that a key press asks of `player`, or null when the key belongs to something else. */
export function actionFor(event, player) {
  const row = keymap.find(event);
  if (!row || event.defaultPrevented || event.isComposing) return null;
  const at = event.target instanceof Element ? event.target : document.body;
  if (at.closest("dialog") || document.querySelector("dialog[open]")) return null;
  if (at.closest(TYPED) && !row.typing) return null;
  if (event.key === " " && at.closest("button, a, summary, input[type='checkbox'], input[type='radio']")) return null;
  if (at.matches("input[type='range']") && !player.contains(at)) return null;
  if (at.matches("input[type='range']:not(.player__seek)") && NUDGES.test(event.key)) return null;
  if (!row.always && !singleKeysOn()) return null;
  return row.action;
}

/** Opens the dialog that lists the keys and changes them. */
export const showHelp = () => openHelp(keymap, { singleKeysOn, switchSingleKeys });
