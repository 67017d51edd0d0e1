// Files beside a note: picked, pasted or dropped; refused by kind and size before anything is sent; uploaded with their progress once
// their note has arrived. Files themselves are not kept over a reload: the page asks before it is left while some wait.
import { make, smallButton } from "./elements.js";
import { uuid } from "./ids.js";
import { toast } from "./toast.js";

const sizeWords = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function allowed(file, accept) {
  const kinds = accept.split(",").map((kind) => kind.trim().toLowerCase()).filter(Boolean);
  const name = file.name.toLowerCase();
  const fits = (kind) => (kind.startsWith(".") ? name.endsWith(kind) : kind.endsWith("/*") ? file.type.startsWith(kind.slice(0, -1)) : file.type === kind);
  return kinds.length === 0 || kinds.some(fits);
}

/** Sends one file with progress; throws an error with words for the person. */
function upload(url, { id, file }, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.response ?? {});
      else reject(new Error(request.response?.detail ?? `The hub answered ${request.status}.`));
    });
    request.addEventListener("error", () => reject(new Error("The connection broke.")));
    const form = new FormData();
    form.append("id", id);
    form.append("file", file, file.name);
    request.send(form);
  });
}

export class Attachments {
  /** `list` shows the files, `input` is the file field, `area` takes pasted and `zone` dropped files. */
  constructor({ list, input, area, zone, changed, arrived }) {
    Object.assign(this, { list, input, changed, arrived, files: [], rows: new Map() });
    this.limit = Number(input.dataset.mostBytes ?? 25_000_000);
    input.addEventListener("change", () => { this.take(input.files); input.value = ""; });
    area.addEventListener("paste", ({ clipboardData }) => { if (clipboardData?.files.length > 0) this.take(clipboardData.files); });
    zone.addEventListener("dragover", (event) => this.over(event, zone, true));
    zone.addEventListener("dragleave", (event) => this.over(event, zone, false));
    zone.addEventListener("drop", (event) => { this.over(event, zone, false); this.take(event.dataTransfer.files); });
    addEventListener("beforeunload", (event) => { if (this.rows.size > 0) event.preventDefault(); });
    addEventListener("online", () => this.retry());
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
        : file.size > this.limit ? `it is larger than ${sizeWords(this.limit)}` : file.size === 0 ? "it is empty" : "";
      if (refusal) toast(`${file.name} is not attached: ${refusal}.`, "bad");
      else this.put({ id: uuid(), file });
    }
    this.changed();
  }

  put(entry) {
    this.files.push(entry);
    const state = make("span", { class: "muted small" }, sizeWords(entry.file.size));
    const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": `Upload of ${entry.file.name}` });
    const again = smallButton("Try again", () => this.send(entry));
    again.hidden = true;
    const row = make("li", { class: "composer__file" }, make("span", { class: "composer__file-name" }, entry.file.name), state, bar, again, smallButton("Remove", () => this.forget(entry)));
    Object.assign(entry, { row, state, bar, again });
    this.rows.set(entry.id, row);
    this.list.append(row);
  }

  forget(entry) {
    this.files = this.files.filter((one) => one !== entry);
    this.rows.delete(entry.id);
    entry.row.remove();
    this.changed();
  }

  /** The files of the box now belong to this note. */
  bind(note) {
    const bound = this.files;
    this.files = [];
    for (const entry of bound) entry.note = note;
    this.bound = [...(this.bound ?? []), ...bound];
    return bound.length;
  }

  /** The note has arrived: what belongs to it follows. */
  noteArrived(note) {
    for (const entry of this.bound ?? []) {
      if (entry.note !== note) continue;
      entry.ready = true;
      this.send(entry);
    }
  }

  retry() {
    for (const entry of this.bound ?? []) if (entry.ready && !entry.busy) this.send(entry);
  }

  async send(entry) {
    if (!entry.note || entry.busy) return;
    Object.assign(entry, { busy: true });
    entry.bar.hidden = false;
    entry.again.hidden = true;
    try {
      const answer = await upload(`/annotations/${entry.note}/attachments/`, entry, (part) => { entry.bar.value = part; });
      this.bound = this.bound.filter((one) => one !== entry);
      this.forget(entry);
      this.arrived(answer);
    } catch (error) {
      entry.state.textContent = error.message;
      entry.bar.hidden = true;
      entry.again.hidden = false;
    } finally {
      entry.busy = false;
    }
  }
}
