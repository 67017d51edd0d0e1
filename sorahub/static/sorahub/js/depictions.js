// <depiction-rows>: add a row in place, and offer in each row only releases of a kind that serves it.

class DepictionRows extends HTMLElement {
  connectedCallback() {
    this.kinds = JSON.parse(this.dataset.kinds || "{}");
    this.list = this.querySelector("ol");
    this.total = this.querySelector("[name$=-TOTAL_FORMS]");
    this.most = Number(this.querySelector("[name$=-MAX_NUM_FORMS]").value);
    this.querySelector("[name=add_row]").addEventListener("click", (event) => this.add(event));
    this.addEventListener("change", (event) => {
      const row = event.target.closest(".depiction");
      if (row) this.offer(row);
    });
    for (const row of this.list.children) this.offer(row);
  }

  add(event) {
    const number = Number(this.total.value);
    if (number >= this.most) return; // the server says why
    event.preventDefault();
    const made = this.querySelector("template").content.cloneNode(true);
    for (const node of made.querySelectorAll("*")) {
      for (const { name, value } of [...node.attributes]) node.setAttribute(name, value.replaceAll("__prefix__", number));
    }
    made.querySelector("legend").textContent = `Row ${number + 1}`;
    this.list.append(made);
    this.total.value = number + 1;
    this.list.lastElementChild.querySelector("select").focus();
  }

  offer(row) {
    const fitting = this.kinds[row.querySelector("[name$=-kind]").value];
    for (const option of row.querySelectorAll("[name$=-release] option[data-kind]")) {
      const serves = !fitting || fitting.includes(option.dataset.kind) || option.selected;
      option.hidden = !serves;
      option.disabled = !serves;
    }
    row.classList.toggle("depiction--removed", Boolean(row.querySelector("[name$=-DELETE]")?.checked));
  }
}

customElements.define("depiction-rows", DepictionRows);
