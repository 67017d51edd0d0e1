// <slot-picks>: files of a place are sent in the order in which they stand, so picked ones move to the front; Shift and an arrow key move
// them on. <reference-shelf>: more files without leaving the launch, found in the client's library or sent now.
import { api, keep, queueFor, Sending } from "./reference-send.js";

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
    this.hidden = false;
    this.form = this.closest("form");
    this.found = this.querySelector("[data-shelf-found]");
    this.words = this.querySelector("[data-shelf-q]");
    // What is typed and chosen here is no part of the launch.
    for (const name of ["input", "change"]) this.addEventListener(name, (event) => event.stopPropagation());
    this.querySelector("details").addEventListener("toggle", (event) => { if (event.target.open) this.search(); });
    this.words.addEventListener("input", () => { clearTimeout(this.soon); this.soon = setTimeout(() => this.search(), 250); });
    this.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("input")) event.preventDefault(); });
    this.addEventListener("click", (event) => this.press(event.target.closest("button")));
  }

  async search() {
    const asked = new URLSearchParams({ model: this.dataset.model, q: this.words.value });
    const answer = await fetch(`${this.dataset.search}?${asked}`, { credentials: "same-origin" }).catch(() => null);
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
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
    this.form.querySelector("[name=model]").dispatchEvent(new Event("input", { bubbles: true }));
  }

  send() {
    const files = this.querySelector("[data-shelf-files]").files;
    const facts = { source: this.querySelector("[data-shelf-source]").value.trim(), rights: this.querySelector("[data-shelf-rights]").value.trim() };
    const list = this.querySelector("[data-shelf-sendings]");
    if (!files.length || !facts.source || !facts.rights) {
      list.replaceChildren(Object.assign(document.createElement("li"), { className: "small field__error", textContent: "Choose files, and say where they come from and under which right they are used." }));
      return;
    }
    list.replaceChildren();
    const queue = queueFor(this.dataset.project, this.dataset.worker);
    const lines = new Map();
    let open = files.length;
    let kept = 0;
    const settled = () => { open -= 1; if (open === 0 && kept) this.pick([]); };
    queue.addEventListener("change", async ({ detail }) => {
      const line = lines.get(detail) ?? new Sending(detail, queue);
      if (!lines.has(detail)) { lines.set(detail, line); list.append(line.row); }
      line.show();
      if (detail.state !== "ready" || line.asked) return;
      line.asked = true;
      try {
        const intake = await keep(detail, facts);
        line.end(intake.state, intake.words, intake.reference);
        if (intake.state === "kept") kept += 1;
      } catch (error) { line.end("refused", error.message); }
      settled();
    });
    queue.add(files);
  }
}

customElements.define("slot-picks", SlotPicks);
customElements.define("reference-shelf", ReferenceShelf);
