// Others' notes and marks as they come: on each `changed` (from the event stream, or its slow beat when the stream is away) the hub is asked
// what is new since the last cursor, and the answer is merged note by note.
const LEAST_MS = 300;

/** Follows the notes of a clip. `cursor` is where the rendered page stands. Returns a function that asks at once. */
export function follow(url, threads, cursor = "") {
  let at = cursor;
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
    try {
      const answer = await fetch(`${url}?since=${encodeURIComponent(at)}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (answer.ok && answer.headers.get("Content-Type")?.includes("json")) {
        const news = await answer.json();
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
  document.body.addEventListener("changed", soon);
  addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  return ask;
}
