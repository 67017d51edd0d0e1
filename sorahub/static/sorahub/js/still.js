// A picture of the frame on the screen as a PNG file, taken only once that frame is confirmed. What is kept as a file says
// across the picture that it is for review only: a frame without that mark is asked for like every download.

const MARK = "For review only";
const LEAST_WAIT = 2; // turns of the screen: the browser names a frame just before it composes it

const turn = () => new Promise((done) => requestAnimationFrame(done));

/** `<shot>_take<k>_f<frame>.png`; the frame as people count it, from 1. */
export const stillName = (name, frame) => `${name || "clip"}_f${frame + 1}.png`;

/** Draws the confirmed frame of a player on a canvas of the clip's own size. With `drawings`, whoever hears
 * `stillcompose` paints on detail.context, and may push promises into detail.waits. Null while no frame is confirmed. */
export async function drawStill(player, { drawings = false } = {}) {
  await player.pause();
  if (!player.settled) return null;
  for (let wait = 0; wait < LEAST_WAIT && !document.hidden; wait += 1) await turn();
  const { video, presentedFrame: frame } = player;
  if (!player.settled) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  if (drawings) {
    const waits = [];
    player.tell("stillcompose", { canvas, context, frame, width: canvas.width, height: canvas.height, waits });
    await Promise.all(waits);
  }
  return { canvas, frame };
}

/** Writes the mark across a picture, in staggered rows, faint but readable, as it stands on guests' copies. */
export function mark({ canvas }) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.font = `${Math.max(12, Math.round(Math.min(width, height) / 22))}px sans-serif`;
  context.fillStyle = "rgb(255 255 255 / 0.28)";
  context.strokeStyle = "rgb(0 0 0 / 0.28)";
  const across = context.measureText(MARK).width + Math.max(24, width / 8);
  const down = Math.max(24, height / 5);
  for (let row = 0; (row + 1 / 3) * down < height; row += 1) {
    for (let x = row % 2 ? -across / 2 : 0; x < width; x += across) {
      context.strokeText(MARK, x, (row + 1 / 3) * down);
      context.fillText(MARK, x, (row + 1 / 3) * down);
    }
  }
}

/** Saves it as a file; gives the file's name, or null. */
export async function saveStill(player, options) {
  const still = await drawStill(player, options);
  if (still) mark(still);
  const blob = still && await new Promise((done) => still.canvas.toBlob(done, "image/png"));
  if (!blob) return null;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = stillName(player.dataset.stillName, still.frame);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return link.download;
}
