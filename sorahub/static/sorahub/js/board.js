// The shot board: cards are dragged by their handles (mouse, pen, finger), or moved with the arrow keys while a handle has the
// focus. A move is shown at once, sent with the version of the board that was looked at, and can be undone. Without this
// script each card's menu moves it by number.
import { post } from "./post.js";
import { toast } from "./toast.js";

const BEGIN = 6; // pixels of the screen before a press becomes a drag
const EDGE = 72; // from the window's edge, where it scrolls by itself
const KEYS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };

const refresh = () => document.body.dispatchEvent(new CustomEvent("changed", { bubbles: true }));

class ShotBoard extends HTMLElement {
  connectedCallback() {
    this.addEventListener("pointerdown", this);
    this.addEventListener("keydown", this);
    this.addEventListener("submit", this);
  }

  get cards() {
    return [...this.querySelectorAll(".board-card")];
  }

  /** Whether something here would be lost by showing the board anew. */
  get busy() {
    return Boolean(this.drag || this.sending || this.querySelector("details[open]"));
  }

  handleEvent(event) {
    if (event.type === "pointerdown") this.press(event);
    else if (event.type === "keydown") this.key(event);
    else if (event.type === "submit") this.byNumber(event);
  }

  press(event) {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button !== 0 || this.drag || this.sending) return;
    const card = handle.closest(".board-card");
    const drag = { card, x: event.clientX, y: event.clientY, on: false, turn: null, other: null };
    this.drag = drag;
    // Nothing moves in the page before the drop: a finger's events end with the element that it touched.
    handle.setPointerCapture(event.pointerId);
    const stop = new AbortController();
    const { signal } = stop;
    const end = (dropped) => {
      stop.abort();
      cancelAnimationFrame(drag.turn);
      card.removeAttribute("data-dragging");
      drag.other?.removeAttribute("data-drop");
      this.drag = null;
      if (dropped && drag.other) this.drop(drag);
    };
    handle.addEventListener("pointermove", (move) => this.over(drag, move), { signal });
    handle.addEventListener("pointerup", () => end(true), { signal });
    handle.addEventListener("pointercancel", () => end(false), { signal });
    addEventListener("keydown", (key) => { if (key.key === "Escape") end(false); }, { signal });
  }

  over(drag, { clientX, clientY }) {
    if (!drag.on && Math.hypot(clientX - drag.x, clientY - drag.y) < BEGIN) return;
    drag.card.setAttribute("data-dragging", "");
    Object.assign(drag, { on: true, atX: clientX, atY: clientY });
    this.mark(drag);
    drag.turn ??= requestAnimationFrame(() => this.scroll(drag));
  }

  /** Shows before or behind which shot it would be dropped. */
  mark(drag) {
    const found = document.elementFromPoint(drag.atX, drag.atY)?.closest(".board-card");
    const other = found && found !== drag.card && this.contains(found) ? found : null;
    if (drag.other !== other) drag.other?.removeAttribute("data-drop");
    drag.other = other;
    if (!other) return;
    const box = other.getBoundingClientRect();
    const oneColumn = box.width > this.clientWidth * 0.6;
    drag.behind = oneColumn ? drag.atY > box.top + box.height / 2 : drag.atX > box.left + box.width / 2;
    other.dataset.drop = `${oneColumn ? "row" : "column"}-${drag.behind ? "behind" : "before"}`;
  }

  drop({ card, other, behind }) {
    const from = this.cards.indexOf(card);
    other.insertAdjacentElement(behind ? "afterend" : "beforebegin", card);
    this.settle(card, from);
  }

  /** Scrolls while the pointer is near the window's edge, but not because the handle was pressed there. */
  scroll(drag) {
    drag.turn = null;
    if (this.drag !== drag) return;
    const [above, below] = [EDGE - drag.atY, drag.atY - (innerHeight - EDGE)];
    const outward = above > 0 ? drag.y - drag.atY : drag.atY - drag.y;
    drag.free ||= (above <= 0 && below <= 0) || outward > EDGE / 3;
    const speed = above > 0 ? -above : Math.max(0, below);
    if (!speed || !drag.free) return;
    scrollBy({ top: speed / 4, behavior: "instant" });
    this.mark(drag);
    drag.turn = requestAnimationFrame(() => this.scroll(drag));
  }

  /** Sends where the card lies now; it lies where it was when that is not saved. */
  settle(card, from) {
    const to = this.cards.indexOf(card);
    if (to !== from) this.send(card.dataset, to + 1, this.dataset.version, () => this.putBack(card, from));
  }

  putBack(card, from) {
    if (!card.isConnected) return;
    const held = card.contains(document.activeElement) ? document.activeElement : null;
    const others = this.cards.filter((each) => each !== card);
    if (from < others.length) others[from].before(card);
    else others.at(-1).after(card);
    held?.focus();
  }

  key(event) {
    const handle = event.target.closest("[data-handle]");
    if (!handle || !(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (this.sending || this.drag) return;
    const { cards } = this;
    const card = handle.closest(".board-card");
    const from = cards.indexOf(card);
    const to = Math.min(cards.length - 1, Math.max(0, from + KEYS[event.key]));
    if (to === from) return;
    cards[to].insertAdjacentElement(to > from ? "afterend" : "beforebegin", card);
    handle.focus();
    this.settle(card, from);
  }

  byNumber(event) {
    const form = event.target.closest("[data-place-form]");
    if (!form) return;
    event.preventDefault();
    const to = event.submitter?.name === "to" ? event.submitter.value : form.elements.to.value;
    form.closest("details").open = false;
    this.send(form.closest(".board-card").dataset, to);
  }

  async send({ move, code }, to, version = this.dataset.version, back = null) {
    this.sending = true;
    try {
      const said = await post(move, { to, version }, "Not moved");
      this.dataset.version = said.version;
      const undo = () => boardNow()?.send({ move, code }, said.before, said.version);
      if (said.before === said.after) toast(said.words, "info");
      else toast(said.words, "ok", { label: "Undo", act: undo });
    } catch (error) {
      back?.();
      toast(`${code}: ${error.message}`, "bad");
    } finally {
      this.sending = false;
      refresh();
    }
  }
}

const boardNow = () => document.querySelector("shot-board");

customElements.define("shot-board", ShotBoard);

// What changes elsewhere is shown when nothing here is under way; it is fetched again when that ends.
let waiting = false;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "live" || !boardNow()?.busy) return;
  event.detail.shouldSwap = false;
  waiting = true;
});
function later() {
  if (!waiting || boardNow()?.busy) return;
  waiting = false;
  refresh();
}
document.addEventListener("toggle", later, true);
document.addEventListener("pointerup", () => setTimeout(later));
