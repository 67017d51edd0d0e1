// <slot-picks>: files of a place are sent in the order in which they stand, so picked ones move to the front; Shift and an arrow key move
// them on. <reference-shelf>: more files without leaving the launch, found in the client's library or sent now. It outlives the form's being
// drawn anew (hx-preserve), and where a model takes no files it is seen as long as some are on their way.
import { api, queueFor, Sending } from "./reference-send.js";

class SlotPicks extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector(".picks");
    this.said = this.querySelector("[data-slot-said]");
    this.keys = this.querySelector("[data-slot-keys]");
    this.keys.hidden = false;
    this.addEventListener("change", (event) => this.picked(event.target));
    this.addEventListener("keydown", (event) => this.press(event));
    const filter = this.querySelector("[data-slot-filter]");
    if (!filter) return;
    filter.closest(".slot__filter").hidden = false;
    filter.addEventListener("input", (event) => { event.stopPropagation(); this.narrow(filter.value); });
  }

  boxes() { return [...this.list.querySelectorAll("input:checked")]; }

  picked(box) {
    if (box.type !== "checkbox") return;
    const item = box.closest("li");
    const others = this.boxes().filter((each) => each !== box);
    const last = others.at(-1)?.closest("li");
    if (last) last.after(item);
    else this.list.prepend(item);
    box.focus();
    this.tell(box);
  }

  press(event) {
    const box = event.target;
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!event.shiftKey || !by || !box.checked || box.type !== "checkbox") return;
    event.preventDefault();
    const boxes = this.boxes();
    const other = boxes[boxes.indexOf(box) + by];
    if (!other) return;
    other.closest("li")[by < 0 ? "before" : "after"](box.closest("li"));
    box.focus();
    this.tell(box);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  tell(box) {
    const boxes = this.boxes();
    const name = box.closest(".pick").querySelector(".pick__words").textContent;
    this.said.textContent = box.checked ? `${name} is number ${boxes.indexOf(box) + 1} of ${boxes.length}.` : `${name} is not sent.`;
  }

  narrow(words) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of this.list.children) {
      const text = item.textContent.toLowerCase();
      item.hidden = !item.querySelector(":checked") && !wanted.every((word) => text.includes(word));
    }
  }
}

class ReferenceShelf extends HTMLElement {
  connectedCallback() {
    if (this.form) {  // moved into the form that was drawn anew
      if (this.form.contains(this)) this.redrawn();
      return;
    }
    this.form = this.closest("form");
    this.lines = new Map();
    this.queue = queueFor(this.dataset.project, this.dataset.worker);
    this.queue.addEventListener("change", ({ detail }) => this.changed(detail));
    this.details = this.querySelector("details");
    this.found = this.querySelector("[data-shelf-found]");
    this.words = this.querySelector("[data-shelf-q]");
    // What is typed and chosen here is no part of the launch.
    for (const name of ["input", "change"]) this.addEventListener(name, (event) => event.stopPropagation());
    this.details.addEventListener("toggle", () => { if (this.details.open) this.search(); });
    this.words.addEventListener("input", () => { clearTimeout(this.soon); this.soon = setTimeout(() => this.search(), 250); });
    this.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("input")) event.preventDefault(); });
    this.addEventListener("click", (event) => this.press(event.target.closest("button")));
    this.place();
  }

  get model() { return this.form.querySelector("[name=model]"); }

  /** What is under way here is seen, whatever the model takes. */
  place() {
    this.hidden = !this.form.querySelector("#id_references_error") && ![...this.lines.values()].some((line) => !line.over);
  }

  redrawn() {
    this.place();
    if (this.details.open) this.search();
  }

  /** The latest search is the one that is shown. */
  async search() {
    this.searching?.abort();
    const { signal } = this.searching = new AbortController();
    const asked = new URLSearchParams({ model: this.model.value, q: this.words.value });
    const text = await fetch(`${this.dataset.search}?${asked}`, { credentials: "same-origin", signal })
      .then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);
    if (signal.aborted) return;
    if (this.found.contains(document.activeElement)) this.words.focus();
    const page = text !== null && new DOMParser().parseFromString(text, "text/html");
    if (page) this.found.replaceChildren(...Array.from(page.body.childNodes, (each) => document.adoptNode(each)));
    else this.found.textContent = "The hub does not answer; search again in a moment.";
  }

  press(button) {
    if (button?.dataset.bring) this.bring(button);
    else if (button?.dataset.shelfSend !== undefined) this.send();
  }

  async bring(button) {
    button.disabled = true;
    try {
      const row = await api(`/api/v1/references/${button.dataset.bring}/reuse/`, "POST", { project: this.dataset.project });
      this.pick([[button.dataset.place, row.id]]);
    } catch (error) {
      button.disabled = false;
      button.after(Object.assign(document.createElement("span"), { className: "small field__error", textContent: error.message }));
    }
  }

  /** Have the form drawn anew with these files picked: the model's field does that, and keeps what is filled in. */
  pick(chosen) {
    for (const [place, pk] of chosen) {
      const one = this.form.querySelector(`[data-place="${place}"] input[type="radio"]:checked`);
      if (one) one.checked = false;
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: `references-${place}`, value: pk });
      this.form.querySelector("#shape").append(field);
    }
    this.model.dispatchEvent(new Event("input", { bubbles: true }));
  }

  send() {
    const input = this.querySelector("[data-shelf-files]");
    this.facts = { source: this.querySelector("[data-shelf-source]").value.trim(), rights: this.querySelector("[data-shelf-rights]").value.trim() };
    const wrong = this.querySelector("[data-shelf-wrong]");
    wrong.hidden = Boolean(input.files.length && this.facts.source && this.facts.rights);
    if (!wrong.hidden) return;
    for (const [transfer, line] of this.lines) {
      if (!line.over) continue;
      line.row.remove();
      this.lines.delete(transfer);
    }
    this.queue.add(input.files);
    input.value = "";
  }

  changed(transfer) {
    if (transfer.state === "cancelled") {
      this.lines.get(transfer)?.row.remove();
      this.lines.delete(transfer);
    } else {
      const line = this.lines.get(transfer) ?? this.begin(transfer);
      line.show();
      if (transfer.state === "ready" && !line.asked) this.keep(line);
    }
    this.settle();
  }

  begin(transfer) {
    const line = Object.assign(new Sending(transfer, this.queue), { facts: this.facts });
    this.lines.set(transfer, line);
    this.querySelector("[data-shelf-sendings]").append(line.row);
    return line;
  }

  async keep(line) {
    try {
      await line.keep(line.facts, () => this.keep(line));
    } catch (error) { line.end("refused", error.message); }
    if (line.over === "kept") this.fresh = true;
    this.settle();
  }

  /** Once nothing more comes by itself, what was kept is shown among the files of the places, whatever became of the others. */
  settle() {
    this.place();
    const comes = [...this.lines.values()].some((line) => !line.over && !line.held && line.transfer.state !== "failed");
    if (comes || !this.fresh) return;
    this.fresh = false;
    this.pick([]);
  }
}

customElements.define("slot-picks", SlotPicks);
customElements.define("reference-shelf", ReferenceShelf);
