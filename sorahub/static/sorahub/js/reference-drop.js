// <reference-drop>: the form that adds references takes many files, dropped or chosen. They are sent in pieces at once, while one says
// what they are; the button then keeps all of them with the same words. A file that was on its way before a reload goes on when it is
// chosen again. Without this module the form sends one file as forms do.
import { dropped } from "./transfer.js";
import { api, queueFor, Sending } from "./reference-send.js";

const MANY = new Set(["roles"]);

class ReferenceDrop extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.list = this.querySelector("[data-sendings]");
    this.status = this.querySelector("[data-sendings-said]");
    this.problems = this.querySelector("[data-problems]");
    this.lines = new Map();
    this.queue = queueFor(this.dataset.project, this.dataset.worker);
    this.queue.addEventListener("change", ({ detail }) => this.changed(detail));
    this.files = this.form.elements.file;
    this.files.multiple = true;
    this.files.addEventListener("change", () => { this.add(this.files.files); this.files.value = ""; });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.keepAll(); });
    for (const name of ["dragover", "dragleave", "drop"]) this.addEventListener(name, (event) => this.drag(event));
    this.pauser = this.querySelector("[data-pause]");
    this.pauser.addEventListener("click", () => this.pause());
    for (const each of this.querySelectorAll("[data-left]")) this.takeUp(each);
    for (const each of this.querySelectorAll("[data-enhanced]")) each.hidden = false;
    this.tell();
  }

  async drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.classList.toggle("drop--over", event.type === "dragover");
    if (event.type === "drop") this.add(await dropped(event.dataTransfer));
  }

  add(files) {
    for (const file of files) {
      this.querySelector(`[data-left="${CSS.escape(file.name)}"]`)?.remove();
    }
    this.queue.add(files);
  }

  /** A file that came whole before a reload needs no more sending; one that did not must be chosen again. */
  takeUp(item) {
    const { left: name, transfer, state } = item.dataset;
    item.querySelector("[data-give-up]")?.addEventListener("click", async () => {
      await api(`/api/v1/transfers/${transfer}/`, "DELETE").catch(() => null);
      item.remove();
      this.tell();
    });
    if (state !== "ready") return;
    item.remove();
    this.queue.takeUp({ id: transfer, name, size: Number(item.dataset.size) });
  }

  changed(transfer) {
    if (transfer.state === "cancelled") {
      this.lines.get(transfer)?.row.remove();
      this.lines.delete(transfer);
      if (this.facts) this.finish();
      this.tell();
      return;
    }
    if (!this.lines.has(transfer)) {
      const line = new Sending(transfer, this.queue);
      this.lines.set(transfer, line);
      this.list.append(line.row);
    }
    const line = this.lines.get(transfer);
    line.show();
    if (transfer.state === "ready" && this.facts && !line.asked) this.keepOne(line, this.facts);
    this.tell();
  }

  pause() {
    if (this.queue.paused) this.queue.resume();
    else this.queue.pause();
    this.tell();
  }

  tell() {
    const lines = [...this.lines.values()];
    const count = (state) => lines.filter((line) => !line.over && line.transfer.state === state).length;
    const open = lines.filter((line) => !line.over).length;
    const held = lines.filter((line) => line.held).length;
    const sending = count("sending") + count("waiting") + count("checking");
    this.pauser.hidden = !(sending + count("paused"));
    this.pauser.textContent = this.queue.paused ? "Go on" : "Pause";
    const kept = lines.filter((line) => line.over === "kept").length;
    const words = [sending && `${sending} on the way`, count("ready") - held && `${count("ready") - held} sent`, held && `${held} sent and not kept yet`, kept && `${kept} kept`, count("failed") && `${count("failed")} not sent`];
    this.status.textContent = words.filter(Boolean).join(", ");
    const button = this.querySelector("[data-keep]");
    button.textContent = this.facts && open > held ? "Keeping what comes…" : open > 1 ? `Keep ${open} files` : "Keep";
  }

  said() {
    const facts = {};
    for (const [name, value] of new FormData(this.form)) {
      if (MANY.has(name)) (facts[name] ??= []).push(value);
      else if (name === "tags") facts.tags = value.split(",").map((each) => each.trim()).filter(Boolean);
      else if (typeof value === "string" && name !== "csrfmiddlewaretoken" && value) facts[name] = value;
    }
    return facts;
  }

  keepAll() {
    this.say([]);
    const facts = this.said();
    const missing = ["source", "rights"].filter((name) => !facts[name]?.trim());
    const open = [...this.lines.values()].filter((line) => !line.over);
    if (!open.length) this.say(["Choose files, or drop them here."]);
    for (const name of missing) this.say([name === "source" ? "Say where the files come from." : "Say under which right they are used."], name);
    if (!open.length || missing.length) return;
    this.facts = facts;
    for (const line of open) if (line.transfer.state === "ready" && !line.asked) this.keepOne(line, facts);
    this.tell();
  }

  async keepOne(line, facts) {
    try {
      await line.keep(facts, () => this.keepOne(line, this.said()));
    } catch (error) {  // what was said is wrong, which is the same for all: mend it and press again
      this.facts = null;
      this.say([error.message]);
      line.show();
    }
    this.tell();
    await this.finish();
  }

  /** Once nothing is open any more: on to where they are wanted, or to the list with the new ones. */
  async finish() {
    if (!this.done) return;
    this.facts = null;
    this.tell();
    const lines = [...this.lines.values()];
    const well = lines.length && lines.every((each) => each.over === "kept");
    if (well && this.dataset.back) location.assign(this.dataset.back);  // whoever came from a launch goes on with it
    else await this.refresh();
  }

  /** Show the new files among the others. */
  async refresh() {
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-reference-list]");
    const shown = document.querySelector("[data-reference-list]");
    if (fresh && shown) shown.replaceWith(document.adoptNode(fresh));
  }

  get done() {
    return [...this.lines.values()].every((line) => line.over);
  }

  say(words, field = "") {
    if (!words.length) this.problems.replaceChildren();
    for (const text of words) this.problems.append(Object.assign(document.createElement("p"), { textContent: text }));
    this.problems.hidden = !this.problems.children.length;
    if (field && document.activeElement?.name !== "source") this.form.elements[field].focus();
  }
}

customElements.define("reference-drop", ReferenceDrop);
