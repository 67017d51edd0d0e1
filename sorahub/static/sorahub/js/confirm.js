// <confirm-action> asks in a dialog before the form inside it is sent; with data-when, only when that button sends it.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

class ConfirmAction extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      if (this.confirmed || (this.dataset.when && event.submitter?.value !== this.dataset.when)) return;
      event.preventDefault();
      event.stopPropagation();
      this.ask(event.target, event.submitter);
    }, true);
  }

  ask(form, submitter) {
    const dialog = element("dialog");
    const box = element("form", "dialog");
    box.method = "dialog";
    const title = element("h2", "", this.dataset.question);
    title.id = `confirm-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    dialog.setAttribute("aria-labelledby", title.id);
    const actions = element("div", "dialog__actions");
    const no = element("button", "button", "Go back");
    no.value = "no";
    const kind = this.dataset.kind === "danger" ? "button--danger" : "button--primary";
    const yes = element("button", `button ${kind}`, this.dataset.confirm || "Yes");
    yes.value = "yes";
    actions.append(no, yes);
    box.append(title);
    if (this.dataset.words) box.append(element("p", "muted", this.dataset.words));
    box.append(actions);
    dialog.append(box);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== "yes") return submitter?.focus();
      if (!form.isConnected) {
        // the page renewed itself while the question stood: what was asked is sent all the same
        form.hidden = true;
        document.body.append(form);
      }
      this.confirmed = true;
      form.requestSubmit(submitter ?? undefined);
      this.confirmed = false;
      return undefined;
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  }
}

customElements.define("confirm-action", ConfirmAction);
