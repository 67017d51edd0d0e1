// A piece of the page that did not come is said: what somebody asked for as not done, what renews itself once for all such pieces
// and for as long as one of them is behind. Who says it in its own place prevents the event's default.
import { toast } from "./toast.js";

const STAYS = 2 ** 31 - 1; // the longest that a timer can wait
const LEFT_MS = 3000;

const refused = new Map(); // the message, by the address that was asked
const behind = new Set();
let waiting = null;
let leaving = false;

function why(xhr) {
  if (!xhr.status) return "the hub could not be reached";
  return xhr.status < 500 ? `the hub refused it (${xhr.status}); load the page again` : `the hub failed (${xhr.status})`;
}

function renewsItself(path, xhr) {
  behind.add(path);
  if (waiting) return;
  const words = `Something on this page may be old: ${why(xhr)}. It is asked for again by itself.`;
  waiting = toast(words, "warn", { label: "Hide", act: () => {}, life: STAYS });
}

function failed(event) {
  const { xhr, requestConfig, pathInfo } = event.detail;
  if (event.defaultPrevented || leaving) return;
  const path = pathInfo.requestPath;
  if (!requestConfig.triggeringEvent?.isTrusted) renewsItself(path, xhr);
  else if (!refused.get(path)?.isConnected) refused.set(path, toast(`Not done: ${why(xhr)}.`, "bad"));
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.body.addEventListener(name, failed);
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) return;
  refused.get(detail.pathInfo.requestPath)?.remove();
  behind.delete(detail.pathInfo.requestPath);
  if (behind.size > 0) return;
  waiting?.remove();
  waiting = null;
});
// What a page that is being left breaks off is no fault; a download leaves it only in appearance.
addEventListener("beforeunload", () => {
  leaving = true;
  setTimeout(() => { leaving = false; }, LEFT_MS);
});
