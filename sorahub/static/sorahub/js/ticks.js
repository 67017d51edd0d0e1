// The takes ticked in the grid. Ticks outlast a filter, a way back and a reload (for as long as the tab lives): those whose
// cards are not on the page go along as hidden fields of the same form.

const keyOf = () => `sorahub-ticks ${location.pathname}`;

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf()) ?? "[]");
  } catch {
    return [];
  }
}

export class Ticks {
  constructor(list, form) {
    Object.assign(this, { list, form });
    this.ids = new Set(remembered());
  }

  get size() { return this.ids.size; }

  /** Cards that came: their boxes say what is ticked. */
  take(cards) {
    for (const card of cards) {
      const box = card.querySelector("input[type='checkbox']");
      if (!box) continue;
      box.checked = this.ids.has(box.value);
      card.toggleAttribute("data-ticked", box.checked);
    }
  }

  set(box) {
    if (box.checked) this.ids.add(box.value);
    else this.ids.delete(box.value);
    box.closest(".take-card").toggleAttribute("data-ticked", box.checked);
    this.keep();
  }

  clear() {
    this.ids.clear();
    this.keep();
    this.take(this.list.querySelectorAll(".take-card[data-ticked]"));
    this.layAway();
  }

  keep() {
    try {
      sessionStorage.setItem(keyOf(), JSON.stringify([...this.ids]));
    } catch {
      // Nothing is remembered; the ticks hold until the page is left.
    }
  }

  /** Ticks without a card go along as hidden fields. */
  layAway() {
    const here = new Set([...this.list.querySelectorAll("input[type='checkbox']")].map((box) => box.value));
    const away = [...this.ids].filter((id) => !here.has(id)).map((value) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "clip", value });
      return field;
    });
    this.form.replaceChildren(...away);
  }
}
