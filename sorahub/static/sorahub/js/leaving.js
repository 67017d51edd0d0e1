// form[data-unsent]: the browser asks before the page is left with what was typed since the form was last sent; "yes": the form
// came back with something in it that is not saved.
for (const form of document.querySelectorAll("form[data-unsent]")) {
  let unsent = form.dataset.unsent === "yes";
  for (const name of ["input", "shots"]) form.addEventListener(name, () => { unsent = true; });
  form.addEventListener("submit", () => { unsent = false; });
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });
}
