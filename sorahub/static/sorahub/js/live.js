// Parts marked data-live renew themselves by the clock; not while nobody looks or a question is open.
const parts = "[data-live]";

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (!part.matches?.(parts)) return;
  const busy = document.hidden || document.querySelector("dialog[open]");
  if (busy) event.preventDefault();
});
