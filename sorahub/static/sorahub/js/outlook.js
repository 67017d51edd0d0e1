// form[data-outlook="id"]: what it launches and costs stands in that element and is renewed while one chooses. From a change until
// the hub has answered to it nothing can be sent, so that what is sent is what was looked at; where no answer comes, it says so.
const OLD = "This may be old: the hub did not answer. Nothing is launched from it.";

class Outlook {
  constructor(form) {
    this.form = form;
    this.box = document.getElementById(form.dataset.outlook);
    this.changes = 0;
    this.asked = new WeakMap(); // by request: how many changes it knew of
    // Parts that ask for themselves keep their events to themselves; what asks for nothing (a filter) keeps its own too.
    for (const part of [form, ...form.querySelectorAll("[hx-post]")]) {
      for (const name of ["input", "shots"]) part.addEventListener(name, () => this.changed());
    }
    form.addEventListener("htmx:beforeSend", ({ detail }) => this.asked.set(detail.xhr, this.changes));
    form.addEventListener("htmx:afterSwap", ({ detail }) => this.arrived(detail.xhr));
    for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
      form.addEventListener(name, (event) => { event.preventDefault(); this.failed(event.detail.xhr); });
    }
    form.addEventListener("loggedOut", () => this.failed());
  }

  changed() {
    this.changes += 1;
    this.mark("waiting");
  }

  /** What comes may be the answer to what stood before the last change. */
  arrived(xhr) {
    this.mark(this.asked.get(xhr) === this.changes ? null : "waiting");
  }

  failed(xhr) {
    if (xhr && this.asked.get(xhr) !== this.changes) return;
    this.mark("failed");
    if (this.box.querySelector("[data-old]")) return;
    const note = document.createElement("p");
    note.dataset.old = "";
    const again = document.createElement("button");
    Object.assign(again, { type: "button", className: "button button--small", textContent: "Ask again" });
    again.addEventListener("click", () => this.form.dispatchEvent(new Event("input", { bubbles: true })));
    note.append(OLD, " ", again);
    this.box.prepend(note);
  }

  mark(state) {
    if (state) this.box.dataset.stale = state;
    else delete this.box.dataset.stale;
    this.box.setAttribute("aria-busy", String(state === "waiting"));
    if (state) for (const button of this.box.querySelectorAll("[type=submit]")) button.disabled = true;
  }
}

if (globalThis.htmx) for (const form of document.querySelectorAll("form[data-outlook]")) new Outlook(form);
