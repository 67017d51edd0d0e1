// The toolbar of the drawing mode (templates/components/draw_tools.html).
import { toast } from "./toast.js";

/** Connects the toolbar, the draw button and the keys D, E, Esc and Ctrl+Z to an <annotation-layer>. */
export function connectDrawTools(bar, layer, player, buttons) {
  const press = (tool) => {
    layer.use(tool);
    for (const one of bar.querySelectorAll("[data-tool]")) one.setAttribute("aria-pressed", String(one.dataset.tool === layer.tool));
  };
  const begin = async () => {
    const frame = await layer.start();
    if (frame === null) toast("The frame is not on the screen yet. Try again in a moment.", "warn");
    else bar.querySelector("[aria-pressed='true']")?.focus();
  };
  const toggle = () => (layer.active ? layer.leave() : begin());

  layer.addEventListener("drawmode", ({ detail }) => {
    bar.hidden = !detail;
    for (const button of buttons) button.setAttribute("aria-pressed", String(detail));
  });
  for (const button of buttons) button.addEventListener("click", toggle);
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.tool) press(button.dataset.tool);
    if (button?.dataset.draw === "done") layer.leave();
    else if (button?.dataset.draw) layer[button.dataset.draw]();
  });
  bar.addEventListener("change", (event) => {
    if (event.target.name === "colour") layer.colour = event.target.value;
    if (event.target.name === "stroke") layer.stroke = Number(event.target.value);
  });
  player.addEventListener("action", ({ detail }) => {
    if (detail === "draw") toggle();
    if (detail === "erase" && layer.active) press("eraser");
    if (detail === "leave" && layer.active) layer.leave();
  });
  document.addEventListener("keydown", (event) => {
    if (!layer.active || event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
    if (event.target.matches("textarea, input")) return;
    event.preventDefault();
    if (event.shiftKey) layer.redo();
    else layer.undo();
  });
  press("pen");
}
