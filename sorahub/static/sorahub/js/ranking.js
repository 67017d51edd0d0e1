// <take-ranking> (templates/reviews/ranking_judge.html): two pictures in sync, a question, and one key for the answer. The next pair
// is fetched while this one is looked at. Property: ready (the pair that is shown can be seen). Event: shown (detail: the pair's id).
import { recall, remember } from "./choices.js";
import { make } from "./elements.js";
import { actionFor, showHelp } from "./keys.js";
import { Playhead } from "./playhead.js";
import { post } from "./post.js";
import { SyncGroup } from "./sync.js";
import { toast } from "./toast.js";

const SIDES = ["left", "right"];
const NAMES = { left: "Left clip", right: "Right clip" };
const ANSWERS = { rankLeft: "left", rankRight: "right", rankTie: "tie", rankSkip: "skip" };
const TROUBLES = {
  stalled: "It takes long to load; the network may be slow.",
  network: "A clip could not be loaded: the connection broke.",
  unplayable: "A clip cannot be played by this browser.",
  lost: "A clip could not be shown.",
  blocked: "The browser did not let it play with sound. Press play once more.",
};

class TakeRanking extends HTMLElement {
  connectedCallback() {
    if (this.stop) return;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
    this.stop = new AbortController();
    this.ahead = new Map();
    this.store = make("div", { class: "ranking__ahead", "aria-hidden": "true" });
    this.append(this.store);
    const options = { signal: this.stop.signal };
    this.parts.form.addEventListener("submit", (event) => this.submitted(event), options);
    this.addEventListener("click", (event) => this.clicked(event), options);
    this.parts.sound.addEventListener("change", () => this.hear(Number(this.parts.sound.value)), options);
    document.addEventListener("keydown", (event) => this.pressed(event), options);
    window.addEventListener("pageshow", (event) => { if (event.persisted) this.refresh(); }, options);
    this.dataset.ready = "";
    this.take(JSON.parse(document.getElementById("ranking-stands").textContent));
    this.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.group?.destroy();
  }

  get pair() { return this.stands?.pair?.id ?? ""; }
  get ready() { return Boolean(this.group?.inSync || this.group?.mode === "playing"); }

  /** Shows where the judge stands now: the pair, how far it is, and fetches the next one. */
  take(stands) {
    this.stands = stands;
    const { answered, total, skipped, number, pair } = stands;
    this.parts.count.textContent = `${answered} of ${total}`;
    this.parts.progress.value = answered;
    this.parts.number.value = number;
    this.parts.pair.value = pair?.id ?? "";
    this.parts.undo.disabled = !stands.undo;
    this.parts.skippedbutton.hidden = skipped === 0;
    this.parts.skippedwords.textContent = `Look at the ${skipped} skipped again`;
    this.toggleAttribute("data-done", !pair);
    this.group?.destroy();
    this.group = null;
    if (pair) this.show(pair);
    else {
      this.parts.stage.replaceChildren();
      this.parts.thanks.focus();
    }
    this.fetchAhead(stands.next);
  }

  show(pair) {
    this.parts.trouble.hidden = true;
    const panes = this.ahead.get(pair.id) ?? this.build(pair);
    this.ahead.delete(pair.id);
    this.parts.stage.replaceChildren(...panes);
    const sides = SIDES.map((side) => pair.sides[side]);
    const aspect = Math.max(...sides.map((one) => one.aspect));
    this.style.setProperty("--aspect", aspect);
    this.toggleAttribute("data-portrait", aspect < 1);
    this.parts.sounds.hidden = !sides.some((one) => one.sound);
    this.live(`Pair ${this.stands.answered + 1} of ${this.stands.total}`);
    if (Playhead.supported && sides.every((one) => one.src)) this.playTogether(panes, sides);
    else this.playApart(panes, sides);
    this.dispatchEvent(new CustomEvent("shown", { detail: pair.id }));
  }

  build(pair) {
    return SIDES.map((side) => {
      const { src, poster } = pair.sides[side];
      const attributes = { class: "ranking__video", preload: "auto", playsinline: "", "aria-label": NAMES[side] };
      const video = make("video", { ...attributes, ...(src ? { src } : {}), ...(poster ? { poster } : {}) });
      video.muted = true;
      return make("figure", { class: "ranking__pane" }, video);
    });
  }

