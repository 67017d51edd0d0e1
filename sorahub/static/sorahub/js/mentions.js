// @mentions in a textarea: after @ and a letter the people who may be named are offered below; arrows choose, Enter or Tab takes,
// Escape leaves. The textarea keeps the focus and points at the choice (aria-activedescendant). A mention is @[Name](person:id).
import { make } from "./elements.js";

const PAUSE_MS = 120;
const ASKED = /(^|[\s([{"'])@([\p{L}\p{N}][\p{L}\p{N} .'-]{0,40})$/u;
let lists = 0;

export class Mentions {
  /** `say` tells a screen reader how many people are offered. */
  constructor(area, url, say) {
    Object.assign(this, { area, url, say, people: [], at: -1, from: 0 });
    lists += 1;
    this.list = make("ul", { class: "mentions", role: "listbox", id: `mentions-${lists}`, "aria-label": "People", hidden: true });
    area.after(this.list);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", this.list.id);
    area.addEventListener("input", () => this.look());
    area.addEventListener("keydown", (event) => this.press(event));
    area.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the focus stays where it is
      const option = event.target.closest("[role='option']");
      if (option) this.take(Number(option.dataset.at));
    });
  }

  look() {
    const { selectionStart: caret, value } = this.area;
    const asked = ASKED.exec(value.slice(Math.max(0, caret - 50), caret));
    clearTimeout(this.timer);
    this.asked = asked?.[2] ?? null;
    if (!asked) {
      this.close();
      return;
    }
    this.from = caret - asked[2].length - 1;
    this.timer = setTimeout(() => this.ask(asked[2]), PAUSE_MS);
  }

  async ask(words) {
    try {
      const answer = await fetch(`${this.url}?q=${encodeURIComponent(words)}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
      const people = answer.ok ? await answer.json() : [];
      if (words === this.asked) this.show(people);
    } catch {
      this.close(); // without the hub nobody can be looked up; the words stay as they were typed
    }
  }

  show(people) {
    this.people = people.slice(0, 8);
    if (this.people.length === 0) {
      this.close();
      return;
    }
    this.list.replaceChildren(...this.people.map(({ name, kind }, index) => make(
      "li", { role: "option", id: `${this.list.id}-${index}`, "data-at": index, "aria-selected": "false" },
      make("span", {}, name), make("span", { class: "muted small" }, kind ?? ""),
    )));
    this.list.hidden = false;
    this.choose(0);
    this.say(this.people.length === 1 ? "1 person offered, Enter takes it." : `${this.people.length} people offered, arrow keys choose, Enter takes.`);
  }

  choose(at) {
    this.at = (at + this.people.length) % this.people.length;
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.at)));
    const option = this.list.children[this.at];
    this.area.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  press(event) {
    if (this.list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.choose(this.at + step);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey) this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  take(at) {
    const { id, name } = this.people[at];
    const words = `@[${name.replaceAll(/[[\]()]/g, "")}](person:${id}) `;
    this.area.setRangeText(words, this.from, this.area.selectionStart, "end");
    this.close();
    this.area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  close() {
    clearTimeout(this.timer);
    this.asked = null;
    this.people = [];
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }
}
