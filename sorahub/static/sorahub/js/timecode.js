// Frames and the text that people read for them. Frames are integers from 0; people see the first one as 1.
// Rates are fractions; 23.976 counts like 24, as every edit suite does.

/** Frames counted per displayed second: 24 for 24000/1001. */
export const nominal = (num, den) => Math.round(num / den);

const two = (value) => String(value).padStart(2, "0");

/** HH:MM:SS:FF of a frame; with `drop` the drop-frame form HH:MM:SS;FF (29.97 and 59.94 only). */
export function toTimecode(frame, { num, den, drop = false }) {
  const base = nominal(num, den);
  let count = frame;
  if (drop) {
    const skipped = base / 15;
    const perMinute = base * 60 - skipped;
    const perTen = perMinute * 10 + skipped;
    const tens = Math.floor(frame / perTen);
    const rest = frame % perTen;
    count += skipped * 9 * tens + (rest >= base * 60 ? skipped * (Math.floor((rest - base * 60) / perMinute) + 1) : 0);
  }
  const seconds = Math.floor(count / base);
  const head = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${head}${drop ? ";" : ":"}${two(count % base)}`;
}

function fromParts(parts, { num, den, drop }) {
  const base = nominal(num, den);
  const [frames, seconds = 0, minutes = 0, hours = 0] = parts.reverse();
  const allMinutes = hours * 60 + minutes;
  const count = (allMinutes * 60 + seconds) * base + frames;
  if (!drop) return count;
  return count - (base / 15) * (allMinutes - Math.floor(allMinutes / 10));
}

/** The frame that a person typed, as timecode (01:12, 00:00:05:00) or frame number from 1; null when it is neither. */
export function parseFrame(text, rate) {
  const words = text.trim();
  if (/^\d+$/.test(words)) return Number(words) - 1;
  if (/^\d+([:;.]\d+){1,3}$/.test(words)) return fromParts(words.split(/[:;.]/).map(Number), rate);
  return null;
}

/** What a screen reader says: "frame 121 of 240, 5 seconds 0 frames". */
export function spoken(frame, count, { num, den }) {
  const base = nominal(num, den);
  return `frame ${frame + 1} of ${count}, ${Math.floor(frame / base)} seconds ${frame % base} frames`;
}
