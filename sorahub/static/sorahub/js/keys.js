// The one table of keys: the player obeys it, the help dialog shows it, and a person may change it (keymap.js).
// A single key acts only where it cannot disturb typing, and can be switched off in the help dialog (WCAG 2.1.4).

import { openHelp } from "./key-help.js";
import { Keymap } from "./keymap.js";

const SWITCH = "sorahub-single-keys";

/** By areas, as the help shows them. `place`: where else than in the player a key acts; the rest is told in keymap.js. */
export const KEYS = [
  ["Playing", [
    { action: "toggle", codes: [" "], words: "Play or pause; held while drawing: move the picture" },
    { action: "pause", codes: ["k"], words: "Pause; held with J or L: one frame at a time" },
    { action: "reverse", codes: ["j"], words: "Backwards; again for 2×, 4× and 8×" },
    { action: "forward", codes: ["l"], words: "Forwards; again for 2×, 4× and 8×" },
    { action: "back", codes: ["ArrowLeft"], words: "One frame back", always: true },
    { action: "next", codes: ["ArrowRight"], words: "One frame on", always: true },
    { action: "back10", codes: ["Shift+ArrowLeft"], words: "Ten frames back", always: true },
    { action: "next10", codes: ["Shift+ArrowRight"], words: "Ten frames on", always: true },
    { action: "first", codes: ["Home"], words: "First frame", always: true },
    { action: "last", codes: ["End"], words: "Last frame", always: true },
    { action: "mute", codes: ["m"], words: "Sound on or off" },
    { action: "louder", codes: ["Shift+ArrowUp"], words: "Louder", always: true },
    { action: "softer", codes: ["Shift+ArrowDown"], words: "Softer", always: true },
    { action: "speed1", codes: ["Shift+1"], words: "Normal speed" },
    { action: "speed2", codes: ["Shift+2"], words: "Speed 2×" },
    { action: "speed3", codes: ["Shift+3"], words: "Speed 3×" },
    { action: "speed4", codes: ["Shift+4"], words: "Speed 4×" },
    { action: "speed5", codes: ["Shift+5"], words: "Half speed" },
    { action: "speed6", codes: ["Shift+6"], words: "A quarter of the speed" },
    { action: "speed7", codes: ["Shift+7"], words: "A tenth of the speed" },
  ]],
  ["Range and notes", [
    { action: "in", codes: ["i", "["], words: "Range begins here" },
    { action: "out", codes: ["o", "]"], words: "Range ends here" },
    { action: "clear", codes: ["Shift+X"], words: "Clear the range" },
    { action: "loop", codes: ["Shift+L"], words: "Loop the range, or all of it" },
    { action: "previousNote", codes: [",", "Alt+ArrowLeft"], words: "Previous note" },
    { action: "nextNote", codes: [".", "Alt+ArrowRight"], words: "Next note" },
    { action: "comment", codes: ["c"], words: "Write a note here" },
    { action: "send", codes: ["Ctrl+Enter"], words: "Send the note", always: true, typing: true },
    { action: "bold", codes: ["Ctrl+b"], words: "Bold, in a note", typing: true, place: "text" },
    { action: "italic", codes: ["Ctrl+i"], words: "Italic, in a note", typing: true, place: "text" },
    { action: "link", codes: ["Ctrl+k"], words: "Link, in a note", typing: true, place: "text" },
  ]],
  ["Picture", [
    { action: "fullscreen", codes: ["f"], words: "Full screen" },
    { action: "zoomIn", codes: ["+", "="], words: "Zoom in (or Ctrl and the wheel)" },
    { action: "zoomOut", codes: ["-", "_"], words: "Zoom out" },
    { action: "fit", codes: ["0"], words: "Fit the whole picture" },
    { action: "fill", codes: [], words: "Fill the stage" },
    { action: "pixels", codes: ["Alt+0"], words: "One pixel of the clip on one of the screen" },
    { action: "panLeft", codes: [], words: "Look left, zoomed in" },
    { action: "panRight", codes: [], words: "Look right, zoomed in" },
    { action: "panUp", codes: [], words: "Look up, zoomed in" },
    { action: "panDown", codes: [], words: "Look down, zoomed in" },
    { action: "guides", codes: ["g"], words: "Guides on or off" },
    { action: "still", codes: ["Shift+P"], words: "Save this frame as a picture" },
  ]],
  ["Drawing", [
    { action: "draw", codes: ["d"], words: "Draw on the picture" },
    { action: "erase", codes: ["e"], words: "Eraser" },
    { action: "undo", codes: ["Ctrl+z"], words: "Undo", place: "drawing" },
    { action: "redo", codes: ["Ctrl+Shift+Z", "Ctrl+y"], words: "Redo", place: "drawing" },
    { action: "setPoint", codes: ["Enter", " "], words: "Set a point; on a text: change it", place: "drawing" },
    { action: "takeAway", codes: ["Delete", "Backspace"], words: "Delete the selected mark", place: "drawing" },
    { action: "walk", codes: ["Tab", "Shift+Tab"], words: "Next mark; with Shift the one before", place: "drawing", fixed: true },
    { action: "cross", codes: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], words: "Move the cross or the selected mark; with Shift further, with Ctrl its size", place: "drawing", fixed: true },
  ]],
  ["Comparing", [
    { action: "wipe", codes: ["w"], words: "Wipe; again: side by side" },
    { action: "overlay", codes: ["v"], words: "Overlay; again: side by side" },
    { action: "difference", codes: ["x"], words: "Difference; again: side by side" },
    { action: "flicker", codes: ["t"], words: "Take turns; again: side by side" },
    { action: "swap", codes: ["a", "`"], words: "Swap A and B" },
    { action: "peek", codes: ["b"], words: "Hold to see the other take" },
    { action: "solo1", codes: ["1"], words: "Take A alone; again: all" },
    { action: "solo2", codes: ["2"], words: "Take B alone" },
    { action: "solo3", codes: ["3"], words: "Take C alone" },
    { action: "solo4", codes: ["4"], words: "Take D alone" },
    { action: "listen", codes: ["Shift+M"], words: "Hear the next take" },
  ]],
  ["Takes", [
    { action: "select", codes: ["s"], words: "Select this take for its shot; again: none" },
    { action: "shortlist", codes: ["p"], words: "Shortlist; again: undecided" },
    { action: "reject", codes: ["r"], words: "Reject; again: undecided" },
    { action: "tick", codes: ["c"], words: "Tick in the grid, to compare or send", place: "takes" },
    { action: "moveAmong", codes: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], words: "Move in the grid", place: "takes", fixed: true },
  ]],
  ["Ranking", [
    { action: "rankLeft", codes: ["ArrowLeft"], words: "The left take is better", always: true, place: "ranking" },
    { action: "rankRight", codes: ["ArrowRight"], words: "The right take is better", always: true, place: "ranking" },
    { action: "rankTie", codes: ["ArrowDown"], words: "Equally good", always: true, place: "ranking" },
    { action: "rankSkip", codes: ["s"], words: "Skip this pair", place: "ranking" },
    { action: "rankUndo", codes: ["u"], words: "Take the last answer back", place: "ranking" },
    { action: "rankAgain", codes: ["r"], words: "Play both from the start", place: "ranking" },
    { action: "winner", codes: ["w"], words: "In the results: select the first take for its shot", place: "results" },
  ]],
  ["Everywhere", [
    { action: "leave", codes: ["Escape"], words: "Leave drawing, the note or full screen", always: true, typing: true, fixed: true },
    { action: "search", codes: ["/"], words: "Go to the search box", place: "search", fixed: true },
    { action: "help", codes: ["?", "Shift+?"], words: "This list" },
  ]],
].flatMap(([area, rows]) => rows.map((row) => ({ area, ...row })));

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

/** The action that a key press asks of `player`, or of another place, or null when the key belongs to something else. */
export function actionFor(event, player, place = "") {
  const row = keymap.find(event, place);
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
