// <footage-drop>: takes files and folders for an import, sends them in pieces (transfer.js), shows how far each is, and writes the ids of
// what has come, and of the files ticked by name that came before, into the form's hidden field; all that came before is one box.
import { TransferQueue, dropped } from "./transfer.js";

const SHOWN = 100;
const SAID = { waiting: "Waiting", sending: "", paused: "Paused", checking: "Being checked", ready: "Here", failed: "Not sent" };
const unsent = (number) => `${number} ${number === 1 ? "file" : "files"} could not be sent`;
const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);

class FootageDrop extends HTMLElement {
  connectedCallback() {
    this.queue = new TransferQueue({ project: this.dataset.project, purpose: "footage", worker: this.dataset.worker });
    this.lines = new Map();
    this.form = this.closest("form");
    this.ids = this.querySelector("input[name=transfers]");
    for (const kind of ["dragenter", "dragover"]) this.addEventListener(kind, (event) => { event.preventDefault(); this.setAttribute("data-over", ""); });
    for (const kind of ["dragleave", "drop"]) this.addEventListener(kind, () => this.removeAttribute("data-over"));
    this.addEventListener("drop", async (event) => {
      event.preventDefault();
      this.take(await dropped(event.dataTransfer));
    });
    this.part("pause").addEventListener("click", () => this.turn());
    this.queue.addEventListener("change", ({ detail }) => this.show(detail));
    this.queue.addEventListener("idle", () => this.said());
    this.part("waiting")?.addEventListener("change", () => { this.named(); this.write(); });
    this.form.addEventListener("submit", (event) => this.submit(event));
    const named = new Set(Array.from(this.querySelectorAll("[data-sent]"), ({ value }) => value));
    this.kept = this.ids.value.split(",").filter((id) => id && !named.has(id)); // of a form that came back
    this.named();
    this.write();
    for (const name of ["files", "folder"]) {
      const input = this.part(name);
      const chosen = () => { this.take(input.files); input.value = ""; };
      input.addEventListener("change", chosen);
      chosen(); // what was chosen before this script was here
    }
  }

  part(name) { return this.querySelector(`[data-part="${name}"]`); }

  take(files) {
    if (files.length) this.queue.add(files);
  }

  turn() {
    const { queue } = this;
    if (queue.paused) queue.resume(); else queue.pause();
    this.part("pause").textContent = queue.paused ? "Go on" : "Pause";
  }

  show(transfer) {
    if (transfer.state === "cancelled") {
      this.lines.get(transfer)?.remove();
      this.lines.delete(transfer);
    } else if (this.lines.has(transfer) || this.lines.size < SHOWN || transfer.state === "failed") this.line(transfer);
    this.write();
    this.sum();
  }

  line(transfer) {
    let line = this.lines.get(transfer);
    if (!line) {
      line = document.createElement("li");
      const words = document.createElement("span");
      words.className = "list__words";
      words.append(document.createElement("span"), document.createElement("span"));
      const drop = document.createElement("button");
      Object.assign(drop, { type: "button", className: "button button--small button--quiet", textContent: "Remove" });
      drop.setAttribute("aria-label", `Remove ${transfer.name}`);
      drop.addEventListener("click", () => this.queue.cancel(transfer));
      const again = document.createElement("button");
      Object.assign(again, { type: "button", className: "button button--small", textContent: "Try again", hidden: true });
      again.addEventListener("click", () => this.queue.retry(transfer));
      line.append(words, again, drop);
      this.lines.set(transfer, line);
      this.part("list").append(line);
    }
    const [name, state] = line.firstChild.children;
    name.textContent = transfer.folder ? `${transfer.folder}/${transfer.name}` : transfer.name;
    const far = transfer.state === "sending" ? `${size(transfer.sent)} of ${size(transfer.size)}` : `${SAID[transfer.state]} · ${size(transfer.size)}`;
    state.textContent = transfer.words ? `${far}. ${transfer.words}` : far;
    line.dataset.state = transfer.state;
    line.children[1].hidden = transfer.state !== "failed";
  }

  sum() {
    const all = this.queue.transfers;
    const total = all.reduce((sum, each) => sum + each.size, 0);
    const sent = all.reduce((sum, each) => sum + (each.state === "ready" ? each.size : each.sent), 0);
    const here = all.filter(({ state }) => state === "ready").length;
    this.part("sum").hidden = !all.length;
    this.part("pause").hidden = this.queue.settled;
    const failed = this.failed.length;
    this.part("words").textContent = `${here} of ${all.length} files are here${failed ? `, ${unsent(failed)}` : ""}`;
    const percent = total ? Math.floor((100 * sent) / total) : 0;
    this.part("percent").textContent = `${percent} %`;
    this.part("bar").value = percent;
    const more = all.length - this.lines.size;
    this.part("rest").hidden = more <= 0;
    this.part("rest").textContent = `And ${more} more files.`;
  }

  get failed() { return this.queue.transfers.filter(({ state }) => state === "failed"); }

  said() {
    const failed = this.failed.length;
    this.part("live").textContent = failed ? `${unsent(failed)}.` : "All files are here.";
  }

  /** With all that was sent before, which the hub itself looks up, none of them is ticked by name. */
  named() {
    const all = this.part("all")?.checked;
    for (const box of this.querySelectorAll("[data-sent]")) box.disabled = Boolean(all);
  }

  write() {
    const came = this.queue.transfers.filter(({ state }) => state === "ready").map(({ row }) => row.id);
    const before = Array.from(this.querySelectorAll("[data-sent]:checked:enabled"), (box) => box.value);
    this.ids.value = [...new Set([...before, ...this.kept, ...came])].join(",");
  }

  submit(event) {
    const { failed, queue } = this;
    if (queue.settled && !failed.length) return;
    event.preventDefault();
    const words = !queue.settled
      ? "Wait until all files are here, or remove those that are not."
      : `${unsent(failed.length)}: try again, or remove what is to be left out.`;
    this.part("live").textContent = words;
    this.part("words").textContent = words;
    if (failed.length) this.lines.get(failed[0]).children[1].focus();
  }
}

customElements.define("footage-drop", FootageDrop);
