// The toolbar of the drawing mode (templates/components/draw_tools.html). One button of it is in the order of Tab, arrow keys go on.
import { keymap } from "./keys.js";
import { toast } from "./toast.js";

const REFUSED = "The frame is not on the screen yet. Try again in a moment.";
const ALONG = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function rove(bar) {
  const buttons = () => [...bar.querySelectorAll("button:not(:disabled)")];
  const only = (button) => { for (const one of bar.querySelectorAll("button")) one.tabIndex = one === button ? 0 : -1; };
  bar.addEventListener("focusin", ({ target }) => { if (target.matches("button")) only(target); });
  bar.addEventListener("keydown", (event) => {
    if (!event.target.matches("button") || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = buttons();
    const at = all.indexOf(event.target);
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? (ALONG[event.key] ? (at + ALONG[event.key] + all.length) % all.length : null);
    if (to === null) return;
    event.preventDefault();
    all[to].focus();
  });
  return only;
}

function showState(bar, layer) {
  const states = { undo: layer.drawing.done.length, redo: layer.drawing.undone.length, eraseSelected: layer.selected };
  for (const [name, able] of Object.entries(states)) {
    const button = bar.querySelector(`[data-draw="${name}"]`);
    // Not `disabled`: a button that has the focus must not drop it.
    button?.setAttribute("aria-disabled", String(!able));
  }
  const shape = layer.selectedShape;
  const swatch = shape && bar.querySelector(`[name="colour"][value="${CSS.escape(shape.colour)}"]`);
  if (swatch) swatch.checked = true;
}

function connectKeys(layer) {
  document.addEventListener("keydown", (event) => {
    if (!layer.active || event.defaultPrevented || event.target.matches("textarea, input:not([type='radio'])")) return;
    const action = keymap.find(event, "drawing")?.action;
    if (action !== "undo" && action !== "redo") return;
    event.preventDefault();
    layer[action]();
  });
}

/** Connects the toolbar, the draw buttons and the keys of drawing to an <annotation-layer>. */
export function connectDrawTools(bar, layer, player, buttons) {
  const only = rove(bar);
  const press = (tool) => {
    layer.use(tool);
    for (const one of bar.querySelectorAll("[data-tool]")) one.setAttribute("aria-pressed", String(one.dataset.tool === layer.tool));
  };
  const begin = async () => {
    if (await layer.start() === null) layer.refuse();
    else layer.focus({ preventScroll: true });
  };
  const leave = () => {
    const within = bar.contains(document.activeElement) || document.activeElement === layer;
    layer.leave();
    if (within) player.focus({ preventScroll: true });
  };
  const toggle = () => (layer.active ? leave() : begin());

  layer.addEventListener("drawrefused", () => toast(REFUSED, "warn"));
  layer.addEventListener("drawmode", ({ detail }) => {
    bar.hidden = !detail;
    for (const button of buttons) button.setAttribute("aria-pressed", String(detail));
    press(layer.tool);
    only(bar.querySelector("[aria-pressed='true']"));
    showState(bar, layer);
    if (detail) layer.tell(`Drawing on frame ${player.frame + 1}.`);
  });
  for (const name of ["shapeschange", "markedit", "markselect"]) layer.addEventListener(name, () => showState(bar, layer));
  for (const button of buttons) button.addEventListener("click", toggle);
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tool) press(button.dataset.tool);
    else if (button.dataset.draw === "done") leave();
    else if (button.dataset.draw) layer[button.dataset.draw]();
  });
  bar.addEventListener("change", (event) => {
    if (event.target.name === "colour") layer.setColour(event.target.value);
    if (event.target.name === "stroke") layer.setStroke(Number(event.target.value));
  });
  player.addEventListener("action", ({ detail }) => {
    if (detail === "draw") toggle();
    if (detail === "erase" && layer.active) press("eraser");
    if (detail === "leave" && layer.active) leave();
  });
  connectKeys(layer);
  press("pen");
}
