// Hears from the event server that something changed and tells the page: the event `changed` on the body,
// so that fragments with hx-trigger="changed from:body" fetch themselves anew.
// Without a stream (blocked, down, too old a proxy) it says `changed` on a slow beat instead.
const POLL_MS = 10_000;
const PATIENCE_MS = 15_000;
const RETRY_MS = 30_000;

function announce(detail) {
  document.body.dispatchEvent(new CustomEvent("changed", { bubbles: true, detail }));
}

/** Says `changed` on a slow beat where a page has fragments that wait for it but no stream of its own. */
function beatWithoutStream() {
  const timer = setInterval(() => {
    if (!document.hidden && document.querySelector("[hx-trigger*='changed'], [data-follows]")) announce({ polled: true });
  }, POLL_MS);
  return () => clearInterval(timer);
}

/** Listens to the event stream at `url`, or beats without one. Returns a function that stops it. */
export function listen(url) {
  if (!url) return beatWithoutStream();
  let source = null;
  let beat = null;
  let retry = null;
  let watch = null;

  const poll = () => {
    beat ??= setInterval(() => { if (!document.hidden) announce({ polled: true }); }, POLL_MS);
  };
  const live = () => {
    clearTimeout(watch);
    // What changed while nobody listened is fetched once.
    if (beat !== null) announce({ polled: true });
    clearInterval(beat);
    beat = null;
  };
  const open = () => {
    source = new EventSource(url, { withCredentials: true });
    watch = setTimeout(poll, PATIENCE_MS);
    source.addEventListener("open", live);
    const heard = (event) => announce({ data: event.data });
    source.addEventListener("message", heard);
    source.addEventListener("changed", heard);
    source.addEventListener("error", () => {
      poll();
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(retry);
      retry = setTimeout(open, RETRY_MS);
    });
  };
  const stop = () => {
    source?.close();
    clearInterval(beat);
    beat = null;
    clearTimeout(retry);
    clearTimeout(watch);
  };
  open();
  // A page kept in the back-forward cache closes its stream and opens it again when it is shown.
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  return stop;
}
