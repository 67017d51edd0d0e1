// <compare-pick>: remembers which clips are ticked while the cells renew themselves, and lets two to four be compared and
// two or more be ranked. Without this module the boxes and the buttons still work: the next page says what it can take.
class ComparePick extends HTMLElement {
  connectedCallback() {
    this.most = Number(this.dataset.most);
    this.form = this.querySelector("form#compare");
    this.button = this.form.querySelector("[data-compare]");
    this.rank = this.form.querySelector("[data-rank]");
    this.said = this.form.querySelector("[data-said]");
    this.begin = this.said.textContent;
    this.ticked = new Set(this.boxes().filter((box) => box.checked).map((box) => box.value));
    this.addEventListener("change", (event) => this.tick(event.target));
    this.renewed = (event) => { if (this.contains(event.target)) this.restore(); };
    document.body.addEventListener("htmx:afterSwap", this.renewed);
    this.tell();
  }

  disconnectedCallback() {
    document.body.removeEventListener("htmx:afterSwap", this.renewed);
  }

  boxes() { return [...this.querySelectorAll("input[name=clip]")]; }

  tick(box) {
    if (box.name !== "clip") return;
    if (box.checked) this.ticked.add(box.value);
    else this.ticked.delete(box.value);
    this.tell();
  }

  restore() {
    const boxes = this.boxes();
    const here = new Set(boxes.map((box) => box.value));
    this.ticked = new Set([...this.ticked].filter((value) => here.has(value)));
    for (const box of boxes) box.checked = this.ticked.has(box.value);
    this.tell();
  }

  tell() {
    const number = this.ticked.size;
    this.button.disabled = number < 2 || number > this.most;
    if (this.rank) this.rank.disabled = number < 2 || number > Number(this.rank.dataset.rank);
    if (number === 0) this.said.textContent = this.begin;
    else if (number === 1) this.said.textContent = "One clip is ticked; tick another.";
    else this.said.textContent = number > this.most ? `${number} are ticked; ${this.most} at most are compared.` : `${number} clips are ticked.`;
    this.form.classList.toggle("batch__compare--ready", number > 0);
  }
}

customElements.define("compare-pick", ComparePick);
