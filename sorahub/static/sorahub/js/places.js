// <place-picker>: groups and a search beside a line of territories. Without this script the same words can be typed.

class PlacePicker extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.querySelector(".places").hidden = false;
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-codes]");
      if (button) this.add(button.dataset.codes.split(" "));
    });
    const find = this.querySelector("[data-find]");
    find.addEventListener("input", () => this.found(find, false));
    find.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // the form is not sent while a country is looked for
      this.found(find, true);
    });
  }

  /** Take the country that was chosen; on Enter also the only one whose name begins so. */
  found(find, entered) {
    const words = find.value.trim().toLowerCase();
    if (!words) return;
    const options = [...this.querySelectorAll("option")];
    let match = options.find((option) => option.value.toLowerCase() === words);
    const begins = options.filter((option) => option.value.toLowerCase().startsWith(words));
    if (!match && entered && begins.length === 1) [match] = begins;
    if (!match) return;
    find.value = "";
    this.add([match.dataset.code]);
  }

  add(codes) {
    const present = this.field.value.split(/[,;]+/u).map((part) => part.trim()).filter(Boolean);
    const known = new Set(present.map((part) => part.toUpperCase()));
    this.field.value = [...present, ...codes.filter((code) => !known.has(code))].join(", ");
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("place-picker", PlacePicker);
