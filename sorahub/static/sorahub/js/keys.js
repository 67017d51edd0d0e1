// The one table of keys: the player obeys it and the help dialog shows it.
// A single key acts only where it cannot disturb typing, and can be switched off in the help dialog (WCAG 2.1.4).

const SWITCH = "sorahub-single-keys";

export const KEYS = [
  { action: "toggle", keys: ["Space"], codes: [" "], words: "Play or pause" },
  { action: "pause", keys: ["K"], codes: ["k"], words: "Pause" },
  { action: "reverse", keys: ["J"], codes: ["j"], words: "Backwards; again for 2× and 4×" },
  { action: "forward", keys: ["L"], codes: ["l"], words: "Forwards; again for 2× and 4×" },
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
  { action: "mute", keys: ["M"], codes: ["m"], words: "Sound on or off" },
  { action: "comment", keys: ["C"], codes: ["c"], words: "Write a note here" },
  { action: "draw", keys: ["D"], codes: ["d"], words: "Draw on the picture" },
  { action: "erase", keys: ["E"], codes: ["e"], words: "Eraser, while drawing" },
  { action: "fullscreen", keys: ["F"], codes: ["f"], words: "Full screen" },
  { action: "send", keys: ["Ctrl", "Enter"], codes: ["Ctrl+Enter"], words: "Send the note", always: true, typing: true },
  { action: "leave", keys: ["Esc"], codes: ["Escape"], words: "Leave drawing, the note or full screen", always: true, typing: true },
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

const table = new Map(KEYS.flatMap((row) => row.codes.map((code) => [code, row])));

function codeOf(event) {
  const letter = event.key.length === 1 && /[a-z]/i.test(event.key);
  const key = letter ? (event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase()) : event.key;
  const held = [];
  if (event.ctrlKey || event.metaKey) held.push("Ctrl");
  if (event.altKey) held.push("Alt");
  if (event.shiftKey && (letter || key.length > 1 || key === "?")) held.push("Shift");
  return [...held, key].join("+");
}

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

/** The action that a key press asks of `player`, or null when the key belongs to something else. */
export function actionFor(event, player) {
  const row = table.get(codeOf(event));
  if (!row || event.defaultPrevented || event.isComposing) return null;
  const at = event.target instanceof Element ? event.target : document.body;
  if (at.closest("dialog") || document.querySelector("dialog[open]")) return null;
  if (at.closest(TYPED) && !row.typing) return null;
  if (row.action === "toggle" && at.closest("button, a, summary, input[type='checkbox']")) return null;
  if (at.matches("input[type='range']") && !player.contains(at)) return null;
  if (!row.always && !singleKeysOn()) return null;
  return row.action;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function rowOf({ keys, words }) {
  const row = element("div");
  const term = element("dt");
  keys.forEach((key, index) => {
    if (index > 0) term.append(" + ");
    term.append(element("kbd", key));
  });
  row.append(term, element("dd", words));
  return row;
}

/** A dialog that lists the keys, built from the same table; closes itself away. */
export function showHelp() {
  const dialog = element("dialog", "", "key-help");
  const box = element("form", "", "dialog");
  box.method = "dialog";
  const title = element("h2", "Keys");
  title.id = "key-help-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const list = element("dl", "", "facts");
  list.append(...KEYS.map(rowOf));
  const label = element("label", "", "row");
  const box2 = element("input");
  box2.type = "checkbox";
  box2.checked = singleKeysOn();
  box2.addEventListener("change", () => switchSingleKeys(box2.checked));
  label.append(box2, "Single keys act (arrows, Home and End always do)");
  const actions = element("div", "", "dialog__actions");
  const close = element("button", "Close", "button button--primary");
  actions.append(close);
  box.append(title, list, label, actions);
  dialog.append(box);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
