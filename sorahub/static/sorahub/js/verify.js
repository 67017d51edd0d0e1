// The public page: <verify-file> takes a file, has it hashed in a worker, and asks for what is known of the hash. The file goes nowhere.
const UNREADABLE = "This file cannot be read. Is it still there, and may your browser open it?";
const AWAY = "The hub does not answer. Your file’s fingerprint is shown above; try again later.";

class VerifyFile extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.input = this.querySelector("input[type=file]");
    this.input.addEventListener("change", () => this.take(this.input.files[0]));
    this.part("cancel").addEventListener("click", () => this.cancel());
    for (const kind of ["dragenter", "dragover"]) this.addEventListener(kind, (event) => this.over(event));
    for (const kind of ["dragleave", "drop"]) this.addEventListener(kind, () => this.removeAttribute("data-over"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.take(event.dataTransfer.files[0]);
    });
  }

  disconnectedCallback() {
    this.stop();
  }

  part(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  over(event) {
    event.preventDefault();
    this.setAttribute("data-over", "");
  }

  take(file) {
    if (!file) return;
    this.stop();
    this.say("");
    this.part("hash").hidden = true;
    this.part("name").textContent = file.name;
    this.part("work").hidden = false;
    this.advance(0);
    this.worker = new Worker(this.dataset.worker, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.hear(data, file));
    this.worker.addEventListener("error", () => this.fail(UNREADABLE));
    this.worker.postMessage(file);
  }

  hear(data, file) {
    if (data.error) this.fail(UNREADABLE);
    else if (data.hash) this.ask(data.hash, file.name);
    else this.advance(file.size ? Math.floor((100 * data.done) / file.size) : 100);
  }

  advance(percent) {
    this.part("bar").value = percent;
    this.part("percent").textContent = `${percent} %`;
  }

  stop() {
    this.worker?.terminate();
    this.worker = null;
    this.asking?.abort();
    this.part("work").hidden = true;
    this.input.value = "";
  }

  cancel() {
    this.stop();
    this.say("Cancelled.");
    this.input.focus();
  }

  fail(words) {
    this.stop();
    this.say(words);
  }

  async ask(hash, name) {
    this.stop();
    this.part("hash").textContent = `${name}: SHA-256 ${hash}`;
    this.part("hash").hidden = false;
    this.asking = new AbortController();
    try {
      const response = await fetch(`${this.dataset.address}${hash}`, { headers: { "HX-Request": "true", Accept: "text/html" }, signal: this.asking.signal });
      const told = new DOMParser().parseFromString(await response.text(), "text/html");
      document.querySelector("#answer").replaceChildren(...told.body.childNodes);
    } catch (error) {
      if (error.name !== "AbortError") this.say(AWAY);
    }
  }

  say(words) {
    const answer = document.querySelector("#answer");
    answer.replaceChildren();
    if (!words) return;
    const line = document.createElement("p");
    line.className = "muted";
    line.textContent = words;
    answer.append(line);
  }
}

customElements.define("verify-file", VerifyFile);
