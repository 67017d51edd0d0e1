// <hover-scrub data-sprite data-tiles data-columns data-rows> shows the sprite's tile under the pointer.
// The sprite is fetched on the first hover only; with reduced motion nothing moves.
class HoverScrub extends HTMLElement {
  connectedCallback() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const card = this.closest(".clip-card") ?? this;
    this.stop = new AbortController();
    const { signal } = this.stop;
    card.addEventListener("pointermove", (event) => this.show(event), { signal });
    card.addEventListener("pointerleave", () => this.removeAttribute("data-active"), { signal });
  }

  disconnectedCallback() {
    this.stop?.abort();
  }

  prepare() {
    const { sprite, columns, rows } = this.dataset;
    this.strip = document.createElement("div");
    this.strip.className = "scrub-strip";
    this.line = document.createElement("div");
    this.line.className = "scrub-line";
    const image = new Image();
    image.addEventListener("load", () => {
      this.strip.style.backgroundImage = `url("${image.src}")`;
      this.strip.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
      this.loaded = true;
    });
    image.src = sprite;
    this.append(this.strip, this.line);
  }

  show(event) {
    if (event.pointerType === "touch") return;
    if (!this.strip) this.prepare();
    if (!this.loaded) return;
    const box = this.getBoundingClientRect();
    const at = Math.min(0.9999, Math.max(0, (event.clientX - box.left) / box.width));
    const { tiles, columns, rows } = this.dataset;
    const tile = Math.floor(at * tiles);
    const percent = (index, count) => (count > 1 ? (index / (count - 1)) * 100 : 0);
    this.strip.style.backgroundPosition = `${percent(tile % columns, columns)}% ${percent(Math.floor(tile / columns), rows)}%`;
    this.line.style.scale = `${at} 1`;
    this.setAttribute("data-active", "");
  }
}

customElements.define("hover-scrub", HoverScrub);
