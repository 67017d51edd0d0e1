// A selected passage of a text: browsers count in UTF-16 units, SoraHub in Unicode code points.

export const codePoints = (string) => {
  let number = 0;
  for (const _ of string) number += 1;
  return number;
};

// Without the white space at both ends; null when nothing else is selected.
export const trimmed = (before, passage) => {
  const quote = passage.trim();
  if (!quote) return null;
  return { before: before + passage.slice(0, passage.indexOf(quote)), quote };
};
