// Small makers of elements, for what scripts must build themselves.

/** An element with attributes, properties given in `on…` style as listeners, and children or words. */
export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

export const smallButton = (words, onclick, kind = "") => make("button", { type: "button", class: `button button--small ${kind}`.trim(), onclick }, words);