  fetchAhead(pair) {
    for (const [id, panes] of this.ahead) {
      if (id === pair?.id) return;
      for (const pane of panes) pane.remove();
      this.ahead.delete(id);
    }
    if (!pair) return;
    const panes = this.build(pair);
    this.store.append(...panes);
    this.ahead.set(pair.id, panes);
  }

  playTogether(panes, sides) {
    const group = new SyncGroup(panes.map((pane, index) => ({ video: pane.querySelector("video"), ...sides[index] })));
    this.group = group;
    group.loop = true;
    const sound = recall("ranking-sound", -1);
    this.parts.sound.value = String(sound);
    group.hear(sides[sound]?.sound ? sound : -1);
    group.addEventListener("mode", ({ detail }) => this.toggleAttribute("data-playing", detail === "playing"));
    group.addEventListener("trouble", ({ detail }) => this.trouble(detail.code));
    group.addEventListener("well", () => { this.parts.trouble.hidden = true; });
    this.toggleAttribute("data-playing", false);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    group.seek(0).then(() => { if (this.group === group && !still) group.play(); });
  }

  /** Where the browser does not tell which frame it shows: two players beside each other, started together. */
  playApart(panes, sides) {
    for (const pane of panes) pane.querySelector("video").controls = true;
    if (!sides.every((one) => one.src)) this.trouble("unplayable");
  }

  trouble(code) {
    this.parts.words.textContent = TROUBLES[code] ?? TROUBLES.lost;
    this.parts.trouble.hidden = false;
  }

  hear(index) {
    remember("ranking-sound", index);
    this.group?.hear(index);
  }

  toggle() {
    if (this.group?.mode === "playing") this.group.pause();
    else this.group?.play();
  }

  async again() {
    const { group } = this;
    if (!group) return;
    await group.seek(0);
    if (this.group === group) group.play();
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const action = actionFor(event, this, "ranking") ?? actionFor(event, this);
    const act = this.actOf(action);
    if (!act) return;
    event.preventDefault();
    act();
  }

  actOf(action) {
    if (action === "help") return showHelp;
    if (action === "rankUndo") return () => this.send(this.dataset.undoUrl);
    if ("done" in this.dataset) return null;
    if (action in ANSWERS) return () => this.answer(ANSWERS[action]);
    if (action === "rankAgain") return () => this.again();
    if (action === "toggle") return () => this.toggle();
    if (action === "mute") return () => this.nextSound();
    return null;
  }

  nextSound() {
    const index = Number(this.parts.sound.value) === 1 ? -1 : Number(this.parts.sound.value) + 1;
    this.parts.sound.value = String(index);
    this.hear(index);
    this.live(["Sound of the left", "Sound of the right"][index] ?? "Sound off");
  }

  clicked(event) {
    const { action } = event.target.closest("[data-action]")?.dataset ?? {};
    if (action === "toggle") this.toggle();
    else if (action === "again") this.again();
    else if (action === "help") showHelp();
    else if (action === "retry") this.group?.retry();
  }

  submitted(event) {
    event.preventDefault();
    const { choice, action } = event.submitter?.dataset ?? {};
    if (choice) this.answer(choice);
    else if (action === "undo") this.send(this.dataset.undoUrl);
    else if (action === "skipped") this.send(this.dataset.skippedUrl);
  }

  answer(choice) { this.send(this.dataset.voteUrl, { pair: this.pair, choice }); }

  /** One thing at a time; the number tells the hub what this page knows, so that the same press twice is one. */
  async send(url, fields = {}) {
    if (this.busy) return;
    this.busy = true;
    this.setAttribute("aria-busy", "true");
    try {
      const stands = await post(url, { ...fields, number: this.stands.number });
      this.take(stands);
      // Space on a button that was pressed would answer the next pair unseen.
      if (this.pair) this.focus({ preventScroll: true });
    } catch (error) {
      toast(error.message, "bad");
      if (error.behind) await this.refresh();
    } finally {
      this.busy = false;
      this.removeAttribute("aria-busy");
    }
  }

  /** Asks the hub where the judge stands; once the ranking is closed, goes to what came of it. */
  async refresh() {
    const answer = await fetch(this.dataset.url, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
    if (answer?.redirected) location.assign(answer.url);
    else if (answer?.ok) this.take(await answer.json());
  }

  live(words) { this.parts.live.textContent = words; }
}

customElements.define("take-ranking", TakeRanking);
