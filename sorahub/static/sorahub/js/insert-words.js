// <insert-words data-into="id">: its buttons write {{what they name}} where the caret last stood in that text field, or, when
// another text field of the form had the focus last, there. Ctrl or ⌘ with Enter sends the form.
class InsertWords extends HTMLElement {
  connectedCallback() {
    this.field = document.getElementById(this.dataset.into);
    this.form = this.closest("form");
    this.form.addEventListener("focusin", (event) => {
      if (event.target.matches("textarea")) this.field = event.target;
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea, input")) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-insert]");
      if (button) this.insert(`{{${button.dataset.insert}}}`);
    });
  }

  insert(words) {
    const { field } = this;
    const at = field.selectionStart ?? field.value.length;
    const before = field.value.slice(0, at);
    const gap = before === "" || /\s$/.test(before) ? "" : " ";
    field.setRangeText(`${gap}${words}`, at, field.selectionEnd ?? at, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("insert-words", InsertWords);
