// Sends files to the hub in pieces, each with its SHA-256: paused, resumed, and gone on with after a reload, as the hub knows the file by
// its fingerprint and says what is missing. Used by pages through TransferQueue; shows nothing itself.
//
//   const queue = new TransferQueue({ project, purpose: "footage", worker: "…/verify-worker.js" });
//   queue.addEventListener("change", ({ detail }) => …);   // detail is a Transfer: name, size, sent, state, words, row
//   queue.add(files);  queue.pause();  queue.resume();  queue.cancel(transfer);
//
// States: waiting, sending, paused, checking, ready, failed; cancelled when it was taken out. A ready Transfer has `row`, as the API shows it.

const API = "/api/v1/transfers/";
const TRIES = 8;
const LONGEST_WAIT = 30_000;
const CHUNK = 4 * 1024 * 1024;
const SILENT = "The hub does not answer.";
const OFFLINE = "The hub does not answer; this goes on by itself when it does.";

/** Waits so long, or until it is stopped. */
const sleep = (ms, signal) => new Promise((resolve, reject) => {
  signal?.throwIfAborted();
  const stop = () => { clearTimeout(timer); reject(signal.reason); };
  const timer = setTimeout(() => { signal?.removeEventListener("abort", stop); resolve(); }, ms);
  signal?.addEventListener("abort", stop, { once: true });
});
const token = () => document.querySelector("meta[name='csrf-token']")?.content ?? "";
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A refusal that trying again will not change. */
class Refusal extends Error {}

