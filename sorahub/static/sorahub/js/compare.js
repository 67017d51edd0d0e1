// <take-compare> (templates/reviews/compare.html): two to four takes on one timeline, in one of several ways to look.
// Properties: frame (of the timeline), inSync, mode (side, wipe, overlay, difference, flicker), group. Methods: seek(n), play(), pause().
// Events: settled (all pictures confirmed), target.
import { dressButtons } from "./buttons.js";
import { recall, remember } from "./choices.js";
import { mark, paint, select } from "./choosing.js";
import "./against.js";
import { Flicker } from "./flicker.js";
import { actionFor, keymap, showHelp } from "./keys.js";
import { Playhead } from "./playhead.js";
import { followSaid } from "./said.js";
import { SyncGroup } from "./sync.js";
import { canDrop, parseFrame, spoken, toTimecode } from "./timecode.js";
import { connectWipe, connectZoom } from "./compare-stage.js";

const MODES = ["side", "wipe", "overlay", "difference", "flicker"];
const SHUTTLE = [1, 2, 4];
const TROUBLES = {
  stalled: "takes long to load; the network may be slow.",
  network: "could not be loaded: the connection broke.",
  unplayable: "cannot be played by this browser, or is not ready yet.",
  lost: "could not show this frame.",
  blocked: "was not allowed to play with sound. Press play once more.",
};
const LETTERS = "ABCD";
const number = (node, name) => Number.parseInt(node.dataset[name], 10);

export class TakeCompare extends HTMLElement {
  connectedCallback() {
    if (this.group) return;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
    this.panes = [...this.querySelectorAll("[data-pane]")];
    this.cards = [...this.querySelectorAll("[data-card]")];
    const playable = this.panes.filter((pane) => pane.querySelector("video"));
    if (!Playhead.supported || playable.length !== this.panes.length) {
      this.tellState("apart", Playhead.supported ? "Waiting for review copies" : "This browser does not tell which frame it shows");
      return;
    }
    this.rates = this.panes.map((pane) => ({ num: number(pane, "rateNum"), den: number(pane, "rateDen") }));
    // Counting is as it was last set in the player.
    for (const rate of this.rates) rate.drop = canDrop(rate) && recall("drop", false);
    this.group = new SyncGroup(this.panes.map((pane, index) => ({
      video: pane.querySelector("video"), num: this.rates[index].num, den: this.rates[index].den,
      count: number(pane, "frameCount"), firstNum: number(pane, "firstNum"), firstDen: number(pane, "firstDen"),
    })));
    this.setVolume(Math.min(1, Math.max(0, recall("volume", 1))));
    this.order = this.panes.map((_, index) => index);
    this.solo = null;
    this.stop = new AbortController();
    for (const pane of this.panes) {
      const video = pane.querySelector("video");
      video.controls = false;
      video.removeAttribute("controls");
    }
    this.flicker = new Flicker(this, this.parts);
    this.connectGroup();
    this.connectControls();
    connectWipe(this, this.stop.signal);
    connectZoom(this, this.stop.signal);
    followSaid(this.cards.map(({ dataset }) => dataset.saidUrl).filter(Boolean), document, this.stop.signal);
    this.set("--aspect", number(this.panes[0], "width") / number(this.panes[0], "height"));
    this.dataset.ready = "";
    this.arrange();
    this.activate(0);
    this.layTimeline();
    this.start();
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.flicker?.stop();
    this.group?.destroy();
    this.group = null;
  }

  get frame() { return this.group.target; }
  get inSync() { return this.group?.inSync ?? false; }
  get mode() { return this.dataset.mode; }
  seek(at) { return this.group.seek(at); }
  play(speed) { return this.group.play(speed); }
  pause() { return this.group.pause(); }

  start() {
    const wished = Number.parseInt(new URLSearchParams(location.search).get("frame") ?? "0", 10);
    this.seek(Number.isNaN(wished) ? 0 : wished);
  }

