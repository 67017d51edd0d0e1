// Frames and the text that people read for them. Frames are integers from 0; people see the first one as 1.
// Rates are fractions; 23.976 counts like 24, as every edit suite does.

/** Frames counted per displayed second: 24 for 24000/1001. */
export const nominal = (num, den) => Math.max(1, Math.round(num / den));

/** Drop-frame counting is defined (SMPTE 12M) at 29.97 and 59.94 alone. */
export const canDrop = ({ num, den }) => den === 1001 && (num === 30000 || num === 60000);

/** Labels left out at the start of each minute but the tenth: 2 at 29.97, 4 at 59.94. */
const skippedAt = (base) => base / 15;

const two = (value) => String(value).padStart(2, "0");

/** HH:MM:SS:FF of a frame; with `drop` the drop-frame form HH:MM:SS;FF (29.97 and 59.94 only). */
export function toTimecode(frame, { num, den, drop = false }) {
  const base = nominal(num, den);
  let count = frame;
  if (drop) {
    const skipped = skippedAt(base);
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

function fromParts(parts, { num, den }, drop) {
  const base = nominal(num, den);
  const [frames, seconds = 0, minutes = 0, hours = 0] = parts.reverse();
  const allMinutes = hours * 60 + minutes + Math.floor(seconds / 60);
  const count = (hours * 3600 + minutes * 60 + seconds) * base + frames;
  if (!drop) return count;
  // A label that drop-frame counting leaves out (00:01:00;00) is read as the next one that exists.
  const missing = allMinutes % 10 !== 0 && seconds % 60 === 0 && frames < skippedAt(base) ? skippedAt(base) - frames : 0;
  return count + missing - skippedAt(base) * (allMinutes - Math.floor(allMinutes / 10));
}

/** The frame that a person typed: timecode (01:12, 00:00:05:00, with ; always drop-frame), frame number from 1, or a
 * step from frame `at` (+12, -5); null when it is none of them. */
export function parseFrame(text, rate, at = 0) {
  const words = text.trim();
  if (/^[+-]\d+$/.test(words)) return at + Number(words);
  if (/^\d+$/.test(words)) return Number(words) - 1;
  if (!/^\d+([:;.]\d+){1,3}$/.test(words)) return null;
  const drop = rate.drop || (words.includes(";") && canDrop(rate));
  return fromParts(words.split(/[:;.]/).map(Number), rate, drop);
}

/** What a screen reader says: "frame 121 of 240, 5 seconds 0 frames". */
export function spoken(frame, count, { num, den }) {
  const base = nominal(num, den);
  return `frame ${frame + 1} of ${count}, ${Math.floor(frame / base)} seconds ${frame % base} frames`;
}
