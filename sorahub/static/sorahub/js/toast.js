// Short messages at the lower right. They stay for eight seconds, or as long as they are pointed at or focused.
const LIFE_MS = 8000;

class ToastMessage extends HTMLElement {
  connectedCallback() {
    this.firstElementChild?.classList.add("toast");
    const leave = () => {
      if (this.matches(":hover, :focus-within")) this.timer = setTimeout(leave, LIFE_MS);
      else this.remove();
    };
    this.timer = setTimeout(leave, LIFE_MS);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }
}

customElements.define("toast-message", ToastMessage);

/** Shows words to everybody, screen readers included, and returns the message. Tone: ok, warn, bad or info. */
export function toast(words, tone = "info") {
  const place = document.getElementById("toasts");
  if (!place) return null;
  const box = document.createElement("div");
  box.className = `alert alert--${tone}`;
  const text = document.createElement("p");
  text.className = "alert__words";
  text.textContent = words;
  box.append(document.createElement("span"), text);
  const message = document.createElement("toast-message");
  message.append(box);
  place.append(message);
  return message;
}
