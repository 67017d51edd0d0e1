"""The browser's side of the frames bench: what is on the picture, and how long it took to come there.

Everything is read inside the page: the strip is read off the video itself through a canvas, right after the player (or, for
the yardstick, the browser) said that the frame is there.
"""

import io
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page

from generations.sandbox.strip import CELLS, read_strip

READ = """(() => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  /** The frame number in the strip of a picture, or null: generations/sandbox/strip.py. */
  window.readStrip = (video) => {
    const [width, height] = [video.videoWidth, video.videoHeight];
    canvas.width = width;
    canvas.height = 1;
    context.drawImage(video, 0, Math.round(height / 72), width, 1, 0, 0, width, 1);
    const { data } = context.getImageData(0, 0, width, 1);
    const levels = Array.from({ length: CELLS }, (_, cell) => {
      let sum = 0;
      const [from, to] = [Math.ceil(((cell + 0.25) * width) / CELLS), Math.floor(((cell + 0.75) * width) / CELLS)];
      for (let x = from; x < to; x += 1) sum += data[4 * x] + data[4 * x + 1] + data[4 * x + 2];
      return sum / (3 * (to - from));
    });
    const white = (levels[0] + levels[23]) / 2, black = (levels[1] + levels[22]) / 2;
    if (white - black < 64) return null;
    const bits = levels.map((level) => Number(level > (white + black) / 2));
    const word = Number.parseInt(bits.slice(2, 22).join(""), 2);
    const number = word >> 4;
    const check = (number >> 12) ^ ((number >> 8) & 15) ^ ((number >> 4) & 15) ^ (number & 15) ^ 10;
    const marks = bits[0] === 1 && bits[1] === 0 && bits[22] === 0 && bits[23] === 1;
    return marks && (word & 15) === check ? number : null;
  };
})()""".replace("CELLS", str(CELLS))

SEEK = """async (frames) => {
  const player = document.querySelector("frame-player");
  const found = [];
  for (const frame of frames) {
    const began = performance.now();
    const told = await player.seek(frame);
    found.push([frame, told, window.readStrip(player.video), performance.now() - began]);
  }
  return found;
}"""

STEP = """async ({ from, steps }) => {
  const player = document.querySelector("frame-player");
  await player.seek(from);
  const found = [];
  let wanted = from;
  for (const step of steps) {
    wanted += step;
    const began = performance.now();
    const told = await player.step(step);
    const took = performance.now() - began;
    found.push([wanted, told, window.readStrip(player.video), took]);
  }
  return found;
}"""

BARE = """async ({ src, num, den, first }) => {
  const video = document.createElement("video");
  Object.assign(video, { src, muted: true, preload: "auto", width: 960, height: 540 });
  document.body.append(video);
  await new Promise((done, failed) => { video.onloadeddata = done; video.onerror = () => failed(new Error(String(video.error?.message))); });
  window.bareSeek = async (frames) => {
    const found = [];
    for (const frame of frames) {
      const began = performance.now();
      const shown = new Promise((done) => video.requestVideoFrameCallback(done));
      video.currentTime = first + ((frame + 0.5) * den) / num;
      await Promise.race([shown, new Promise((done) => setTimeout(done, 5000))]);
      found.push([frame, frame, window.readStrip(video), performance.now() - began]);
    }
    return found;
  };
}"""

PLAY = """async ({ seconds, count }) => {
  const player = document.querySelector("frame-player");
  const rate = player.frameCount;
  const notes = Array.from({ length: count }, (_, n) => ({
    id: `n${n}`, frame_in: Math.floor((n * rate) / Math.max(1, count)), frame_out: Math.floor((n * rate) / Math.max(1, count)) + n % 9,
    state: n % 3 ? "open" : "resolved", label: `Note ${n}`,
  }));
  player.setMarkers(notes);
  await player.seek(0);
  const before = player.video.getVideoPlaybackQuality();
  await player.play();
  await new Promise((done) => setTimeout(done, seconds * 1000));
  await player.pause();
  const after = player.video.getVideoPlaybackQuality();
  return { dropped: after.droppedVideoFrames - before.droppedVideoFrames, total: after.totalVideoFrames - before.totalVideoFrames };
}"""

PAUSES = """async ({ count }) => {
  const compare = document.querySelector("take-compare");
  const videos = [...document.querySelectorAll("video")];
  const both = compare ?? window.both;
  let apart = 0;
  for (let turn = 0; turn < count; turn += 1) {
    await both.play();
    await new Promise((done) => setTimeout(done, 80 + ((turn * 37) % 200)));
    await both.pause();
    const until = performance.now() + 5000;
    while (!both.inSync && performance.now() < until) await new Promise(requestAnimationFrame);
    const [a, b] = videos.map((video) => window.readStrip(video));
    if (a === null || a !== b) apart += 1;
    if (a > 200) await both.seek(turn);
  }
  return apart;
}"""

Found = list[list[Any]]


class Seat:
    """A page with a clip on it, and a bare ``<video>`` of the same file on another."""

    def __init__(self, context: BrowserContext, path: str) -> None:
        self.page = _opened(context, path)
        self.page.wait_for_function("() => document.querySelector('frame-player')?.settled", timeout=60_000)
        facts = self.page.evaluate(
            """() => {
              const { video, head } = document.querySelector("frame-player");
              return { src: video.currentSrc, num: head.num, den: head.den, first: head.first, count: head.count };
            }"""
        )
        self.count = int(facts.pop("count"))
        self.source = str(facts["src"])
        self.bare = _opened(context, "/healthz")
        self.bare.evaluate(BARE, facts)

    def seeks(self, frames: list[int]) -> tuple[Found, Found]:
        """Seek to these frames in the player and in the bare video, by turns of a quarter; what was found in each."""
        player: Found = []
        bare: Found = []
        quarter = max(1, -(-len(frames) // 4))
        for start in range(0, len(frames), quarter):
            part = frames[start : start + quarter]
            self.page.bring_to_front()
            player += self.page.evaluate(SEEK, part)
            self.bare.bring_to_front()
            bare += self.bare.evaluate("frames => window.bareSeek(frames)", part)
        self.page.bring_to_front()
        return player, bare

    def steps(self, start: int, steps: list[int]) -> Found:
        """Step so from a frame."""
        found: Found = self.page.evaluate(STEP, {"from": start, "steps": steps})
        return found

    def on_the_screen(self, frame: int) -> int | None:
        """Seek, and read the strip from a screenshot instead: what eyes would see."""
        self.page.evaluate("n => document.querySelector('frame-player').seek(n)", frame)
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        box = self.page.locator(".player__guides").bounding_box()
        assert box is not None
        return read_strip(Image.open(io.BytesIO(self.page.screenshot(clip=box))).convert("RGB"))

    def playing(self, seconds: float, markers: int) -> dict[str, int]:
        """Play with so many markers on the line; frames that the browser dropped, and all."""
        counted: dict[str, int] = self.page.evaluate(PLAY, {"seconds": seconds, "count": markers})
        return counted

    def close(self) -> None:
        """Leave both pages."""
        self.page.close()
        self.bare.close()


def pauses_apart(context: BrowserContext, path: str, prepare: str | None, count: int) -> int:
    """Play two clips together and pause them so many times; how often their pictures differed then."""
    page = _opened(context, path)
    if prepare:
        page.evaluate(prepare)
    page.wait_for_function("() => (document.querySelector('take-compare') ?? window.both)?.inSync", timeout=60_000)
    apart = int(page.evaluate(PAUSES, {"count": count}))
    page.close()
    return apart


def _opened(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(path)
    page.evaluate(READ)
    return page
