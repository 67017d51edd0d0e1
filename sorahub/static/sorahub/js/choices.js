// What a person set in the player and finds again: volume, guides, counting. Kept in this browser alone.

const PLACE = "sorahub-player";

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

/** The remembered value, or the fallback where there is none or one of another type. */
export function recall(name, fallback) {
  const kept = read()[name];
  return typeof kept === typeof fallback && Array.isArray(kept) === Array.isArray(fallback) ? kept : fallback;
}

export function remember(name, value) {
  try {
    localStorage.setItem(PLACE, JSON.stringify({ ...read(), [name]: value }));
  } catch {
    // A browser that keeps nothing: the choice holds until the page is left.
  }
}
