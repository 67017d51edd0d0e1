// Short messages at the lower right. They stay for eight seconds, or as long as they are pointed at or focused.
// One may offer to do something, for example to undo; it hears when it goes without that having been done.
const LIFE_MS = 8000;

class ToastMessage extends HTMLElement {
  connectedCallback() {
    this.firstElementChild?.classList.add("toast");
    const life = this.life ?? LIFE_MS;
    const leave = () => {
      if (this.matches(":hover, :focus-within")) this.timer = setTimeout(leave, life);
      else this.remove();
    };
    this.timer = setTimeout(leave, life);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    const { gone } = this;
    this.gone = null;
    gone?.();
  }
}

customElements.define("toast-message", ToastMessage);

/** A link that opens beside this page; the message stays. */
function away(href) {
  const link = document.createElement("a");
  Object.assign(link, { href, target: "_blank", rel: "noopener" });
  return link;
}

function offer(message, box, { label, act, href, gone, life, focus }) {
  const button = href ? away(href) : document.createElement("button");
  if (!href) {
    button.type = "button";
    button.addEventListener("click", () => {
      message.gone = null;
      act();
      message.remove();
    });
  }
  button.className = "button button--small alert__action";
  button.textContent = label;
  box.append(button);
  Object.assign(message, { gone, life });
  return focus ? button : null;
}

/** Shows words to everybody, screen readers included, and returns the message. Tone: ok, warn, bad or info. `offered`: {label, act or href, gone, life, focus}. */
export function toast(words, tone = "info", offered = null) {
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
  const focused = offered ? offer(message, box, offered) : null;
  place.append(message);
  focused?.focus({ preventScroll: true });
  return message;
}
