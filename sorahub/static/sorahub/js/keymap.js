// Which key does what: the defaults of a table, and over them what a person changed. Kept in this browser and, for
// somebody who is logged in, in their account. Dispatches `change`.

const PLACE = "sorahub-keys";
const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
const NOT_ALONE = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified"]);

/** The key press as text: "k", "Shift+X", "Shift+ArrowLeft", "Ctrl+Enter", "Shift+1" (wherever the digits are). */
export function codeOf(event) {
  const letter = event.key.length === 1 && /\p{L}/u.test(event.key);
  const digit = event.shiftKey && /^Digit[1-9]$/.test(event.code) && event.key !== "?" && event.code.slice(5);
  const key = letter ? (event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase()) : digit || event.key;
  const held = [];
  if (event.ctrlKey || event.metaKey) held.push("Ctrl");
  if (event.altKey) held.push("Alt");
  if (event.shiftKey && (letter || digit || key.length > 1 || key === "?")) held.push("Shift");
  return [...held, key].join("+");
}

/** The parts of a code as they stand on keys: ["Shift", "←"]. */
export function keyWords(code) {
  const parts = code === "+" || code.endsWith("++") ? [...code.slice(0, -2).split("+").filter(Boolean), "+"] : code.split("+");
  return parts.map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

const shortcut = (code) => code.replace("Ctrl", "Control").replace(/ $/, "Space");

function kept() {
  try {
    const own = document.getElementById("own-keys")?.textContent ?? localStorage.getItem(PLACE);
    const value = JSON.parse(own ?? "{}");
    return value && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

export class Keymap extends EventTarget {
  /** rows: {action, codes, words, area?, place?, always?, typing?, fixed?}. A key may do one thing in each place, as it comes; what a
   * person chooses is free everywhere. */
  constructor(rows) {
    super();
    this.rows = rows;
    this.own = kept();
    this.build();
  }

  build() {
    this.table = new Map(this.rows.flatMap((row) => this.codesOf(row).map((code) => [`${row.place ?? ""} ${code}`, row])));
  }

  codesOf(row) {
    const own = row.fixed ? null : this.own[row.action];
    return Array.isArray(own) ? own : row.codes;
  }

  /** The row of a key press, in the player or in another place. */
  find(event, place = "") { return event.key ? this.table.get(`${place} ${codeOf(event)}`) : undefined; }

  /** Another row that has a key, wherever it acts. */
  holder(code, row) { return this.rows.find((one) => one !== row && this.codesOf(one).includes(code)); }

  rowOf(action) { return this.rows.find((row) => row.action === action); }

  /** Whether the person changed this one. */
  changed(row) { return !row.fixed && Array.isArray(this.own[row.action]); }

  /** Whether they changed any. */
  get touched() { return Object.keys(this.own).length > 0; }

  /** "Shift + ←" of an action's first key, or "". */
  words(action) {
    const [code] = this.codesOf(this.rowOf(action) ?? { codes: [] });
    return code === undefined ? "" : keyWords(code).join(" + ");
  }

  /** For aria-keyshortcuts. */
  shortcuts(action) { return this.codesOf(this.rowOf(action) ?? { codes: [] }).map(shortcut).join(" "); }

  /** Why a key cannot do this: words, or null when it can. */
  refusal(row, event) {
    if (NOT_ALONE.has(event.key)) return "";
    if (["Tab", "Enter", "Escape"].includes(event.key) && !event.ctrlKey) return `${keyWords(event.key)[0]} is needed to move about the page.`;
    const code = codeOf(event);
    const holder = this.holder(code, row);
    if (holder) return `${keyWords(code).join(" + ")} already does “${holder.words}”. Choose another key, or change that one first.`;
    if (row.typing && !event.ctrlKey && !event.metaKey && !event.altKey) return "This works while you write, so it needs Ctrl or Alt.";
    if (!row.typing && row.place !== "drawing" && (event.ctrlKey || event.metaKey)) return "Keys with Ctrl belong to the browser.";
    return null;
  }

  /** Gives an action this one key (null: none). */
  change(row, code) {
    this.own = { ...this.own, [row.action]: code === null ? [] : [code] };
    this.keep();
  }

  /** Back to the defaults: of one action, or of all. */
  reset(row = null) {
    const { [row?.action]: _gone, ...rest } = this.own;
    this.own = row ? rest : {};
    this.keep();
  }

  keep() {
    this.build();
    this.dispatchEvent(new Event("change"));
    try {
      localStorage.setItem(PLACE, JSON.stringify(this.own));
    } catch {
      // Kept in the account alone, or until the page is left.
    }
    const url = document.body.dataset.preferencesUrl;
    if (!url) return;
    this.wish = { url, body: JSON.stringify({ keys: this.own }) };
    this.sending ??= this.send().finally(() => { this.sending = null; });
  }

  /** One after the other, and the last wish last: two on their way at once could arrive in either order. */
  async send() {
    while (this.wish) {
      const { url, body } = this.wish;
      this.wish = null;
      const token = document.querySelector("meta[name='csrf-token']")?.content ?? "";
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
      const well = await fetch(url, { method: "POST", headers, body, keepalive: true }).then((answer) => answer.ok, () => false);
      this.dispatchEvent(new CustomEvent("kept", { detail: well }));
    }
  }
}