  connectGroup() {
    const on = (name, act) => this.group.addEventListener(name, act, { signal: this.stop.signal });
    on("target", ({ detail }) => {
      this.paint(detail);
      if (this.group.mode !== "playing") this.tellState("seeking", "Seeking");
      this.dispatchEvent(new CustomEvent("target", { detail }));
    });
    on("settled", () => {
      this.parts.trouble.hidden = true;
      this.tellState("sync", "In sync");
      this.speak();
      this.dispatchEvent(new CustomEvent("settled", { detail: this.frame }));
    });
    on("apart", () => this.tellState("apart", "Not in sync"));
    on("timeline", () => this.layTimeline());
    on("mode", ({ detail }) => this.showMode(detail));
    on("trouble", ({ detail }) => this.showTrouble(detail));
    on("well", () => { this.parts.trouble.hidden = true; });
  }

  connectControls() {
    const options = { signal: this.stop.signal };
    const { seek, timecode, frame, speed, sound, opacity, gain, retry } = this.parts;
    seek.addEventListener("input", () => this.seek(Number(seek.value)), options);
    for (const field of [timecode, frame]) {
      field.addEventListener("change", () => this.goTo(field), options);
      field.addEventListener("focus", () => field.select(), options);
    }
    speed.addEventListener("change", () => {
      this.group.speed = Number(speed.value);
      if (this.group.mode === "playing") this.group.pace = this.group.speed;
    }, options);
    sound.addEventListener("change", () => this.group.hear(Number(sound.value)), options);
    opacity.addEventListener("input", () => this.set("--opacity", `${opacity.value}%`), options);
    gain.addEventListener("input", () => {
      this.set("--gain", gain.value);
      this.parts.gainsaid.textContent = `${gain.value}×`;
    }, options);
    retry.addEventListener("click", () => { this.parts.trouble.hidden = true; this.group.retry(); }, options);
    for (const name of ["first", "second"]) {
      this.parts[name]?.addEventListener("change", () => this.put(name === "first" ? 0 : 1, Number(this.parts[name].value)), options);
    }
    this.addEventListener("click", (event) => this.clicked(event), options);
    document.addEventListener("keydown", (event) => this.pressed(event), options);
    document.addEventListener("keyup", (event) => { if (event.code === this.peekKey) this.flicker.peek(false); }, options);
    dressButtons(this);
    keymap.addEventListener("change", () => dressButtons(this), options);
    window.addEventListener("blur", () => this.flicker.peek(false), options);
    this.cards.forEach((card, index) => this.connectCard(card, index, options));
    for (const pane of this.panes) pane.addEventListener("pointerdown", () => this.activate(this.panes.indexOf(pane)), options);
  }

