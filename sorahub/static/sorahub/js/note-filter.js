// Which notes the list shows and in which order: by state, mine, those that mention me, category, who sees them, with a drawing, and by words.
// The choice stands in the address, so that it survives a reload and can be sent to somebody.

const NAMES = { show: "show", category: "about", visibility: "sees", mentions: "me", drawn: "drawn", sort: "sort", words: "q" };
const ORDERS = {
  frame: (a, b) => a.frame_in - b.frame_in || a.created.localeCompare(b.created),
  newest: (a, b) => b.created.localeCompare(a.created),
  author: (a, b) => a.author.localeCompare(b.author) || a.frame_in - b.frame_in,
};
const TYPING_MS = 150;

/** Whether the note or one of its replies names whoever looks: the hub says so, because two people may have one name. */
const namesMe = ({ node }) => node.matches("[data-names-me], :has([data-names-me])");

/** Whether a note is among those asked for; `words` are searched in what the note says, its author and its replies. */
export function fits(entry, { show, category, visibility, mentions, drawn, words }, textOf) {
  if ((show === "open" || show === "resolved") && entry.state !== show) return false;
  if (show === "mine" && !entry.mine) return false;
  if (category && entry.category !== category) return false;
  if (visibility !== null && entry.circle !== visibility) return false;
  if (mentions && !namesMe(entry)) return false;
  if (drawn && entry.shapes.length === 0) return false;
  return words === "" || words.toLowerCase().split(/\s+/).every((word) => textOf(entry).includes(word));
}

export class NoteFilter {
  constructor(form, threads) {
    Object.assign(this, { form, threads, texts: new WeakMap(), told: "frame" });
    this.panel = form.querySelector("[data-filter-panel]");
    this.opener = form.querySelector("[data-filter-open]");
    this.fromAddress();
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("input", ({ target }) => {
      if (target.type !== "search") return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.changed(), TYPING_MS);
    });
    form.addEventListener("reset", () => setTimeout(() => this.changed()));
    this.opener?.addEventListener("click", () => this.open(this.panel.hidden, true));
    threads.addEventListener("change", () => this.apply());
    threads.addEventListener("counted", () => {
      this.texts = new WeakMap();
      this.apply();
    });
    this.apply();
  }

  open(open, focus = false) {
    this.panel.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open && focus) this.panel.querySelector("input, select")?.focus();
  }

  /** What is asked for. */
  get wish() {
    const data = new FormData(this.form);
    const text = (name) => String(data.get(name) ?? "");
    return {
      show: text("note-filter") || "all", category: text("filter-category"), visibility: text("filter-visibility"), mentions: data.has("filter-mentions"),
      drawn: data.has("filter-drawn"), sort: text("filter-sort") || "frame", words: text("filter-words").trim(),
    };
  }

  changed() {
    clearTimeout(this.timer);
    this.toAddress();
    this.apply();
  }

  fromAddress() {
    const query = new URLSearchParams(location.search);
    const put = (name, value) => {
      const field = this.form.elements.namedItem(name);
      if (!field || value === null) return;
      if (field.type === "checkbox") field.checked = value === "1";
      else field.value = value;
    };
    put("note-filter", query.get(NAMES.show));
    for (const [name, key] of [["category", "category"], ["visibility", "visibility"], ["mentions", "mentions"], ["drawn", "drawn"], ["sort", "sort"], ["words", "words"]]) {
      put(`filter-${name}`, query.get(NAMES[key]));
    }
    const { form } = this;
    for (const select of form.querySelectorAll("select")) if (select.selectedIndex < 0) select.selectedIndex = 0;
    if (!form.querySelector("[name='note-filter']:checked")) form.querySelector("[name='note-filter']").checked = true;
    const { show: _, ...rest } = this.wish;
    if (this.opener && Object.entries(rest).some(([key, value]) => value && value !== "frame" && key)) this.open(true);
  }

  toAddress() {
    const url = new URL(location.href);
    const plain = { show: "all", sort: "frame" };
    for (const [key, value] of Object.entries(this.wish)) {
      const words = value === true ? "1" : value || "";
      if (words === "" || words === plain[key]) url.searchParams.delete(NAMES[key]);
      else url.searchParams.set(NAMES[key], words);
    }
    history.replaceState(history.state, "", url);
  }

  textOf(entry) {
    let text = this.texts.get(entry.node);
    if (text === undefined) {
      const parts = entry.node.querySelectorAll(".note__who, .note__body, .note__frame");
      text = [...parts].map((part) => part.textContent).join(" ").toLowerCase();
      this.texts.set(entry.node, text);
    }
    return text;
  }

  /** The words by which the list names a circle of readers; those for everybody have none. Null asks for no circle. */
  circleOf(visibility) {
    if (!visibility) return null;
    if (visibility === "client") return "";
    return this.form.querySelector(`[name="filter-visibility"] option[value="${CSS.escape(visibility)}"]`)?.textContent ?? null;
  }

  /** Hides what is not asked for and sorts the rest. */
  apply() {
    const { wish, threads } = this;
    const asked = { ...wish, visibility: this.circleOf(wish.visibility) };
    const entries = [...threads.entries.values()];
    let shown = 0;
    for (const entry of entries) {
      const hidden = !fits(entry, asked, (one) => this.textOf(one));
      if (entry.node.hidden !== hidden) entry.node.hidden = hidden;
      if (!hidden) shown += 1;
    }
    this.order(entries.sort(ORDERS[wish.sort] ?? ORDERS.frame), wish.sort);
    const filtered = shown < entries.length;
    const count = this.form.querySelector("[data-filter-count]");
    const words = filtered ? `${shown} of ${entries.length} notes` : "";
    if (count && count.textContent !== words) count.textContent = words;
    const clear = this.form.querySelector("[data-filter-clear]");
    if (clear) clear.hidden = !filtered;
    const none = document.querySelector("[data-threads-none]");
    if (none) none.hidden = shown > 0 || entries.length === 0;
  }

  /** Moves only what stands at the wrong place: a list in order costs nothing. */
  order(entries) {
    const { list } = this.threads;
    let node = list.firstElementChild;
    for (const { node: wanted } of entries) {
      if (node === wanted) node = node.nextElementSibling;
      else list.insertBefore(wanted, node);
    }
  }
}
