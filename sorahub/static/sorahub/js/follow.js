// Others' notes and marks as they come: on each `changed` (from the event stream, or its slow beat when the stream is away) the hub is asked
// what is new since the last cursor, and the answer is merged note by note.
const LEAST_MS = 300;

function missing(threads, { notes }) {
  const standing = new Set(notes.map(({ id }) => id));
  return [...threads.entries.keys()].filter((id) => !standing.has(id));
}

/** Follows the notes of a clip. `cursor` is where the rendered page stands. Returns a function that asks at once. */
export function follow(url, threads, cursor = "") {
  let at = cursor;
  let everything = false;
  let asking = false;
  let again = false;
  let timer = null;

  const ask = async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    const since = everything ? "" : at;
    everything = false;
    try {
      const answer = await fetch(`${url}?since=${encodeURIComponent(since)}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (answer.ok && answer.headers.get("Content-Type")?.includes("json")) {
        const news = await answer.json();
        // Without a cursor the answer is all there is: what is not in it is gone.
        if (since === "") news.gone = missing(threads, news);
        threads.absorb(news);
        at = news.cursor ?? at;
      }
    } catch {
      // Away for now: the next beat asks again, and the cursor has not moved.
    } finally {
      asking = false;
      if (again) soon();
    }
  };
  const soon = () => {
    timer ??= setTimeout(() => { timer = null; ask(); }, LEAST_MS);
  };
  document.body.addEventListener("changed", ({ detail }) => {
    if (detail?.everything) everything = true;
    soon();
  });
  addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  return ask;
}
