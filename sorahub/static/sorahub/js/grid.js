// <take-grid> (templates/reviews/grid.html): a project's takes to choose among. One card at a time is in the tab order, arrows
// move, keys choose. A card plays when the pointer rests on it or it has the focus; at most two <video> live at any time.
import "./hover-scrub.js";
import { mark, select } from "./choosing.js";
import { actionFor, keymap, showHelp, singleKeysOn } from "./keys.js";
import { Previews } from "./previews.js";
import { followSaid } from "./said.js";
import { Ticks } from "./ticks.js";

const AHEAD = "1600px 0px"; // how far below the screen the next cards are fetched
const A_FRAME = 12; // cards put on the page at once
const MOST_COMPARED = 4;
const MOST_RANKED = 24;
const CONTROLS = "a.take-card__title, button, input";
const CHOICES = { shortlist: "shortlisted", reject: "rejected", select: "selected" };
const LISTS = { shortlisted: "shortlisted", rejected: "rejected", "": "undecided" };

class TakeGrid extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ul");
    this.live = this.querySelector("[data-part='live']");
    this.previews = new Previews(this.list);
    this.ticks = new Ticks(this.list, document.getElementById("chosen"));
    this.watcher = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) this.more();
    }, { rootMargin: AHEAD });
    this.take(this.cards);
    this.ticks.layAway();
    this.moveTo(this.cards[0], false);
    this.list.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("focusin", (event) => {
      const card = event.target.closest(".take-card");
      if (card) this.moveTo(card, false);
    });
    this.list.addEventListener("change", (event) => {
      this.ticks.set(event.target);
      this.count();
    });
    document.querySelector("[data-chosen-clear]").addEventListener("click", () => {
      this.ticks.clear();
      this.count();
    });
    window.addEventListener("pageshow", () => {
      this.ticks.take(this.cards);
      this.count();
    });
    this.stop = new AbortController();
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => {
      if (actionFor(event, this) !== "help") return;
      event.preventDefault();
      showHelp();
    }, { signal });
    document.querySelector("[data-grid-keys]")?.addEventListener("click", () => showHelp(), { signal });
    const named = () => this.nameKeys(document.querySelector("main"));
    keymap.addEventListener("change", named, { signal });
    if (keymap.touched) named();
    followSaid([this.dataset.saidUrl], this.list, signal);
    this.sizer = new ResizeObserver(() => this.measure());
    this.sizer.observe(this.list);
    this.count();
    this.watchMore();
  }

  disconnectedCallback() {
    this.watcher?.disconnect();
    this.sizer?.disconnect();
    this.previews?.stop();
    this.stop?.abort();
  }

  get cards() { return [...this.list.querySelectorAll(":scope > .take-card")]; }

  /** Cards off the screen are not laid out; they are given the height of one that is, so that nothing ever shifts. */
  measure() {
    const { width } = this.list.getBoundingClientRect();
    if (width === this.measured) return;
    this.measured = width;
    const seen = this.cards.find((card) => card.checkVisibility({ contentVisibilityAuto: true }));
    if (!seen) return;
    const { paddingBlockStart, paddingBlockEnd } = getComputedStyle(seen);
    const height = seen.getBoundingClientRect().height - Number.parseFloat(paddingBlockStart) - Number.parseFloat(paddingBlockEnd);
    this.list.style.setProperty("--card", `${height}px`);
  }

  /** Hints and tooltips name the keys as this person has them. */
  nameKeys(box) {
    for (const place of box.querySelectorAll("[data-choose], [data-key]")) {
      const { choose, key } = place.dataset;
      const words = keymap.words(key ?? Object.keys(CHOICES).find((name) => CHOICES[name] === choose));
      if (choose || place.title) place.title = `${place.title.replace(/ \([^()]*\)$/, "")}${words ? ` (${words})` : ""}`;
      else place.textContent = words;
    }
  }

  /** New cards leave the tab order: the focus moves among them by arrows. */
  take(cards) {
    for (const card of cards) {
      if (keymap.touched) this.nameKeys(card);
      for (const control of card.querySelectorAll(CONTROLS)) control.tabIndex = -1;
    }
    this.ticks.take(cards);
  }

  moveTo(card, focus = true) {
    if (!card) return;
    if (card !== this.current) {
      for (const control of this.current?.querySelectorAll(CONTROLS) ?? []) control.tabIndex = -1;
      this.current = card;
      for (const control of card.querySelectorAll(CONTROLS)) control.tabIndex = 0;
    }
    if (focus) card.querySelector(".take-card__title").focus();
  }

  pressed(event) {
    const card = event.target.closest(".take-card");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.actOf(event, card);
    if (!act) return;
    event.preventDefault();
    act();
  }

  actOf(event, card) {
    const onTitle = event.target.matches(".take-card__title");
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns };
    if (event.key in moves) return () => this.moveBy(card, moves[event.key]);
    if (event.key === "Home") return () => this.moveTo(this.cards[0]);
    if (event.key === "End") return () => this.moveTo(this.cards.at(-1));
    if (event.key === " " && onTitle) return () => this.previews.toggle(card);
    if (event.repeat || !singleKeysOn()) return null;
    if (keymap.find(event, "takes")?.action === "tick") return () => this.tick(card);
    const choice = CHOICES[keymap.find(event)?.action];
    return choice && card.querySelector("[data-choose]") ? () => this.choose(card, choice) : null;
  }

  get columns() { return getComputedStyle(this.list).gridTemplateColumns.split(" ").length; }

  moveBy(card, places) {
    const { cards } = this;
    const at = cards.indexOf(card) + places;
    if (at >= 0 && at < cards.length) this.moveTo(cards[at]);
    else if (at >= cards.length) this.more();
  }

  clicked(event) {
    const button = event.target.closest("[data-choose]");
    const picture = event.target.closest(".take-card__picture");
    if (button) {
      event.preventDefault();
      this.choose(button.closest(".take-card"), button.dataset.choose);
    } else if (picture && event.pointerType === "touch") {
      event.preventDefault();
      this.previews.toggle(picture.closest(".take-card"));
    }
  }

  choose(card, what) {
    if (what === "selected") {
      // A shot has one selected take: choosing another changes no number. What is wrong here the hub puts right (said.js).
      const { shot } = card.dataset;
      const before = shot && this.list.querySelector(`[data-shot="${shot}"][data-selected]`);
      return select(card, (on) => { if (!before || before === card) this.recount("selected", on ? 1 : -1); });
    }
    return mark(card, what, (before, after) => {
      this.recount(LISTS[before], -1);
      this.recount(LISTS[after], 1);
    });
  }

  /** Keeps the numbers beside the lists true. */
  recount(name, by) {
    const place = document.querySelector(`[data-count-of="${name}"]`);
    if (place) place.textContent = Number(place.textContent) + by;
  }

  tick(card) {
    const box = card.querySelector("input[type='checkbox']");
    box.checked = !box.checked;
    this.ticks.set(box);
    this.count();
    this.live.textContent = `${card.dataset.name} ${box.checked ? "ticked" : "unticked"}, ${this.ticks.size} in all`;
  }

  count() {
    const ticked = this.ticks.size;
    const bar = document.querySelector("[data-chosen-bar]");
    const [compare, rank, send] = ["compare", "rank", "send"].map((name) => bar.querySelector(`[data-chosen-${name}]`));
    bar.toggleAttribute("data-empty", ticked === 0);
    document.documentElement.classList.toggle("has-chosen", ticked > 0);
    const too = ticked > MOST_COMPARED ? `: at most ${MOST_COMPARED} are compared at once` : "";
    bar.querySelector("[data-chosen-count]").textContent = `${ticked} ticked${ticked === 1 ? ": tick another to compare" : too}`;
    compare.disabled = ticked < 2 || ticked > MOST_COMPARED;
    compare.querySelector("span").textContent = `Compare (${ticked})`;
    if (rank) rank.disabled = ticked < 2 || ticked > MOST_RANKED;
    if (send) send.querySelector("span").textContent = `Send for review (${ticked})`;
  }

  watchMore() {
    this.watcher.disconnect();
    const more = this.list.querySelector("[data-more]");
    document.documentElement.classList.toggle("has-more", Boolean(more));
    if (more) this.watcher.observe(more);
  }

  /** Puts new cards in the place of the way to them, a few at a time, so that scrolling never waits; the rest of that place
   * goes on below them as a new one, because what is moved would be a shift. */
  async put(items, place) {
    for (let at = 0; at < items.length; at += A_FRAME) {
      const some = items.slice(at, at + A_FRAME);
      const rest = at + A_FRAME < items.length ? [place.cloneNode(true)] : [];
      place.replaceWith(...some, ...rest);
      [place] = rest;
      this.take(some);
      await new Promise((done) => { setTimeout(done); });
    }
    this.ticks.layAway();
  }

  /** Fetches the next cards and puts them in the place of the way to them; on failure the link stays, to be pressed. */
  async more() {
    const place = this.list.querySelector("[data-more]");
    if (!place || this.fetching) return;
    this.fetching = true;
    this.watcher.disconnect();
    try {
      const answer = await fetch(`${place.querySelector("a").getAttribute("href")}&part=1`, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      await this.put([...parsed.body.children], place);
      this.watchMore();
    } catch {
      const way = this.list.querySelector("[data-more] a");
      if (way) way.textContent = "More takes: they could not be loaded, try again";
    } finally {
      this.fetching = false;
    }
  }
}

customElements.define("take-grid", TakeGrid);