  connectCard(card, index, options) {
    paint(card);
    card.addEventListener("focusin", () => this.activate(index), options);
    card.addEventListener("pointerdown", () => this.activate(index), options);
    const offset = card.querySelector("[data-offset]");
    offset?.addEventListener("change", () => this.offsetBy(index, 0), options);
    const picker = card.querySelector("select[data-picker]");
    picker?.addEventListener("change", () => picker.form.requestSubmit(), options);
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button || !this.contains(button)) return;
    const { action, mode, offsetStep, choose } = button.dataset;
    const card = button.closest("[data-card]");
    if (mode) this.look(mode);
    else if (offsetStep) this.offsetBy(this.cards.indexOf(card), Number(offsetStep));
    else if (choose) {
      event.preventDefault();
      this.choose(card, choose);
    } else if (action) this.act(action);
  }

  pressed(event) {
    const slider = event.target.matches?.("input[type='range']") && event.target !== this.parts.seek;
    if (slider && /^(Arrow|Home|End|Page)/.test(event.key)) return;
    const action = actionFor(event, this);
    if (!action || (event.repeat && !/^(back|next|louder|softer)/.test(action))) return;
    if (action !== "leave") event.preventDefault();
    if (action === "peek") this.peekKey = event.code;
    this.act(action);
  }

  act(action) {
    const { group } = this;
    const acts = {
      toggle: () => (group.mode === "paused" ? this.play() : this.pause()),
      pause: () => this.pause(),
      forward: () => this.shuttle(1),
      reverse: () => this.shuttle(-1),
      back: () => group.step(-1), next: () => group.step(1),
      back10: () => group.step(-10), next10: () => group.step(10),
      first: () => group.step(group.begin - group.target), last: () => group.step(group.end - group.target),
      loop: () => this.press("loop", group.loop = !group.loop),
      mute: () => this.hear(group.audible === -1 ? this.heard ?? 0 : -1),
      louder: () => this.loudness(0.1), softer: () => this.loudness(-0.1),
      listen: () => this.hear((group.audible + 1) % this.panes.length),
      swap: () => this.swap(),
      peek: () => this.flicker.peek(true),
      fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen?.()),
      help: () => showHelp(),
      leave: () => this.soloOf(null),
      select: () => this.choose(this.cards[this.active], "selected"),
      shortlist: () => this.choose(this.cards[this.active], "shortlisted"),
      reject: () => this.choose(this.cards[this.active], "rejected"),
    };
    if (/^solo\d$/.test(action)) this.soloOf(Number(action[4]) - 1);
    else if (MODES.includes(action)) this.look(action === this.mode ? "side" : action);
    else acts[action]?.();
  }

  /** Which of the ways to look is on; the pictures stay where they are. */
  look(mode) {
    this.solo = null;
    this.dataset.mode = mode;
    this.arrange();
    for (const button of this.querySelectorAll("button[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    for (const row of this.querySelectorAll("[data-for]")) row.hidden = !row.dataset.for.split(" ").includes(mode);
    this.flicker.entered(mode === "flicker");
    this.say({ side: "Side by side", wipe: "Wipe", overlay: "Overlay", difference: "Difference", flicker: "Taking turns" }[mode]);
  }

  /** Slot 0 lies below and left (A), slot 1 above and right (B); the others wait, unless all are side by side. */
  arrange() {
    this.order.forEach((pane, slot) => {
      this.panes[pane].dataset.slot = slot;
      this.panes[pane].toggleAttribute("data-solo", this.solo === pane);
    });
    this.toggleAttribute("data-one", this.solo !== null);
    this.cards.forEach((card, index) => {
      card.querySelector("[data-action^='solo']").setAttribute("aria-pressed", String(this.solo === index));
    });
    if (this.parts.first) [this.parts.first.value, this.parts.second.value] = [this.order[0], this.order[1]];
    const [a, b] = this.order.map((pane) => this.cards[pane].dataset.name);
    this.parts.legend.textContent = `${LETTERS[this.order[0]]} ${a} · ${LETTERS[this.order[1]]} ${b}`;
  }

  swap() {
    [this.order[0], this.order[1]] = [this.order[1], this.order[0]];
    this.arrange();
    this.say("A and B swapped");
  }

  /** Puts a take into a slot; the one that was there takes its place. */
  put(slot, pane) {
    const from = this.order.indexOf(pane);
    [this.order[slot], this.order[from]] = [this.order[from], this.order[slot]];
    this.arrange();
  }

  soloOf(index) {
    if (index !== null && !this.panes[index]) return;
    this.solo = this.solo === index ? null : index;
    if (this.solo !== null) this.activate(this.solo);
    this.arrange();
    this.say(this.solo === null ? "All takes" : `${this.cards[this.solo].dataset.name} alone`);
  }

  /** The take that S, P and R are about. */
  activate(index) {
    this.active = index;
    this.cards.forEach((card, each) => card.toggleAttribute("data-active", each === index));
  }

  async choose(card, what) {
    if (!card?.querySelector("[data-choose]")) return;
    if (what === "selected") await select(card);
    else await mark(card, what);
  }

  hear(index) {
    if (index === -1) this.heard = this.group.audible;
    this.group.hear(index);
    this.parts.sound.value = index;
    this.press("mute", index === -1);
    this.say(index === -1 ? "Sound off" : `Sound of ${this.cards[index].dataset.name}`);
  }

  /** The takes are as loud as the player was last; what is changed here holds there too. */
  loudness(by) {
    const volume = Math.min(1, Math.max(0, Math.round((recall("volume", 1) + by) * 10) / 10));
    remember("volume", volume);
    this.setVolume(volume);
    this.say(`Volume ${Math.round(volume * 100)} percent`);
  }

  setVolume(volume) {
    for (const { video } of this.group.heads) video.volume = volume;
  }

  shuttle(direction) {
    const going = this.direction === direction && this.group.mode !== "paused";
    this.gear = going ? Math.min(this.gear + 1, SHUTTLE.length - 1) : 0;
    this.direction = direction;
    if (direction < 0) this.group.reverse(SHUTTLE[this.gear]);
    else if (this.group.mode === "playing") this.group.pace = SHUTTLE[this.gear];
    else this.play(SHUTTLE[this.gear]);
  }

  offsetBy(index, step) {
    const field = this.cards[index].querySelector("[data-offset]");
    const frames = (Number.parseInt(field.value, 10) || 0) + step;
    const most = this.group.heads[index].last;
    field.value = Math.min(most, Math.max(-most, frames));
    this.group.setOffset(index, Number(field.value));
  }

  goTo(field) {
    const frame = parseFrame(field.value, this.rates[0]);
    field.setAttribute("aria-invalid", String(frame === null));
    if (frame !== null) this.seek(frame + (field === this.parts.frame ? this.group.begin : 0));
    else this.say("Type a frame number or a timecode.");
  }

  set(name, value) { this.style.setProperty(name, value); }
  press(action, on) { this.querySelector(`[data-action="${action}"]`)?.setAttribute("aria-pressed", String(on)); }
  say(words) { this.parts.live.textContent = words; }

  layTimeline() {
    const { seek, of } = this.parts;
    seek.min = this.group.begin;
    seek.max = this.group.end;
    of.textContent = `of ${this.group.count}`;
    this.paint(this.group.target);
  }

  paint(at) {
    const { seek, timecode, frame } = this.parts;
    const { begin, count } = this.group;
    seek.value = at;
    const typing = document.activeElement;
    if (typing !== timecode || this.group.mode !== "playing") timecode.value = `${at < 0 ? "-" : ""}${toTimecode(Math.abs(at), this.rates[0])}`;
    if (typing !== frame || this.group.mode !== "playing") frame.value = at - begin + 1;
    this.set("--played", `${count > 1 ? ((at - begin) / (count - 1)) * 100 : 0}%`);
    this.panes.forEach((pane, index) => this.paintOwn(pane, index, at));
  }

  /** Each take's own frame, and whether the timeline is before its beginning or after its end. */
  paintOwn(pane, index, at) {
    const own = this.group.own(index, at);
    const { last } = this.group.heads[index];
    const beyond = own < 0 ? "before" : own > last ? "after" : "";
    pane.dataset.beyond = beyond;
    const shown = this.group.wanted(index, at);
    pane.querySelector("[data-own]").textContent = `${shown + 1} / ${last + 1}`;
    this.cards[index].querySelector("[data-own]").textContent = beyond
      ? `Frame ${shown + 1} of ${last + 1}, ${beyond === "before" ? "not begun" : "ended"}`
      : `Frame ${shown + 1} of ${last + 1} · ${toTimecode(shown, this.rates[index])}`;
  }

  speak() {
    const { seek } = this.parts;
    seek.setAttribute("aria-valuetext", spoken(this.frame - this.group.begin, this.group.count, this.rates[0]));
  }

  showMode(mode) {
    this.dataset.playing = String(mode !== "paused");
    const play = this.querySelector("[data-action='toggle']");
    play.setAttribute("aria-label", mode === "paused" ? "Play" : "Pause");
    if (mode === "playing") this.tellState("playing", "Playing together");
  }

  showTrouble({ index, code }) {
    const { trouble, words } = this.parts;
    words.textContent = `${this.cards[index].dataset.name} ${TROUBLES[code] ?? "has a problem."}`;
    trouble.hidden = false;
  }

  tellState(state, words) {
    this.dataset.state = state;
    this.parts.state.textContent = words;
  }
}

customElements.define("take-compare", TakeCompare);
