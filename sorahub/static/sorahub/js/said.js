// What others say of takes, as they say it: on each `changed` the hub is asked what stands now, once for each project on the page.
// What is chosen here meanwhile is not overwritten by an answer that is older.
import { chosenAt, say } from "./choosing.js";

const LEAST_MS = 300;

class Follower {
  constructor(url, box) {
    Object.assign(this, { url: new URL(url, location.href), box, version: "" });
  }

  async ask() {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    this.again = false;
    const asked = performance.now();
    try {
      this.url.searchParams.set("since", this.version);
      const answer = await fetch(this.url, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      const news = await answer.json();
      if (news.marks && !this.apply(news, asked)) this.again = true;
      else this.version = news.version;
    } catch {
      // Away for now: the next beat asks again.
    } finally {
      this.asking = false;
      if (this.again) setTimeout(() => this.ask(), LEAST_MS);
    }
  }

  /** Whether all of it could be taken over. */
  apply({ marks, selected, counts }, asked) {
    const chosen = new Set(selected);
    const cards = [...this.box.querySelectorAll("[data-clip]")].filter(({ dataset: { saidUrl } }) => !saidUrl || this.url.pathname === new URL(saidUrl, location.href).pathname);
    const fresh = cards.filter(({ dataset: { clip, shot } }) => chosenAt(clip, shot) < asked);
    for (const card of fresh) say(card, marks[card.dataset.clip] ?? "", chosen.has(card.dataset.clip));
    if (fresh.length < cards.length) return false;
    for (const place of document.querySelectorAll("[data-count-of]")) place.textContent = counts[place.dataset.countOf] ?? place.textContent;
    return true;
  }
}

/** Keeps the cards inside `box` true; `urls` are where the hub tells of their projects. */
export function followSaid(urls, box, signal) {
  const followers = [...new Set(urls)].map((url) => new Follower(url, box));
  let timer = null;
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = null;
      for (const follower of followers) follower.ask();
    }, LEAST_MS);
  };
  document.body.addEventListener("changed", soon, { signal });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); }, { signal });
}
