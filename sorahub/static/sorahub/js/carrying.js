// The dialog that carries one note, or all open ones, to another take of the shot (templates/reviews/carry_dialog.html).
import { toast } from "./toast.js";
import { send } from "./unsent.js";

const many = (count) => (count === 1 ? "One note" : `${count} notes`);

class Carrying {
  constructor(dialog) {
    this.dialog = dialog;
    this.form = dialog.querySelector("form");
    this.title = dialog.querySelector("h2");
    this.go = dialog.querySelector("[data-carry-go]");
    this.problem = dialog.querySelector("[data-carry-problem]");
    this.form.addEventListener("submit", (event) => {
      if (event.submitter !== this.go) return;
      event.preventDefault();
      this.carry();
    });
  }

  /** Asks; `asked`: {title, url, field (under which the take is sent), told (words about the answer)}. */
  ask(asked) {
    this.asked = asked;
    this.title.textContent = asked.title;
    this.problem.textContent = "";
    const takes = [...this.form.elements].filter(({ name }) => name === "to");
    if (!takes.some(({ checked }) => checked)) takes[0].checked = true;
    this.dialog.showModal();
    takes.find(({ checked }) => checked).focus();
  }

  async carry() {
    const { url, field, told } = this.asked;
    const take = this.form.querySelector("[name=to]:checked");
    this.go.disabled = true;
    this.problem.textContent = "";
    try {
      const answer = await send(url, { [field]: take.value });
      this.dialog.close();
      this.tell(`${told(answer)} ${take.dataset.take}.`, answer, take);
    } catch (error) {
      this.problem.textContent = error.message;
    } finally {
      this.go.disabled = false;
    }
  }

  tell(words, { id, words: more }, take) {
    const there = new URL(take.dataset.url, location.href);
    if (id) there.searchParams.set("note", id);
    toast([words, more].filter(Boolean).join(" "), more ? "warn" : "ok", { label: "Show", act: () => location.assign(there) });
  }
}

/** Lets every button of the page that carries notes ask first; where there is no other take, there is no such button. */
export function connectCarrying(list) {
  const dialog = document.querySelector("[data-carry]");
  if (!dialog) return;
  const carrying = new Carrying(dialog);
  const one = ({ carryUrl: url }) => ({ title: "Carry this note to another take", url, field: "clip", told: () => "The note is carried to" });
  const told = ({ carried, new: added }) => (carried === 0 ? "No note is open here; nothing is carried to" : `${many(added)} of ${carried} ${added === 1 ? "is" : "are"} new on`);
  list.addEventListener("click", ({ target }) => {
    if (target.closest("[data-note-carry]")) carrying.ask(one(target.closest("[data-note]").dataset));
  });
  document.querySelector("[data-carry-open]")?.addEventListener("click", () => {
    carrying.ask({ title: "Carry all open notes to another take", url: dialog.dataset.url, field: "to", told });
  });
}
