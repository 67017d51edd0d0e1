"""The poster and the hover sprite with its layout. Child process only."""

import json
from collections.abc import Sequence
from pathlib import Path

from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from PIL import Image

from generations.media.containers import colour_space
from generations.media.facts import Probe

POSTER_SIDE = 640
TILE_WIDTH = 240
TILES = 24
COLUMNS = 6
_TURN = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


class Stills:
    """Picks the poster a third into the clip and 24 sprite tiles from the middles of as many equal parts."""

    def __init__(self, out_dir: Path, probe: Probe) -> None:
        self._out, self._probe = out_dir, probe
        count = min(TILES, probe.frames)
        self._tiles = [(2 * tile + 1) * probe.frames // (2 * count) for tile in range(count)]
        self._poster_frame = probe.frames // 3
        self._tile_height = max(1, round(TILE_WIDTH * probe.height / probe.width))
        rows = -(-count // COLUMNS)
        self._sheet = Image.new("RGB", (TILE_WIDTH * min(COLUMNS, count), self._tile_height * rows))
        self._poster: Image.Image | None = None
        self._next = 0

    def video(self, index: int, frame: VideoFrame) -> None:
        if index == self._poster_frame:
            scale = min(1.0, POSTER_SIDE / max(self._probe.width, self._probe.height))
            size = max(1, round(self._probe.width * scale)), max(1, round(self._probe.height * scale))
            self._poster = picture(frame, *size)
        if self._next < len(self._tiles) and index == self._tiles[self._next]:
            self._sheet.paste(picture(frame, TILE_WIDTH, self._tile_height), self._corner(self._next))
            self._next += 1

    def audio(self, frame: AudioFrame) -> None:
        """Stills have no use for sound."""

    def abandon(self) -> None:
        for name in ("poster.jpg.part", "sprite.jpg.part", "sprite.json.part"):
            (self._out / name).unlink(missing_ok=True)

    def finish(self) -> Sequence[tuple[str, Path, str, int | None, int | None]]:
        if self._poster is None:
            return []
        poster, sheet = self._out / "poster.jpg.part", self._out / "sprite.jpg.part"
        layout = self._out / "sprite.json.part"
        self._poster.save(poster, "JPEG", quality=85)
        self._sheet.save(sheet, "JPEG", quality=78)
        layout.write_text(json.dumps(self._layout(), separators=(",", ":")), encoding="utf-8")
        return [
            ("poster", poster, "image/jpeg", *self._poster.size),
            ("sprite", sheet, "image/jpeg", *self._sheet.size),
            ("sprite_layout", layout, "application/json", None, None),
        ]

    def _layout(self) -> dict[str, object]:
        corners = [(frame, *self._corner(tile)) for tile, frame in enumerate(self._tiles)]
        return {
            "schema": 1,
            "poster_frame": self._poster_frame,
            "tile_width": TILE_WIDTH,
            "tile_height": self._tile_height,
            "columns": COLUMNS,
            "tiles": [{"frame": frame, "x": x, "y": y} for frame, x, y in corners],
        }

    def _corner(self, tile: int) -> tuple[int, int]:
        row, column = divmod(tile, COLUMNS)
        return column * TILE_WIDTH, row * self._tile_height


def picture(frame: VideoFrame, width: int, height: int) -> Image.Image:
    """The frame as shown, turned upright, in sRGB-like RGB of the given size."""
    turn = frame.rotation % 360
    size = (height, width) if turn % 180 else (width, height)
    rgb = frame.reformat(*size, format="rgb24", src_colorspace=colour_space(frame))
    image = Image.frombuffer("RGB", size, bytes(rgb.planes[0]), "raw", "RGB", rgb.planes[0].line_size, 1)
    return image.transpose(_TURN[turn]) if turn in _TURN else image
