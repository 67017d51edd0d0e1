// Sends a small form and gives back the hub's word on it; what goes wrong is said so that a person knows whether it was done.

/** Resolves with the answer's JSON. Rejects with words for people, `undone` first ("Not saved"); `behind`: the page was out of date. */
export async function post(url, fields, undone = "Not saved") {
  const token = document.querySelector("meta[name='csrf-token']")?.content ?? "";
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers });
  } catch {
    throw new Error(`${undone}: the hub could not be reached. Try again.`);
  }
  if (answer.redirected) throw new Error(`${undone}: you are logged out. Log in, then load this page again.`);
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw Object.assign(new Error(said.detail ?? `${undone}. Load the page again.`), { behind: answer.status === 409 });
}
