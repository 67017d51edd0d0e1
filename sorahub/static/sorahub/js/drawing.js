// The marks of one note while they are drawn or changed, with undo and redo: each thing that a person does is one command,
// and a command is a list of edits {id, before, after, at}; a null before adds a mark, a null after removes one.
// Event `edit` (detail: the edits as they were just applied).

const TOGETHER_MS = 900; // changes of one kind to one mark within this time are one command: nudging, dragging a slider

export class Drawing extends EventTarget {
  constructor(shapes = []) {
    super();
    this.shapes = [...shapes];
    this.done = [];
    this.undone = [];
  }

  get size() { return this.shapes.length; }
  find(id) { return this.shapes.find((shape) => shape.id === id); }

  add(shape) {
    this.perform([{ id: shape.id, before: null, after: shape, at: this.shapes.length }]);
  }

  /** Puts a changed mark in place of itself; `way` (nudge, colour, …) joins quick repetitions into one command. */
  change(after, way = "") {
    const before = this.find(after.id);
    if (before && before !== after) this.perform([{ id: after.id, before, after, at: this.shapes.indexOf(before) }], way);
  }

  remove(ids) {
    const gone = this.shapes.map((shape, at) => ({ id: shape.id, before: shape, after: null, at })).filter(({ id }) => ids.includes(id));
    if (gone.length > 0) this.perform(gone.reverse());
  }

  perform(edits, way = "") {
    const last = this.done.at(-1);
    const now = performance.now();
    this.undone = [];
    if (way && last?.way === way && last.edits[0].id === edits[0].id && now - last.when < TOGETHER_MS) {
      last.edits[0] = { ...last.edits[0], after: edits[0].after };
      last.when = now;
    } else {
      this.done.push({ edits, way, when: now });
    }
    this.apply(edits);
  }

  apply(edits) {
    for (const { id, before, after, at } of edits) {
      if (!before) this.shapes.splice(Math.min(at, this.shapes.length), 0, after);
      else if (!after) this.shapes = this.shapes.filter((shape) => shape.id !== id);
      else this.shapes = this.shapes.map((shape) => (shape.id === id ? after : shape));
    }
    this.shapes = [...this.shapes];
    this.dispatchEvent(new CustomEvent("edit", { detail: edits }));
  }

  undo() {
    const command = this.done.pop();
    if (!command) return false;
    this.undone.push(command);
    this.apply([...command.edits].reverse().map((edit) => ({ ...edit, before: edit.after, after: edit.before })));
    return true;
  }

  redo() {
    const command = this.undone.pop();
    if (!command) return false;
    this.done.push({ ...command, way: "" });
    this.apply(command.edits);
    return true;
  }

  /** Begins anew with these marks; nothing of it can be undone. */
  reset(shapes = []) {
    this.shapes = [...shapes];
    this.done = [];
    this.undone = [];
    this.dispatchEvent(new CustomEvent("edit", { detail: [] }));
  }
}
