// <presence-proof> in a form that signs: its button asks a passkey for exactly what the form says, and sends the form with the answer.
import { answer, said, wordsFor } from "./passkeys.js";

async function optionsFor(url, meaning) {
  const token = document.querySelector("meta[name='csrf-token']")?.content ?? "";
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  const reply = await fetch(url, { method: "POST", headers, body: JSON.stringify({ meaning }) }).catch(() => null);
  if (!reply) throw said("The hub could not be reached. Try again.");
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw said(body.detail ?? "The hub did not ask your passkey. Load the page again.");
  return body;
}

class PresenceProof extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.words = this.querySelector("[data-passkey-said]");
    this.button = this.querySelector("[data-passkey]");
    this.button?.addEventListener("click", () => this.prove());
  }

  get meaning() {
    return this.dataset.meaning || (new FormData(this.form).get("meaning") ?? "");
  }

  async prove() {
    this.say("");
    if (!this.meaning) {
      this.say("Choose what you sign first.");
      this.form.querySelector("[name=meaning]")?.focus();
      return;
    }
    this.button.disabled = true;
    try {
      const given = await answer(await optionsFor(this.dataset.optionsUrl, this.meaning));
      this.form.elements.namedItem("passkey").value = JSON.stringify(given);
      this.form.submit();
    } catch (error) {
      this.button.disabled = false;
      this.say(wordsFor(error));
      this.button.focus();
    }
  }

  say(words) {
    this.words.textContent = words;
    this.words.hidden = !words;
  }
}

customElements.define("presence-proof", PresenceProof);
