// Sends files and makes them references: a transfer each, then what is said about them, then the hub's look at them.
import { TransferQueue } from "./transfer.js";

const INTAKES = "/api/v1/reference-intakes/";
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const SILENT = "The hub does not answer.";
const ABSENCES = 8;
const token = () => document.querySelector("meta[name='csrf-token']")?.content ?? "";

/** Ask the API; the words of its refusal come as an Error with `fields` and `status`, which is missing where nobody answered. */
export async function api(address, method = "GET", body = null) {
  const headers = { Accept: "application/json", "X-CSRFToken": token(), ...(body ? { "Content-Type": "application/json" } : {}) };
  const asked = { method, headers, credentials: "same-origin", body: body && JSON.stringify(body) };
  const answer = await fetch(address, asked).catch(() => { throw new Error(SILENT); });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const words = [said.detail, ...Object.values(said.fields ?? {})].filter(Boolean);
  throw Object.assign(new Error([...new Set(words)].join(" ") || `The hub answered ${answer.status}.`), { fields: said.fields ?? {}, status: answer.status });
}

/** Whether the same may be answered otherwise in a moment: nobody answered, or the hub was not able to. */
const passing = ({ status }) => !status || status >= 500 || status === 429;

/** Have a ready transfer made a reference; resolves to what became of it: state, words, reference. Asking again does no harm. */
async function keep(transfer, facts) {
  let intake = await api(INTAKES, "POST", { transfer: transfer.row.id, ...facts });
  for (let wait = 300, absences = 0; intake.state === "measuring"; wait = Math.min(3000, wait * 1.5)) {
    await sleep(wait);
    try {
      intake = await api(`${INTAKES}${intake.id}/`);
      absences = 0;
    } catch (error) {  // a short absence of the hub is no answer: ask on
      if (!passing(error) || (absences += 1) === ABSENCES) throw error;
    }
  }
  return intake;
}

export const queueFor = (project, worker) => new TransferQueue({ project, worker, purpose: "reference" });

export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

const STATES = { waiting: "Waiting", sending: "On its way", paused: "Paused", checking: "Being checked", ready: "Sent", failed: "Not sent" };

/** One line of a list of files on their way: name, progress, words, and a way to stop or try again. */
export class Sending {
  constructor(transfer, queue) {
    Object.assign(this, { transfer, queue });
    this.row = document.createElement("li");
    this.row.className = "sending";
    const head = document.createElement("div");
    head.className = "progress__head";
    this.name = Object.assign(document.createElement("strong"), { textContent: transfer.name });
    this.words = document.createElement("span");
    this.bar = Object.assign(document.createElement("progress"), { max: transfer.size || 1, value: 0 });
    this.bar.setAttribute("aria-label", transfer.name);
    this.told = Object.assign(document.createElement("p"), { className: "small", hidden: true });
    this.acts = Object.assign(document.createElement("span"), { className: "row" });
    this.again = this.button("Try again", () => (this.held ?? (() => this.queue.retry(this.transfer)))());
    this.away = this.button("Take out", () => { this.queue.cancel(this.transfer); this.row.remove(); });
    head.append(this.name, this.words);
    this.acts.append(this.again, this.away);
    this.row.append(head, this.bar, this.told, this.acts);
    this.show();
  }

  button(label, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--small button--quiet", textContent: label });
    button.setAttribute("aria-label", `${label}: ${this.transfer.name}`);
    button.addEventListener("click", act);
    return button;
  }

  /** Have the ready file made a reference. No answer leaves the line open, and `again` is asked; wrong facts are thrown. */
  async keep(facts, again) {
    this.asked = true;
    this.held = null;
    this.again.hidden = this.away.hidden = true;
    this.words.textContent = "Being looked at";
    this.tell("");
    try {
      const { state, words, reference } = await keep(this.transfer, facts);
      this.end(state, words, reference);
    } catch (error) {
      this.asked = false;
      if (passing(error)) this.hold(error.message, again);
      else if (error.status === 400) throw error;
      else this.end("refused", error.message);
    }
  }

  hold(words, again) {
    this.held = again;
    this.words.textContent = "Sent, not kept yet";
    this.again.hidden = this.away.hidden = false;
    this.tell(words, "bad");
  }

  show() {
    const { state, sent, size, words } = this.transfer;
    this.bar.value = sent;
    const much = state === "sending" || state === "paused" ? ` · ${megabytes(sent)} of ${megabytes(size)}` : "";
    if (!this.over) this.words.textContent = `${STATES[state] ?? ""}${much}`;
    if (!this.over) this.tell(words, state === "failed" ? "bad" : "");
    this.again.hidden = state !== "failed";
    this.away.hidden = Boolean(this.over);
    this.row.dataset.state = this.over ?? state;
  }

  tell(words, tone = "") {
    this.told.textContent = words;
    this.told.hidden = !words;
    this.told.classList.toggle("field__error", tone === "bad");
  }

  /** What became of it in the end. */
  end(state, words, reference) {
    this.over = state;
    this.words.textContent = state === "refused" ? "Not taken" : "Kept";
    this.bar.value = this.bar.max;
    this.bar.hidden = true;
    this.show();
    this.tell(words, state === "refused" ? "bad" : "");
    if (reference) {
      const link = Object.assign(document.createElement("a"), { href: `/references/${reference}/`, textContent: this.transfer.name });
      this.name.replaceChildren(link);
    }
  }
}
