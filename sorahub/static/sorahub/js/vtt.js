// Scrub thumbnails: a WebVTT text whose cues name parts of a picture (sprite.jpg#xywh=240,0,240,135).

const SECONDS = /^(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})$/;
const PART = /#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/;

function secondsOf(text) {
  const found = SECONDS.exec(text);
  if (!found) return null;
  const [hours = 0, minutes, seconds, thousandths] = found.slice(1).map((word) => Number(word ?? 0));
  return hours * 3600 + minutes * 60 + seconds + thousandths / 1000;
}

function cueOf(block, base) {
  const lines = block.split("\n");
  const at = lines.findIndex((line) => line.includes("-->"));
  const target = lines[at + 1]?.trim();
  if (at < 0 || !target) return null;
  const [start, end] = lines[at].split("-->").map((word) => secondsOf(word.trim().split(/\s/)[0]));
  const part = PART.exec(target);
  if (start === null || end === null || !part) return null;
  const [x, y, width, height] = part.slice(1).map(Number);
  return { start, end, url: new URL(target.slice(0, part.index), base).href, x, y, width, height };
}

/** The cues of a thumbnail track, in order: [{start, end, url, x, y, width, height}]; seconds and pixels. What is none is left out. */
export function parseThumbnails(text, base) {
  const blocks = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").split(/\n{2,}/);
  if (!/^WEBVTT(\s|$)/.test(blocks[0])) return [];
  return blocks.slice(1).map((block) => cueOf(block, base)).filter(Boolean);
}

/** The cue of a moment in seconds, or the nearest one. */
export function cueAt(cues, seconds) {
  return cues.find(({ end }) => seconds < end) ?? cues.at(-1) ?? null;
}
