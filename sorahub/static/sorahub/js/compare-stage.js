// What is done on the pictures of <take-compare> by pointer: dragging the wipe's line, and zoom and pan of all takes together.
// Each has a way by keys: the wipe is a range input, zoom is a list, and buttons move the picture.

const PAN = { left: [1, 0], right: [-1, 0], up: [0, 1], down: [0, -1] };
const STEP = 12; // percent of the picture
const bounded = (value, most) => Math.min(most, Math.max(-most, value));

function drag(stage, pictures, signal, { may, move }) {
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button") || !may()) return;
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    let [x, y] = [event.clientX, event.clientY];
    const box = pictures.getBoundingClientRect();
    const dragging = new AbortController();
    const inside = { signal: dragging.signal };
    const follow = (each) => {
      move({ box, x: each.clientX, dx: each.clientX - x, dy: each.clientY - y });
      [x, y] = [each.clientX, each.clientY];
    };
    follow(event);
    stage.addEventListener("pointermove", follow, inside);
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, () => dragging.abort(), inside);
  }, { signal });
}

export function connectWipe(compare, signal) {
  const { stage, pictures, wipe } = compare.parts;
  const show = () => compare.set("--wipe", `${wipe.value}%`);
  wipe.addEventListener("input", show, { signal });
  drag(stage, pictures, signal, {
    may: () => compare.mode === "wipe" && !compare.hasAttribute("data-one"),
    move: ({ box, x }) => {
      wipe.value = ((x - box.left) / box.width) * 100;
      show();
    },
  });
}

export function connectZoom(compare, signal) {
  const { stage, pictures, zoom, pan } = compare.parts;
  let [x, y] = [0, 0];
  const level = () => Number(zoom.value);
  const show = () => {
    const most = (50 * (level() - 1)) / level();
    [x, y] = [bounded(x, most), bounded(y, most)];
    compare.set("--zoom", level());
    compare.set("--pan-x", `${x}%`);
    compare.set("--pan-y", `${y}%`);
    compare.toggleAttribute("data-zoomed", level() > 1);
    pan.hidden = level() === 1;
  };
  const move = (dx, dy) => {
    [x, y] = [x + dx, y + dy];
    show();
  };
  zoom.addEventListener("change", show, { signal });
  pan.addEventListener("click", (event) => {
    const [dx, dy] = PAN[event.target.closest("[data-pan]")?.dataset.pan] ?? [0, 0];
    move((dx * STEP) / level(), (dy * STEP) / level());
  }, { signal });
  drag(stage, pictures, signal, {
    may: () => level() > 1 && (compare.mode !== "wipe" || compare.hasAttribute("data-one")),
    move: ({ dx, dy }) => {
      const pane = compare.querySelector("[data-pane]:not([hidden])").getBoundingClientRect();
      move((dx / pane.width / level()) * 100, (dy / pane.height / level()) * 100);
    },
  });
}
