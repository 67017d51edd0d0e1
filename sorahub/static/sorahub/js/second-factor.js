// Forms that hold a passkey's answer: <form data-passkey="create" or "answer">, with the hub's options in the JSON block that
// data-options names, a hidden field "credential", and a place for words.
import { answer, create, wordsFor } from "./passkeys.js";

const ACTS = { create: (options) => create(options.creation_options), answer: (options) => answer(options.request_options) };

class PasskeyForm {
  constructor(form) {
    this.form = form;
    this.words = form.querySelector("[data-passkey-said]");
    form.addEventListener("submit", (event) => this.onSubmit(event));
  }

  async onSubmit(event) {
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    this.say("");
    try {
      const options = JSON.parse(document.getElementById(this.form.dataset.options).textContent);
      this.form.elements.namedItem("credential").value = JSON.stringify(await ACTS[this.form.dataset.passkey](options));
      this.form.submit();
    } catch (error) {
      if (button) button.disabled = false;
      this.say(wordsFor(error));
      button?.focus();
    }
  }

  say(words) {
    this.words.textContent = words;
    this.words.hidden = !words;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) new PasskeyForm(form);
