// The note that is being written, with its marks, kept in this browser under clip and person after every change, so that a reload
// or a crash loses nothing. A draft: {body, category, visibility, parent, anchor, frame, shapes}.

export class Draft {
  constructor(clip, person = "") {
    this.key = `sorahub-draft:${clip}:${person}`;
  }

  load() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "null");
    } catch {
      return null;
    }
  }

  /** Keeps a draft; false when the browser keeps nothing. */
  save(draft) {
    try {
      localStorage.setItem(this.key, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Where nothing is kept there is nothing to forget.
    }
  }
}
