// A picture of the frame on the screen as a PNG file, taken only once that frame is confirmed.

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

/** Saves it as a file; gives the file's name, or null. */
export async function saveStill(player, options) {
  const still = await drawStill(player, options);
  const blob = still && await new Promise((done) => still.canvas.toBlob(done, "image/png"));
  if (!blob) return null;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = stillName(player.dataset.stillName, still.frame);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return link.download;
}
