// <copy-text data-text="…"> copies its text when its button is pressed, and says so.
import { toast } from "./toast.js";

/** Puts words on the clipboard; throws where the browser refuses. */
export async function copyWords(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http in a local network has no clipboard interface.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying was refused");
  return undefined;
}

class CopyText extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await copyWords(this.dataset.text);
        toast("Copied.", "ok");
      } catch {
        toast("Your browser does not let this page copy. Select the text instead.", "warn");
      }
      button.focus();
    });
  }
}

customElements.define("copy-text", CopyText);
