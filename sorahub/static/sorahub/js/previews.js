// Plays takes in the grid: where the pointer rests for a moment, or on the card that has the focus. Moving the pointer over a
// card scrubs its sprite (hover-scrub.js); resting plays on from there. Muted, one at a time, two <video> elements at most.

const REST_MS = 300;
const ALIVE = 2;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Previews {
  constructor(list) {
    this.list = list;
    this.alive = []; // cards that own a <video>, oldest first
    list.addEventListener("pointermove", (event) => this.moved(event));
    list.addEventListener("pointerleave", () => this.leave());
    list.addEventListener("focusin", (event) => {
      const card = event.target.closest(".take-card");
      if (card && event.target.matches(":focus-visible") && !still.matches) this.soon(card, 0);
    });
    list.addEventListener("focusout", () => this.leave());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.leave(); });
  }

  moved(event) {
    if (event.pointerType === "touch" || still.matches) return;
    const picture = event.target.closest(".take-card__picture");
    if (!picture) {
      this.leave();
      return;
    }
    const box = picture.getBoundingClientRect();
    this.hide();
    this.soon(picture.closest(".take-card"), Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width)));
  }

  soon(card, at) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.play(card, at), REST_MS);
  }

  toggle(card) {
    clearTimeout(this.resting);
    if (this.playing === card) this.leave();
    else this.play(card, 0);
  }

  async play(card, at) {
    if (!card.dataset.src || !card.isConnected) return;
    if (this.playing && this.playing !== card) this.hide();
    this.playing = card;
    const video = this.videoOf(card);
    try {
      if (video.readyState < 1) await new Promise((resolve, reject) => {
        video.addEventListener("loadedmetadata", resolve, { once: true });
        video.addEventListener("error", reject, { once: true });
      });
      if (this.playing !== card) return;
      video.currentTime = at * video.duration;
      await video.play();
      if (this.playing === card) video.dataset.shown = "";
    } catch {
      this.drop(card); // it left, or cannot be played: the poster stays
    }
  }

  videoOf(card) {
    const there = card.querySelector("video");
    if (there) return there;
    while (this.alive.length >= ALIVE) this.drop(this.alive[0]);
    const video = document.createElement("video");
    Object.assign(video, { muted: true, loop: true, playsInline: true, preload: "auto", tabIndex: -1, src: card.dataset.src });
    card.querySelector(".take-card__picture").append(video);
    this.alive.push(card);
    return video;
  }

  /** Stops what plays and shows the poster again; its <video> stays for a moment, in case the pointer rests once more. */
  hide() {
    const video = this.playing?.querySelector("video");
    if (video) {
      video.pause();
      delete video.dataset.shown;
    }
    this.playing = null;
  }

  leave() {
    clearTimeout(this.resting);
    this.hide();
  }

  drop(card) {
    const video = card.querySelector("video");
    if (video) {
      video.pause();
      video.removeAttribute("src");
      video.load();
      video.remove();
    }
    this.alive = this.alive.filter((each) => each !== card);
    if (this.playing === card) this.playing = null;
  }

  stop() {
    this.leave();
    for (const card of [...this.alive]) this.drop(card);
  }
}
