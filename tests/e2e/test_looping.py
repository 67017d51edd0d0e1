"""A loop turns at its last frame: what is on the screen is never past "out", and what the player says is what it shows."""

from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.bench.watching import READ
from tests.e2e.theatre import SETTLED, another_rate, value

LOOPED = """async ({ from, to, ms }) => {
  const player = document.querySelector("frame-player");
  const { video } = player;
  await player.seek(from);
  player.setRange(from, to);
  if (!player.head.loop) player.act("loop");
  const turns = [];
  let seen = [], troubled = 0, last = performance.now(), going = true;
  // How late a script is told things: nothing can be helped by one that is not heard.
  const beat = () => {
    const now = performance.now();
    if (now - last > 40) troubled = now;
    last = now;
    if (going) setTimeout(beat, 4);
  };
  beat();
  video.requestVideoFrameCallback(function see(now, { expectedDisplayTime }) {
    const told = performance.now();
    if (told - expectedDisplayTime > 30) troubled = told;
    const frame = window.readStrip(video);
    if (frame - seen.at(-1) > 4) troubled = told; // pictures that the browser itself left out
    if (frame < seen.at(-1)) {
      turns.push({ seen, calm: told - troubled > 400 });
      seen = [];
    }
    seen.push(frame);
    if (going) video.requestVideoFrameCallback(see);
  });
  await player.play();
  await new Promise((done) => setTimeout(done, ms));
  going = false;
  await player.pause();
  return turns;
}"""


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.parametrize("rate", [Fraction(24), Fraction(60000, 1001)], ids=["24", "59.94"])
def test_a_loop_shows_its_last_frame_and_not_the_one_past_it(
    player: Page, origin: str, tmp_path: Path, rate: Fraction, capsys: pytest.CaptureFixture[str]
) -> None:
    player.goto(origin + another_rate(tmp_path, rate))
    player.wait_for_function(SETTLED)
    player.evaluate(READ)
    turns = player.evaluate(LOOPED, {"from": 30, "to": 42, "ms": 6000})
    calm = [turn["seen"] for turn in turns if turn["calm"]]
    clean = sum(max(turn["seen"]) == 42 for turn in turns)
    with capsys.disabled():
        print(f"\nloop at {rate}: {clean} of {len(turns)} turns clean, {len(calm)} of them while the page was heard")  # noqa: T201
    assert len(turns) >= 3
    if rate < 30:
        assert [max(seen) for seen in calm] == [42] * len(calm)
    elif calm:  # a picture is gone before every script can have heard of it: of what was heard, most must be clean
        assert 2 * sum(max(seen) == 42 for seen in calm) > len(calm)
    assert min(min(turn["seen"]) for turn in turns) == 30
    player.evaluate("() => document.querySelector('frame-player').play()")
    player.wait_for_timeout(700)
    player.keyboard.press("k")
    player.wait_for_function(SETTLED)
    told, seen = value(player, "[player.presentedFrame, window.readStrip(player.video)]")
    assert told == seen
    assert value(player, "[player.mode, player.video.paused]") == ["paused", True]
