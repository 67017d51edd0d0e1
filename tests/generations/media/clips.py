"""Makes small real MP4 files, awkward ones included."""

import math
from array import array
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

WIDTH, HEIGHT = 96, 64
SOUND_RATE = 48_000


def make_clip(
    path: Path,
    *,
    frames: int = 30,
    rate: Fraction = Fraction(24),
    gop: int = 12,
    b_frames: int = 0,
    times: Sequence[int] | None = None,
    first: int = 0,
    sound: bool = True,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    movflags: str = "+faststart",
    tags: dict[str, str] | None = None,
) -> Path:
    """Frame n is a grey of 40 + 5 n. ``times`` gives each frame's moment in 1/rate; ``first`` shifts the picture only."""
    with av.open(str(path), "w", options={"movflags": movflags} if movflags else {}) as out:
        options = {"preset": "ultrafast", "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_frames}"}
        picture = out.add_stream("libx264", rate=rate, options=options)
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        picture.codec_context.time_base = 1 / rate
        picture.codec_context.max_b_frames = b_frames
        voice = out.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound else None
        out.metadata.update(tags or {})
        for index in range(frames):
            frame = grey(index, *size)
            frame.pts, frame.time_base = first + (times[index] if times else index), 1 / rate
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if voice is not None:
            for sound_frame in tone(int(frames / rate * SOUND_RATE)):
                out.mux(voice.encode(sound_frame))
            out.mux(voice.encode(None))
    return path


def grey(index: int, width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for number, plane in enumerate(frame.planes):
        value = 40 + 5 * (index % 40) if number == 0 else 128
        plane.update(bytes([value]) * plane.buffer_size)
    return frame


def tone(samples: int) -> list[av.AudioFrame]:
    """A half-loud sine of 440 Hz."""
    frames = []
    for start in range(0, samples, 1024):
        wave = array(
            "h", (round(16384 * math.sin(math.tau * 440 * n / SOUND_RATE)) for n in range(start, start + 1024))
        )
        frame = av.AudioFrame(format="s16", layout="mono", samples=1024)
        frame.planes[0].update(wave.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
        frames.append(frame)
    return frames


def greys(path: Path) -> list[int]:
    """The brightness at the middle of each decoded frame."""
    with av.open(str(path)) as container:
        return [middle(frame) for frame in container.decode(video=0)]


def middle(frame: av.VideoFrame) -> int:
    plane = frame.planes[0]
    return bytes(plane)[plane.line_size * (frame.height // 2) + frame.width // 2]


def turned(path: Path, source: Path) -> Path:
    """Writes a quarter turn into the track header's matrix (ISO 14496-12 section 8.3.2)."""
    data = bytearray(source.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    one, minus = (1 << 16).to_bytes(4, "big"), (0xFFFF0000).to_bytes(4, "big")
    zero = bytes(4)
    data[matrix : matrix + 36] = zero + one + zero + minus + zero * 4 + (1 << 30).to_bytes(4, "big")
    path.write_bytes(data)
    return path
