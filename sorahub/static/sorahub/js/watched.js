// <review-watch>: keeps which frames of a clip were really shown, tells the hub every five seconds and when the page is left,
// and notices that the review has ended (revoked, expired): then nothing of it stays on the page.
const EVERY_MS = 5000;
const GAP = 8; // frames that playing may skip between two presented ones: more is a jump

function csrf() {
  return document.querySelector("meta[name='csrf-token']")?.content ?? "";
}

/** Frames as spans [first, last], joined as they come. */
export class Spans {
  constructor() { this.list = []; }

  /** `playing`: a frame a little further on continues the last span. */
  add(frame, playing) {
    const last = this.list.at(-1);
    if (last && frame >= last[0] && frame <= last[1]) return;
    if (last && frame > last[1] && frame - last[1] <= (playing ? GAP : 1)) last[1] = frame;
    else this.list.push([frame, frame]);
  }

  take() {
    const taken = this.list;
    this.list = [];
    return taken;
  }

  putBack(spans) { this.list = [...spans, ...this.list]; }
}

class ReviewWatch extends HTMLElement {
  connectedCallback() {
    this.spans = new Spans();
    this.stop = new AbortController();
    const options = { signal: this.stop.signal };
    document.addEventListener("frame", ({ target, detail }) => {
      if (Number.isInteger(detail)) this.spans.add(detail, target.mode === "playing");
    }, options);
    document.body.addEventListener("changed", () => this.tell(true), options);
    document.addEventListener("error", (event) => { if (event.target.tagName === "VIDEO") this.tell(true); }, { ...options, capture: true });
    addEventListener("pagehide", () => this.tellLast(), options);
    this.beat = setInterval(() => this.tell(false), EVERY_MS);
  }

  disconnectedCallback() {
    clearInterval(this.beat);
    this.stop.abort();
  }

  message(spans) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf() };
    return { method: "POST", headers, body: JSON.stringify({ clip: this.dataset.clip, spans }) };
  }

  /** Sends what was watched; with `anyway` even nothing, to learn whether the review still stands. */
  async tell(anyway) {
    if (this.busy || (!anyway && this.spans.list.length === 0)) return;
    this.busy = true;
    const spans = this.spans.take().slice(0, 500);
    try {
      const answer = await fetch(this.dataset.url, this.message(spans));
      if (answer.status === 404 || answer.redirected) this.end();
      else if (answer.status >= 500) this.spans.putBack(spans);
    } catch {
      this.spans.putBack(spans);
    } finally {
      this.busy = false;
    }
  }

  tellLast() {
    if (this.spans.list.length > 0) fetch(this.dataset.url, { ...this.message(this.spans.take().slice(0, 500)), keepalive: true }).catch(() => {});
  }

  end() {
    for (const video of document.querySelectorAll("video")) {
      video.pause();
      video.removeAttribute("src");
      video.load();
    }
    const words = document.querySelector("#review-ended").content.cloneNode(true);
    const main = document.querySelector("main");
    main.replaceChildren(words);
    main.firstElementChild.focus();
  }
}

customElements.define("review-watch", ReviewWatch);