/** SHA-256 of a piece: by the browser where it may (https or localhost), else in the worker that the public page uses, too. */
async function sha256(blob, worker) {
  if (globalThis.crypto?.subtle) return hex(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return new Promise((resolve, reject) => {
    const hasher = new Worker(worker, { type: "module" });
    hasher.addEventListener("message", ({ data }) => {
      if (data.hash) resolve(data.hash);
      else if (data.error) reject(new Refusal("This file cannot be read. Is it still there?"));
      else return;
      hasher.terminate();
    });
    hasher.addEventListener("error", () => reject(new Refusal("This browser cannot hash files.")));
    hasher.postMessage(blob);
  });
}

/** What the same file is called after a reload: its name, size, time of change and first piece. */
async function fingerprint(file, path, worker) {
  const first = await sha256(file.slice(0, CHUNK), worker);
  return sha256(new Blob([JSON.stringify([path, file.size, file.lastModified, first])]), worker);
}

async function ask(address, method, body, type, signal) {
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  if (type) headers["Content-Type"] = type;
  const answer = await fetch(address, { method, body, headers, credentials: "same-origin", signal })
    .catch((error) => { throw error.name === "AbortError" ? error : new Error(SILENT); });
  const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  signal?.throwIfAborted();
  if (answer.ok) return said;
  const words = said.detail ?? `The hub answered ${answer.status}.`;
  throw answer.status >= 500 || answer.status === 429 || said.code === "hash-mismatch" ? new Error(words) : new Refusal(words);
}

export class Transfer {
  constructor(file, queue) {
    Object.assign(this, { file, queue, name: file.name, size: file.size, sent: 0, state: "waiting", words: "", row: null });
    const path = file.path ?? file.webkitRelativePath ?? "";
    this.folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  }

  /** Whatever comes after it was taken out, it stays so. */
  become(state, words = "") {
    this.state = this.cancelled ? "cancelled" : state;
    this.words = words;
    this.queue.tell(this);
  }

  /** Ask until the hub has answered: waits longer after each failure, and gives up after some. */
  async insist(...request) {
    for (let tried = 1; ; tried += 1) {
      this.stopping?.throwIfAborted();
      try {
        return await ask(...request, this.stopping);
      } catch (error) {
        if (error instanceof Refusal || error.name === "AbortError" || tried === TRIES) throw error;
        this.words = OFFLINE;
        this.queue.tell(this);
        await sleep(Math.min(LONGEST_WAIT, 500 * 2 ** tried) * (0.75 + Math.random() / 2), this.stopping);
      }
    }
  }

  async run() {
    this.control = new AbortController();
    this.stopping = this.control.signal;
    try {
      if (!this.size) throw new Refusal("The file is empty.");
      this.become("sending");
      this.row = await this.open();
      if (this.row.state === "open") await this.send();
      await this.finish();
    } catch (error) {
      // A stop takes a moment; whoever said "go on" meanwhile wants it to wait for its turn.
      if (error.name === "AbortError") this.become(this.queue.paused ? "paused" : "waiting");
      else this.become("failed", error.message);
    }
  }

  async open() {
    const { project, purpose, worker } = this.queue.options;
    const mark = await fingerprint(this.file, `${this.folder}/${this.name}`, worker);
    const asked = { project, purpose, original_name: this.name, folder: this.folder, size: this.size, fingerprint: mark, chunk_size: CHUNK };
    return this.insist(API, "POST", JSON.stringify(asked), "application/json");
  }

  async send() {
    this.sent = this.row.received_bytes;
    for (const [first, after] of this.row.missing) {
      for (let at = first; at < after; at += this.row.chunk_size) {
        this.stopping.throwIfAborted();
        const piece = this.file.slice(at, Math.min(at + this.row.chunk_size, this.size));
        const sum = await sha256(piece, this.queue.options.worker);
        await this.insist(`${API}${this.row.id}/chunk/?offset=${at}&sha256=${sum}`, "PUT", piece, "application/octet-stream");
        this.sent += piece.size;
        this.words = "";
        this.queue.tell(this);
      }
    }
  }

  async finish() {
    for (let waited = 250; ; waited = Math.min(5000, waited * 2)) {
      this.row = await this.insist(`${API}${this.row.id}/finish/`, "POST", null, "");
      if (this.row.state !== "checking") break;
      this.become("checking");
      await sleep(waited);
    }
    if (this.row.state !== "ready") throw new Refusal(this.row.words || "The hub did not take this file.");
    this.sent = this.size;
    this.become("ready");
  }
}

export class TransferQueue extends EventTarget {
  constructor(options) {
    super();
    this.options = { atOnce: 3, ...options };
    this.transfers = [];
    this.paused = false;
    this.running = 0;
    this.leaving = (event) => event.preventDefault();
  }

  tell(transfer) {
    this.dispatchEvent(new CustomEvent("change", { detail: transfer }));
  }

  add(files) {
    const added = Array.from(files, (file) => new Transfer(file, this));
    this.transfers.push(...added);
    for (const each of added) this.tell(each);
    this.go();
    return added;
  }

  /** Take up what came whole before a reload, as the hub tells of it: id, name and size. It has no file, and needs none. */
  takeUp({ id, name, size }) {
    const whole = Object.assign(new Transfer({ name, size }, this), { sent: size, state: "ready", row: { id } });
    this.transfers.push(whole);
    this.tell(whole);
  }

  get busy() {
    return this.transfers.some(({ state }) => state === "waiting" || state === "sending" || state === "checking");
  }

  /** Whether nothing more comes by itself or after "go on": each file is here, or has failed. */
  get settled() {
    return this.transfers.every(({ state }) => state === "ready" || state === "failed");
  }

  go() {
    while (!this.paused && this.running < this.options.atOnce) {
      const next = this.transfers.find(({ state }) => state === "waiting");
      if (!next) break;
      this.running += 1;
      next.state = "sending";
      next.run().finally(() => { this.running -= 1; this.go(); });
    }
    if (this.busy) addEventListener("beforeunload", this.leaving);
    else removeEventListener("beforeunload", this.leaving);
    if (!this.busy && !this.paused && this.transfers.length) this.dispatchEvent(new CustomEvent("idle"));
  }

  pause() {
    this.paused = true;
    for (const each of this.transfers) if (each.state === "sending") each.control?.abort();
  }

  resume() {
    this.paused = false;
    for (const each of this.transfers) if (each.state === "paused") each.become("waiting");
    this.go();
  }

  retry(transfer) {
    transfer.become("waiting");
    this.go();
  }

  /** Take a file out again; what came of it is given up at the hub. */
  async cancel(transfer) {
    transfer.cancelled = true;
    transfer.control?.abort();
    this.transfers = this.transfers.filter((each) => each !== transfer);
    transfer.become("cancelled");
    this.go();
    if (transfer.row) await ask(`${API}${transfer.row.id}/`, "DELETE").catch(() => null);
  }
}

/** The files of a drop, folders opened, each with `path` where it lay in one. */
export async function dropped({ items, files }) {
  const entries = Array.from(items ?? [], (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return Array.from(files);
  const found = [];
  const walk = async (entry, before) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
      file.path = `${before}${file.name}`;
      found.push(file);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      if (!some.length) return;
      for (const each of some) await walk(each, `${before}${entry.name}/`);
    }
  };
  for (const entry of entries) await walk(entry, "");
  return found;
}
