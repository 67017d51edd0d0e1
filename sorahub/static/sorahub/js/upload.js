// A multipart form with data-upload shows how far the upload is (its <progress> in [data-upload-progress]), and lets it be cancelled there
// until all is sent. What the browser can see to be missing is told before anything is sent.
// Without this module the form is sent by the browser as usual.
import { toast } from "./toast.js";

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

class Upload {
  constructor(form) {
    this.form = form;
    this.box = form.querySelector("[data-upload-progress]");
    this.stopper = form.querySelector("[data-upload-cancel]");
    this.stopper?.addEventListener("click", () => this.request?.abort());
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(event.submitter); });
  }

  send(submitter) {
    if (this.request || !this.form.reportValidity()) return;
    const request = new XMLHttpRequest();
    this.request = request;
    this.form.setAttribute("aria-busy", "true");
    if (this.box) this.box.hidden = false;
    if (this.stopper) this.stopper.hidden = false;
    request.upload.addEventListener("progress", (event) => this.show(event));
    request.addEventListener("load", () => this.done(request));
    request.addEventListener("abort", () => this.cancelled(submitter));
    for (const name of ["error", "timeout"]) request.addEventListener(name, () => this.broken());
    request.open("POST", this.form.action);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.send(new FormData(this.form, submitter));
    this.leaving = (event) => event.preventDefault();
    addEventListener("beforeunload", this.leaving);
  }

  show({ lengthComputable, loaded, total }) {
    const bar = this.box?.querySelector("progress");
    const words = this.box?.querySelector("[data-upload-words]");
    if (!bar || !lengthComputable) return;
    bar.max = total;
    bar.value = loaded;
    if (this.stopper) this.stopper.hidden = loaded === total;
    if (words) words.textContent = loaded < total ? `${megabytes(loaded)} of ${megabytes(total)}` : "All sent. Checking the file…";
  }

  end() {
    removeEventListener("beforeunload", this.leaving);
    this.request = null;
    this.form.removeAttribute("aria-busy");
    if (this.box) this.box.hidden = true;
  }

  /** A redirect was followed: go there. The same page again: it holds the form with its errors. */
  done(request) {
    this.end();
    const moved = request.responseURL && new URL(request.responseURL).pathname !== new URL(this.form.action).pathname;
    if (request.status < 400 && moved) {
      location.assign(request.responseURL);
      return;
    }
    const main = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
    if (!main) {
      toast(`The upload was refused (${request.status}).`, "bad");
      return;
    }
    document.querySelector("main").replaceWith(document.adoptNode(main));
    start();
    main.querySelector("[aria-invalid='true'], [role='alert']")?.focus?.();
  }

  cancelled(submitter) {
    this.end();
    submitter?.focus();
    toast("The upload was cancelled, and nothing of it is kept. The file is still chosen.");
  }

  broken() {
    this.end();
    toast("The connection broke. The file is still chosen: try again.", "bad");
  }
}

function start() {
  for (const form of document.querySelectorAll("form[data-upload]")) new Upload(form);
}

start();
