// A page that outlives its session says so and stays as it is, with what was typed. Who comes back from the log-in in the other
// tab goes on here: the forms get the new session's token.
import { toast } from "./toast.js";

const STAYS = 2 ** 31 - 1; // the longest that a timer can wait

let notice = null;

function back() {
  notice?.remove();
  notice = null;
}

function renew(token) {
  document.querySelector("meta[name='csrf-token']").content = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll("input[name='csrfmiddlewaretoken']")) field.value = token;
}

/** Asks for this page once more: with a session it comes, without one the log-in does. */
async function look() {
  if (!notice || document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector("meta[name='csrf-token']")?.content;
  if (!token) return;
  renew(token);
  back();
}

document.body.addEventListener("loggedOut", ({ detail }) => {
  if (notice?.isConnected) return;
  const login = `${detail.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  notice = toast(
    "You are logged out. This page stays as it is; log in beside it, then go on here.",
    "warn",
    { label: "Log in", href: login, life: STAYS },
  );
});
addEventListener("focus", look);
document.addEventListener("visibilitychange", look);
