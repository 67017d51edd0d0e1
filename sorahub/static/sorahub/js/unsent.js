// Notes that could not be sent stay in this browser until they are: one list per clip in localStorage.

export class Unsent {
  constructor(clip) {
    this.key = `sorahub-unsent:${clip}`;
  }

  all() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "[]");
    } catch {
      return [];
    }
  }

  write(notes) {
    try {
      if (notes.length > 0) localStorage.setItem(this.key, JSON.stringify(notes));
      else localStorage.removeItem(this.key);
      return true;
    } catch {
      return false;
    }
  }

  /** Keeps a note; false when the browser keeps nothing, so that the text must stay in its box. */
  keep(note) {
    return this.write([...this.all().filter(({ id }) => id !== note.id), note]);
  }

  forget(id) {
    this.write(this.all().filter((note) => note.id !== id));
  }
}

export class Refused extends Error {}

/** Sends JSON; throws Refused with words for the person on a lasting no, any other error where trying again may help. */
export async function send(url, value) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "",
    },
    body: JSON.stringify(value),
  });
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  if (answer.ok && isJson) return answer.json();
  if (answer.redirected || answer.status === 401) throw new Error("You are logged out. Log in in another tab; the note is kept here.");
  const problem = isJson ? await answer.json() : {};
  const words = problem.detail ?? problem.message ?? problem.title ?? `The hub answered ${answer.status}.`;
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new Error(words);
  throw new Refused(words);
}
