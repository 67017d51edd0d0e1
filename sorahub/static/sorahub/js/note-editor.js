// Changing one's own note where it stands: its words, what it is about, its frames.
import { make } from "./elements.js";
import { connectMarkdown } from "./markdown-bar.js";
import { Mentions } from "./mentions.js";
import { parseFrame } from "./timecode.js";

let editors = 0;

export class NoteEditor {
  /** `done` hears the changed values, or null when the person gave up. */
  constructor(target, { player, form, peopleUrl, done }) {
    Object.assign(this, { target, player, done });
    editors += 1;
    this.body = target.node.querySelector(".note__body");
    const source = target.node.querySelector("[data-source]");
    this.words = source ? source.dataset.source || source.content?.textContent || source.textContent : this.body?.textContent ?? "";
    this.text = make("textarea", { rows: 3, "aria-label": "The note's words" });
    this.text.value = this.words;
    this.problem = make("p", { class: "composer__said", role: "alert", "data-bad": true });
    this.fields = target.reply ? [] : this.makeFields(form);
    const save = make("button", { class: "button button--small button--primary", type: "submit" }, "Save");
    const leave = make("button", { class: "button button--small", type: "button", onclick: () => this.close(null) }, "Cancel");
    const help = make("p", { class: "visually-hidden", role: "status" });
    this.form = make("form", { class: "note__editor", "data-editing": true }, this.text, ...this.fields, this.problem, make("div", { class: "note__editor-acts" }, leave, save), help);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    this.form.addEventListener("keydown", (event) => this.press(event));
    connectMarkdown(this.text, null);
    if (peopleUrl) this.mentions = new Mentions(this.text, peopleUrl, (words) => { help.textContent = words; });
  }

  makeFields(form) {
    const { target } = this;
    const id = `note-editor-${editors}`;
    const known = form?.elements.namedItem("category");
    const parts = [];
    if (known) {
      this.category = known.cloneNode(true);
      this.category.value = target.category || known.options[0].value;
      parts.push(this.category);
    }
    const field = (name, frame) => make("input", { type: "text", inputmode: "numeric", value: frame + 1, id: `${id}-${name}`, autocomplete: "off" });
    [this.from, this.to] = [field("from", target.frame_in), field("to", target.frame_out)];
    const label = (words, input) => make("label", { for: input.id, class: "small" }, words);
    parts.push(make("span", { class: "range-fields" }, label("From", this.from), this.from, label("to", this.to), this.to));
    return parts;
  }

  open() {
    if (this.body) this.body.hidden = true;
    const head = this.target.node.querySelector(".note__head");
    if (this.body) this.body.after(this.form);
    else head.after(this.form);
    this.text.focus();
    this.text.setSelectionRange(this.text.value.length, this.text.value.length);
  }

  press(event) {
    if (event.key === "Escape" && !event.defaultPrevented) this.close(null);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  save() {
    const body = this.text.value.trim();
    const [from, to] = this.from ? [this.from, this.to].map(({ value }) => parseFrame(value, this.player.rate)) : [];
    const last = this.player.frameCount - 1;
    if (this.from && (from === null || to === null || from < 0 || to > last || to < from)) {
      this.problem.textContent = `Frames run from 1 to ${last + 1}, and the last one does not come before the first.`;
      return;
    }
    if (body === "" && !this.target.shapes?.length) {
      this.problem.textContent = "Write something, or delete the note.";
      return;
    }
    const { frame_in, frame_out, category } = this.target;
    const values = {
      ...(body === this.words.trim() ? {} : { body }),
      ...(this.category && this.category.value !== (category || this.category.options[0].value) ? { category: this.category.value } : {}),
      ...(this.from && (from !== frame_in || to !== frame_out) ? { frame_in: from, frame_out: to } : {}),
    };
    this.close(Object.keys(values).length > 0 ? values : null);
  }

  close(values) {
    this.form.remove();
    if (this.body) this.body.hidden = false;
    this.done(values);
  }
}
