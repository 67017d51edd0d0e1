// "/" goes to the search box from every page, unless one is writing or has single keys switched off.

const WRITING = "input, textarea, select, [contenteditable=''], [contenteditable='true'], dialog";

function singleKeysOff() {
  try {
    return localStorage.getItem("sorahub-single-keys") === "off";
  } catch {
    return false;
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.(WRITING) || document.querySelector("dialog[open]") || singleKeysOff()) return;
  const box = [...document.querySelectorAll(".found-box input[type='search'], [data-search-box]")].find((one) => one.checkVisibility());
  const link = document.querySelector(".topbar__find");
  if (!box && !link) return;
  event.preventDefault();
  if (box) box.select();
  else link.click();
  box?.focus();
});

// Where there is no room beside the list, its facets begin folded.
if (matchMedia("(max-width: 59.99rem)").matches) document.querySelector("[data-facets]")?.removeAttribute("open");

// The grid's ticks belong to another form, also those whose cards are not on the page: the forms that tag and file take them along.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.("[data-tag-ticked]")) return;
  for (const old of form.querySelectorAll("input[name='clip']")) old.remove();
  for (const value of new Set(new FormData(document.getElementById("chosen")).getAll("clip"))) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "clip", value }));
  }
});
