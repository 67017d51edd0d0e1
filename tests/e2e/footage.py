"""A numbered clip for tests that upload and watch: each frame carries its number in the strip and in figures."""

from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw

from generations.sandbox.strip import draw_strip

FRAMES = 120
RATE = Fraction(24000, 1001)
SIZE = (640, 360)


def make_clip(path: Path, frames: int = FRAMES, rate: Fraction = RATE) -> Path:
    """Write that many frames as scrub-safe H.264."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream(
            "libx264", rate=rate, options={"g": "12", "bf": "0", "crf": "20", "preset": "veryfast"}
        )
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        for number in range(frames):
            image = Image.new("RGB", SIZE, (40 + number, 70, 160 - number))
            ImageDraw.Draw(image).text((250, 150), str(number), fill="white", font_size=96)
            draw_strip(image, number)
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
