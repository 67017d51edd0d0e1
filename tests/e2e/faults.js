// What is wrong with how a page is laid out, told in sentences. Loaded into pages by tests/e2e/soundness.py.
(() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const SLACK = 1.5;
  const named = (node) => {
    const words = (node.getAttribute("aria-label") || node.textContent || node.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const kind = node.tagName.toLowerCase() + (node.className && typeof node.className === "string" ? `.${node.className.trim().split(/\s+/)[0]}` : "");
    return `${kind} “${words}”`;
  };
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const ancestors = function* (node) {
    for (let one = node.parentElement; one; one = one.parentElement) yield one;
  };
  const style = (node) => getComputedStyle(node);
  const isPoint = (node) => style(node).overflowX !== "visible" && node.getBoundingClientRect().width <= 1;
  const isHiddenForEyes = (node) => [node, ...ancestors(node)].some((one) => {
    return style(one).clipPath === "inset(50%)" || (style(one).clip !== "auto" && style(one).position === "absolute") || isPoint(one);
  });
  const floats = (node) => [node, ...ancestors(node)].some((one) => ["fixed", "sticky"].includes(style(one).position));
  const scrolls = (node) => [...ancestors(node)].some((one) => ["auto", "scroll"].includes(style(one).overflowX) && one !== document.documentElement);

  /** The part of a node (of its first line, if it is a line of text) that its surroundings show. */
  const clipped = (node) => {
    let { left, top, right, bottom } = node.getClientRects()[0] ?? node.getBoundingClientRect();
    for (const one of ancestors(node)) {
      if (one === document.documentElement || style(one).overflow === "visible") continue;
      const around = one.getBoundingClientRect();
      [left, top] = [Math.max(left, around.left), Math.max(top, around.top)];
      [right, bottom] = [Math.min(right, around.right), Math.min(bottom, around.bottom)];
    }
    return { left, top, right, bottom };
  };

  const controls = () => [...document.querySelectorAll(CONTROLS)].filter((node) => {
    const box = clipped(node);
    return seen(node) && !isHiddenForEyes(node) && box.right - box.left > 2 && box.bottom - box.top > 2;
  });

  const texts = function* () {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const parent = text.parentElement;
      if (text.data.trim() && parent && seen(parent) && !["SCRIPT", "STYLE", "OPTION", "TEXTAREA"].includes(parent.tagName)) yield [text, parent];
    }
  };

  const boxOf = (text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return range.getBoundingClientRect();
  };

  /** Text that its surroundings cut off, or that sticks out of the page at the side. */
  const cutOff = () => {
    const found = [];
    for (const [text, parent] of texts()) {
      const box = boxOf(text);
      if (box.width < 1 || isHiddenForEyes(parent) || parent.closest(".skip")) continue;
      if (box.right > document.documentElement.clientWidth + SLACK && !scrolls(parent)) found.push(`sticks out at the side: ${named(parent)}`);
      for (const one of [parent, ...ancestors(parent)]) {
        if (["auto", "scroll"].includes(style(one).overflowX)) break;
        if (!["hidden", "clip"].includes(style(one).overflowX)) continue;
        const around = one.getBoundingClientRect();
        const tooWide = box.right > around.right + SLACK || box.left < around.left - SLACK;
        const tooHigh = box.bottom > around.bottom + 3 || box.top < around.top - 3;
        if ((tooWide && style(one).textOverflow !== "ellipsis") || (tooHigh && style(one).webkitLineClamp === "none")) {
          found.push(`cut off by ${named(one)}: ${named(parent)}`);
          break;
        }
      }
    }
    return found;
  };

  /** Controls that lie on each other, those of bars and menus above the page apart. */
  const overlapping = () => {
    const all = controls().filter((node) => !floats(node)).map((node) => [node, clipped(node)]);
    const found = [];
    all.forEach(([one, a], index) => {
      for (const [other, b] of all.slice(index + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 3 && high > 3 && !one.contains(other) && !other.contains(one)) {
          found.push(`overlap by ${Math.round(wide)} × ${Math.round(high)}: ${named(one)} and ${named(other)}`);
        }
      }
    });
    return found;
  };

  const onScreen = ({ left, top, right, bottom }) => {
    const [width, height] = [document.documentElement.clientWidth, innerHeight];
    return { left: Math.max(left, 0), top: Math.max(top, 0), right: Math.min(right, width), bottom: Math.min(bottom, height) };
  };

  const ringed = (node) => style(node).outlineStyle !== "none" && parseFloat(style(node).outlineWidth) >= 2;

  /** Controls whose focus is not seen, or that something covers wholly when they have it. */
  const unseenFocus = () => {
    const found = [];
    for (const node of controls()) {
      if (node.disabled || node.tabIndex < 0) continue;
      node.focus();
      if (document.activeElement !== node) continue;
      document.getAnimations().filter((one) => one instanceof CSSTransition).forEach((one) => one.finish());
      if (![node, ...ancestors(node)].some(ringed) && !(node.nextElementSibling && ringed(node.nextElementSibling))) found.push(`no sign of focus: ${named(node)}`);
      const box = onScreen(clipped(node));
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      const inset = [Math.min(4, (box.right - box.left) / 3), Math.min(4, (box.bottom - box.top) / 3)];
      const points = [[x, y], [box.left + inset[0], y], [box.right - inset[0], y], [x, box.top + inset[1]], [x, box.bottom - inset[1]]];
      const isHit = ([px, py]) => {
        const hit = document.elementFromPoint(px, py);
        return hit && (node.contains(hit) || hit.contains(node) || [...(node.labels || [])].some((label) => label.contains(hit)));
      };
      if (!points.some(isHit)) {
        const above = document.elementFromPoint(x, y);
        found.push(`covered when focused: ${named(node)} by ${above ? named(above) : "the edge of the window"}`);
      }
    }
    document.activeElement?.blur();
    return found;
  };

  /** What moves although the person asked for reduced motion. */
  const moving = () => {
    const seconds = (list) => Math.max(...list.split(",").map(parseFloat));
    const found = [];
    for (const node of document.querySelectorAll("body *")) {
      for (const part of [undefined, "::before", "::after"]) {
        const its = getComputedStyle(node, part);
        if (its.animationName !== "none" && seconds(its.animationDuration) > 0.01) found.push(`animated: ${named(node)}`);
        if (its.transitionProperty !== "none" && seconds(its.transitionDuration) > 0.01) found.push(`in transition: ${named(node)}`);
      }
    }
    for (const video of document.querySelectorAll("video")) if (!video.paused) found.push(`plays by itself: ${named(video)}`);
    return found;
  };

  // A panel may be moved into view by a script, which hears of it a moment later.
  const placed = () => new Promise((done) => { setTimeout(done, 1_000); requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done))); });

  /** What opens beyond the sides of the window, each thing that opens taken by itself. */
  const openingOutside = async () => {
    const found = [];
    const folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) {
      const around = [...ancestors(one)].filter((outer) => outer.tagName === "DETAILS" && !outer.open);
      for (const each of [one, ...around]) each.open = true;
      await placed();
      for (const node of one.querySelectorAll("*")) {
        const box = node.getBoundingClientRect();
        const outside = box.left < -SLACK || box.right > document.documentElement.clientWidth + SLACK;
        if (outside && seen(node) && !isHiddenForEyes(node) && !scrolls(node)) {
          found.push(`opens beyond the side: ${named(node)} of ${named(one)}`);
          break;
        }
      }
      for (const each of [one, ...around]) each.open = false;
    }
    return found;
  };

  const tooWide = () => {
    const wide = document.documentElement.scrollWidth;
    return wide > innerWidth ? [`${wide} px wide in a window of ${innerWidth}`] : [];
  };

  const each = (list) => [...new Set(list)].slice(0, 8);
  window.layoutFaults = async () => [...tooWide(), ...each(cutOff()), ...each(overlapping()), ...each(await openingOutside())];
  window.focusFaults = () => each(unseenFocus());
  window.motionFaults = () => each(moving());
})();
