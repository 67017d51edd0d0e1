// <shot-rows>: the rows of a multi-shot request. Empty rows hide until they are added; rows move up and down and go away;
// the seconds are summed against the length. Without this module every row is shown, and the server sums.
class ShotRows extends HTMLElement {
  connectedCallback() {
    this.rows = [...this.querySelectorAll("li")];
    this.adder = this.querySelector("[data-add]");
    this.sum = this.querySelector("[data-sum]");
    this.must = this.sum.textContent;
    this.addEventListener("click", (event) => this.press(event.target.closest("button")));
    this.addEventListener("input", () => this.tell());
    this.lengthChanged = () => this.tell();
    this.form = this.closest("form");
    this.form?.addEventListener("input", this.lengthChanged);
    for (const row of this.rows) {
      row.querySelector(".shots__tools").hidden = false;
      row.hidden = !this.filled(row);
    }
    if (this.shown().length === 0) this.rows[0].hidden = false;
    this.tell();
  }

  disconnectedCallback() {
    this.form?.removeEventListener("input", this.lengthChanged);
  }

  fields(row) { return [...row.querySelectorAll("textarea, input")]; }

  filled(row) { return this.fields(row).some((field) => field.value.trim() !== ""); }

  shown() { return this.rows.filter((row) => !row.hidden); }

  values(row) { return this.fields(row).map((field) => field.value); }

  fill(row, values) { this.fields(row).forEach((field, place) => { field.value = values[place]; }); }

  press(button) {
    if (!button) return;
    const row = button.closest("li");
    if (button.dataset.add !== undefined) this.add();
    else if (button.dataset.remove !== undefined) this.remove(row);
    else if (button.dataset.move) this.move(row, Number(button.dataset.move));
    this.tell();
    this.dispatchEvent(new CustomEvent("shots", { bubbles: true }));
  }

  add() {
    const next = this.rows.find((row) => row.hidden);
    if (!next) return;
    next.hidden = false;
    this.fields(next)[0].focus();
  }

  /** Later rows move up, so that the shown ones are always the first. */
  remove(row) {
    const shown = this.shown();
    const at = shown.indexOf(row);
    for (let place = at; place < shown.length - 1; place += 1) this.fill(shown[place], this.values(shown[place + 1]));
    this.fill(shown.at(-1), ["", ""]);
    if (shown.length > 1) shown.at(-1).hidden = true;
    this.fields(shown[Math.max(0, Math.min(at, shown.length - 2))])[0].focus();
  }

  move(row, by) {
    const shown = this.shown();
    const other = shown[shown.indexOf(row) + by];
    if (!other) return;
    const values = this.values(row);
    this.fill(row, this.values(other));
    this.fill(other, values);
    const button = other.querySelector(`[data-move="${by}"]`);
    (button.disabled ? this.fields(other)[0] : button).focus();
  }

  /** The length that the seconds must add up to; null where the form has none. */
  length() {
    const name = CSS.escape(this.dataset.length);
    const field = this.form?.querySelector(`[name="${name}"]:checked, [name="${name}"]:not([type="radio"])`);
    return field ? Number(field.value || 0) : null;
  }

  tell() {
    const shown = this.shown();
    shown.forEach((row, place) => {
      row.querySelector('[data-move="-1"]').disabled = place === 0;
      row.querySelector('[data-move="1"]').disabled = place === shown.length - 1;
    });
    this.adder.hidden = shown.length === this.rows.length;
    const filled = shown.filter((row) => this.filled(row));
    const total = filled.reduce((sum, row) => sum + Number(row.querySelector("input").value || 0), 0);
    const wanted = this.length();
    const fits = wanted === null || total === wanted;
    this.sum.dataset.fits = filled.length === 0 || fits ? "yes" : "no";
    this.sum.textContent = filled.length === 0 ? this.must : this.words(total, wanted, fits);
  }

  words(total, wanted, fits) {
    return wanted === null ? `${total} s together` : `${total} of ${wanted} s${fits ? "" : ": they must add up"}`;
  }
}

customElements.define("shot-rows", ShotRows);
