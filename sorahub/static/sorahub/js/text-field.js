// The field in which the words of a text mark are written, over the picture where they will stand.
import { inkOf } from "./shapes.js";

const LONGEST = 300;
const LEAST_PX = 16; // smaller letters make telephones zoom in on a field

/** Opens the field; calls `done` with the trimmed words, or with null when the person gave up. */
export function openTextField(layer, shape, done) {
  layer.querySelector(".draw-text")?.blur();
  const field = document.createElement("input");
  const [x, y] = shape.points[0];
  Object.assign(field, { type: "text", className: "draw-text", maxLength: LONGEST, value: shape.text ?? "", autocomplete: "off" });
  field.setAttribute("aria-label", "Words of the mark");
  Object.assign(field.style, {
    left: `${x * 100}%`, top: `${y * 100}%`, maxWidth: `${Math.max(20, (1 - x) * 100)}%`, color: inkOf(shape.colour),
    fontSize: `${Math.max(LEAST_PX, shape.stroke * layer.height * layer.scale)}px`,
  });
  let open = true;
  const close = (words) => {
    if (!open) return;
    open = false;
    field.remove();
    done(words);
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && !event.isComposing) close(field.value.trim());
    else if (event.key === "Escape") close(null);
    else return;
    event.preventDefault();
    layer.focus();
  });
  field.addEventListener("blur", () => close(field.value.trim()));
  field.addEventListener("pointerdown", (event) => event.stopPropagation());
  layer.append(field);
  field.focus();
  field.select();
}
