// Mark a clause by selecting it: fills the form that is there without this, and opens it. Offsets go out in code points.
import { codePoints, trimmed } from "./passages.js";

const text = document.querySelector("[data-clause-text]");
const form = document.querySelector("[data-mark-clause]");
const bar = document.querySelector("[data-mark-bar]");

const selected = () => {
  const selection = document.getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(text);
  before.setEnd(range.startContainer, range.startOffset);
  return trimmed(before.toString(), range.toString());
};

const fill = () => {
  const passage = selected();
  if (!passage) return;
  form.querySelector("[name=quote]").value = passage.quote;
  form.querySelector("[name=start]").value = codePoints(passage.before);
  form.open = true;
  form.scrollIntoView({ block: "start" });
  form.querySelector("[name=topic]").focus();
  bar.hidden = true;
};

if (text && form && bar) {
  document.querySelector("[data-mark-hint]").hidden = false;
  document.addEventListener("selectionchange", () => {
    bar.hidden = !selected();
  });
  // Pressing the button must not take the selection away first.
  bar.addEventListener("pointerdown", (event) => event.preventDefault());
  bar.addEventListener("click", fill);
}
