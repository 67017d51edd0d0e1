// The dialog behind "?": every key, and a way to give each action another one. Built from the keymap; closes itself away.
import { codeOf, keyWords } from "./keymap.js";

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, className = "button button--small button--quiet") {
  const made = element("button", text, className);
  made.type = "button";
  return made;
}

function keysOf(codes) {
  const box = element("span", "", "key-help__keys");
  if (codes.length === 0) box.append(element("span", "no key", "muted"));
  // Some keyboards need Shift for a sign, some do not: that is one key to people.
  codes.filter((code) => code !== `Shift+${codes[0]}`).forEach((code, index) => {
    if (index > 0) box.append(" or ");
    keyWords(code).forEach((word, place) => {
      if (place > 0) box.append(" + ");
      box.append(element("kbd", word));
    });
  });
  return box;
}

class Help {
  constructor(keymap, { singleKeysOn, switchSingleKeys }) {
    Object.assign(this, { keymap, waiting: null });
    this.dialog = element("dialog", "", "key-help");
    const box = element("form", "", "dialog");
    box.method = "dialog";
    const title = element("h2", "Keys");
    title.id = "key-help-title";
    this.dialog.setAttribute("aria-labelledby", title.id);
    this.list = element("div", "", "key-help__areas");
    const scroll = element("div", "", "key-help__scroll");
    scroll.append(this.list);
    this.said = element("p", "", "key-help__said");
    this.said.setAttribute("role", "status");
    const label = element("label", "", "key-help__single");
    const single = element("input");
    single.type = "checkbox";
    single.checked = singleKeysOn();
    single.addEventListener("change", () => switchSingleKeys(single.checked));
    label.append(single, "Single keys act (arrows, Home and End always do)");
    const actions = element("div", "", "dialog__actions");
    this.all = button("Back to the usual keys", "button");
    this.all.addEventListener("click", () => this.resetAll());
    this.close = element("button", "Close", "button button--primary");
    actions.append(this.said, this.all, this.close);
    box.append(title, scroll, label, actions);
    this.dialog.append(box);
    this.dialog.addEventListener("keydown", (event) => this.onKey(event));
    this.dialog.addEventListener("cancel", (event) => { if (this.waiting) { event.preventDefault(); this.cancel(); } });
    this.dialog.addEventListener("close", () => this.leave());
    this.fill();
  }

  /** Gives the focus up before the dialog goes: a key pressed at that very moment would go with it. */
  leave() {
    if (this.dialog.contains(document.activeElement)) document.activeElement.blur();
    this.dialog.remove();
  }

  fill() {
    const areas = Map.groupBy(this.keymap.rows, ({ area = "" }) => area);
    this.list.replaceChildren(...[...areas].map(([area, rows]) => this.areaOf(area, rows)));
    this.all.hidden = !this.keymap.rows.some((row) => this.keymap.changed(row));
  }

  areaOf(area, rows) {
    const box = element("section", "", "key-help__area");
    const list = element("dl", "", "facts");
    list.append(...rows.map((row) => this.rowOf(row)));
    if (area) box.append(element("h3", area));
    box.append(list);
    return box;
  }

  rowOf(row) {
    const line = element("div");
    const term = element("dt");
    term.append(keysOf(this.keymap.codesOf(row)));
    const words = element("dd", "", "key-help__words");
    words.append(element("span", row.words));
    if (!row.fixed) {
      const change = button("Change");
      change.dataset.change = row.action;
      change.setAttribute("aria-label", `Change the key for: ${row.words}`);
      change.addEventListener("click", () => this.ask(row, change));
      words.append(change);
    }
    line.append(term, words);
    return line;
  }

  ask(row, change) {
    if (this.waiting) this.cancel();
    this.waiting = { row, change };
    change.textContent = "Press a key";
    change.setAttribute("aria-pressed", "true");
    this.say(`Press the new key for “${row.words}”. Esc leaves it as it is; Backspace takes the key away.`);
  }

  onKey(event) {
    if (!this.waiting) return;
    const { row } = this.waiting;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      this.cancel();
      return;
    }
    const none = event.key === "Backspace";
    const refusal = none ? null : this.keymap.refusal(row, event);
    if (refusal !== null) {
      if (refusal) this.say(refusal, true);
      return;
    }
    this.keymap.change(row, none ? null : codeOf(event));
    this.done(`“${row.words}” is now on ${this.keymap.words(row.action) || "no key"}.`);
  }

  cancel() {
    this.done("Nothing changed.");
  }

  done(words) {
    const { action } = this.waiting.row;
    this.waiting = null;
    this.fill();
    this.list.querySelector(`[data-change="${action}"]`)?.focus();
    this.say(words);
  }

  resetAll() {
    this.waiting = null;
    this.keymap.reset();
    this.fill();
    this.close.focus();
    this.say("All keys are as they were at first.");
  }

  say(words, bad = false) {
    this.said.textContent = words;
    this.said.toggleAttribute("data-bad", bad);
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.close.focus({ preventScroll: true });
  }
}

/** Shows every key of the keymap; `switches` reads and sets whether single keys act. */
export function openHelp(keymap, switches) {
  if (document.querySelector("dialog.key-help[open]")) return;
  new Help(keymap, switches).open();
}
