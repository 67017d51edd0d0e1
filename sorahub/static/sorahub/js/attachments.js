// Files beside a note: picked, pasted or dropped; refused by kind and size before anything is sent; uploaded with their progress once
// their note has arrived. Until then they are kept in this browser, and sent again with growing pauses and as soon as the network is
// back; their ids are made here, so nothing arrives twice.
import { make, smallButton } from "./elements.js";
import { uuid } from "./ids.js";
import { toast } from "./toast.js";
import { Refused } from "./unsent.js";

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
const sizeWords = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function allowed(file, accept) {
  const kinds = accept.split(",").map((kind) => kind.trim().toLowerCase()).filter(Boolean);
  const name = file.name.toLowerCase();
  const fits = (kind) => (kind.startsWith(".") ? name.endsWith(kind) : kind.endsWith("/*") ? file.type.startsWith(kind.slice(0, -1)) : file.type === kind);
  return kinds.length === 0 || kinds.some(fits);
}

/** Sends one file with progress; throws Refused with words for the person on a lasting no, any other error where trying again may help. */
function upload(url, { id, file }, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(loaded / total));
    request.addEventListener("load", () => {
      const words = request.response?.detail ?? `The hub answered ${request.status}.`;
      const passing = request.status >= 500 || [401, 408, 429].includes(request.status);
      if (request.status < 300 && request.response) resolve(request.response);
      else if (request.status < 300) reject(new Error("You are logged out. Log in in another tab; the file is kept here."));
      else reject(passing ? new Error(words) : new Refused(words));
    });
    request.addEventListener("error", () => reject(new Error("The connection broke.")));
    const form = new FormData();
    form.append("id", id);
    form.append("file", file, file.name);
    request.send(form);
  });
}

export class Attachments {
  /** `list` shows the files, `input` is the file field, `area` takes pasted and `zone` dropped files; `store` keeps them, and
   * `waits(note)` says whether a note is itself still on its way. */
  constructor({ list, input, area, zone, store, waits, changed, arrived }) {
    Object.assign(this, { list, input, store, waits, changed, arrived, files: [], bound: [], tries: 0 });
    this.limit = Number(input.dataset.mostBytes);
    this.most = Number(input.dataset.mostFiles);
    input.addEventListener("change", () => { this.take(input.files); input.value = ""; });
    area.addEventListener("paste", ({ clipboardData }) => { if (clipboardData?.files.length > 0) this.take(clipboardData.files); });
    zone.addEventListener("dragover", (event) => this.over(event, zone, true));
    zone.addEventListener("dragleave", (event) => this.over(event, zone, false));
    zone.addEventListener("drop", (event) => { this.over(event, zone, false); this.take(event.dataTransfer.files); });
    addEventListener("beforeunload", (event) => { if ([...this.files, ...this.bound].some(({ kept }) => !kept)) event.preventDefault(); });
    addEventListener("online", () => this.retry());
    this.restored = this.restore();
  }

  /** Takes up again what was here when the page was left: files of the box, and those whose note was on its way or has arrived. */
  async restore() {
    const rows = await this.store.all();
    for (const { id, note, file } of rows) {
      if (this.bound.some((entry) => entry.id === id)) continue;
      const entry = { id, file, note, kept: true, ready: note !== null && !this.waits(note) };
      (note === null ? this.files : this.bound).push(entry);
      this.show(entry);
    }
    this.retry();
    return rows.length;
  }

  over(event, zone, on) {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    zone.toggleAttribute("data-drop", on);
  }

  get waiting() { return this.files.length; }

  take(files) {
    for (const file of files) {
      const refusal = !allowed(file, this.input.accept) ? "this kind of file is not taken"
        : file.size > this.limit ? `it is larger than ${sizeWords(this.limit)}` : file.size === 0 ? "it is empty" : this.files.length >= this.most ? `a note takes ${this.most} files` : "";
      if (refusal) toast(`${file.name} is not attached: ${refusal}.`, "bad");
      else this.put({ id: uuid(), file });
    }
    this.changed();
  }

  async put(entry) {
    this.files.push(entry);
    this.show(entry);
    const { id } = entry;
    const kept = await this.store.keep(entry);
    if (entry.id === id) entry.kept = kept;
  }

  show(entry) {
    const state = make("span", { class: "muted small" }, this.wordsOf(entry));
    const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": `Upload of ${entry.file.name}` });
    const again = smallButton("Try again", () => this.send(entry));
    again.hidden = true;
    const row = make("li", { class: "composer__file" }, make("span", { class: "composer__file-name" }, entry.file.name), state, bar, again, smallButton("Remove", () => this.remove(entry)));
    Object.assign(entry, { row, state, bar, again });
    this.list.append(row);
  }

  wordsOf({ note, file }) { return note ? `Unsent · ${sizeWords(file.size)}` : sizeWords(file.size); }

  forget(entry) {
    this.files = this.files.filter((one) => one !== entry);
    this.bound = this.bound.filter((one) => one !== entry);
    this.store.drop(entry.id);
    entry.row.remove();
  }

  remove(entry) {
    this.forget(entry);
    this.changed();
  }

  /** The files of the box now belong to this note. Each gets an id of its own for it: another tab may show the same box. */
  bind(note) {
    const bound = this.files;
    this.files = [];
    for (const entry of bound) this.give(entry, note);
    this.bound.push(...bound);
    return bound.length;
  }

  async give(entry, note) {
    const before = entry.id;
    Object.assign(entry, { id: uuid(), note, kept: false });
    entry.state.textContent = this.wordsOf(entry);
    entry.kept = await this.store.keep(entry);
    this.store.drop(before);
    if (!this.bound.includes(entry)) this.store.drop(entry.id); // it was sent or given up meanwhile
  }

  /** The note was given up: its files are too. */
  forgetNote(note) {
    for (const entry of this.bound.filter((one) => one.note === note)) this.forget(entry);
  }

  /** What belongs to notes that have arrived, sent from here or from another tab, follows. */
  follow() {
    const arrived = this.bound.filter(({ ready, note }) => !ready && !this.waits(note));
    for (const entry of arrived) entry.ready = true;
    if (arrived.length > 0) this.retry();
  }

  retry() {
    clearTimeout(this.timer);
    for (const entry of this.bound) if (entry.ready && !entry.refused) this.send(entry);
  }

  later() {
    clearTimeout(this.timer);
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.tries);
    this.tries += 1;
    this.timer = setTimeout(() => this.retry(), pause * (0.75 + Math.random() / 2));
  }

  async send(entry) {
    if (!entry.note || entry.busy) return;
    Object.assign(entry, { busy: true, refused: false });
    entry.bar.hidden = false;
    entry.again.hidden = true;
    try {
      // Another tab may have sent it, or have given it up.
      if (entry.kept && !(await this.store.has(entry.id))) {
        this.forget(entry);
        return;
      }
      if (!this.bound.includes(entry)) return;
      const answer = await upload(`/annotations/${entry.note}/attachments/`, entry, (part) => { entry.bar.value = part; });
      this.tries = 0;
      this.forget(entry);
      this.arrived(answer);
    } catch (error) {
      entry.refused = error instanceof Refused;
      entry.state.textContent = `Unsent · ${error.message}`;
      entry.bar.hidden = true;
      entry.again.hidden = false;
      if (!entry.refused) this.later();
    } finally {
      entry.busy = false;
    }
  }
}
