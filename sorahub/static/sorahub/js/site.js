// What every page needs. Page kinds add their own entry modules (review.js, upload.js).
import "./hover-scrub.js";
import "./copy.js";
import "./confirm.js";
import "./toast.js";
import "./finding.js";
import "./session.js";
import "./failing.js";
import { listen } from "./events.js";

listen(document.body.dataset.eventsUrl);

// Where tabs do not fit beside each other, the one that one is on is in view.
for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
  const { parentElement: row } = tab;
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

// A menu closes on Escape and on a click elsewhere.
const close = (menu) => menu.removeAttribute("open");
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) close(menu);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  close(menu);
  menu.querySelector("summary").focus();
});
