// <ranking-results> (templates/reviews/ranking_results.html): select a take for its shot, the first one by its key, with a way to undo it.
import { select } from "./choosing.js";
import { actionFor, keymap, showHelp } from "./keys.js";
import { toast } from "./toast.js";

class RankingResults extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    const options = { signal: this.stop.signal };
    document.addEventListener("keydown", (event) => this.pressed(event), options);
    this.addEventListener("click", (event) => this.clicked(event), options);
    const key = this.querySelector("[data-key='winner']");
    if (key) key.textContent = keymap.words("winner");
  }

  disconnectedCallback() { this.stop.abort(); }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const action = actionFor(event, this, "results") ?? actionFor(event, this);
    if (action === "help") showHelp();
    else if (action === "winner") this.selectWinner();
    else return;
    event.preventDefault();
  }

  selectWinner() {
    const card = this.querySelector("[data-winner]");
    if (!card?.querySelector("[data-choose]")) toast("There is no first take that you can select here.", "info");
    else if ("selected" in card.dataset) toast(`${card.dataset.name} is selected already.`, "info");
    else select(card);
  }

  clicked(event) {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    event.preventDefault();
    select(button.closest("[data-clip]"));
  }
}

customElements.define("ranking-results", RankingResults);
