"""The small picture by which people know a reference: the image itself, a frame of the video, the shape of the sound.

Child process only.
"""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw, ImageOps

from generations.media.containers import AUDIO_CODECS, ffmpeg_errors, open_video, picture_stream
from generations.media.errors import MediaError
from generations.media.inputs import SOUNDS
from generations.media.probing import display_size
from generations.media.stills import picture

SIDE = 640
WAVE_WIDTH, WAVE_HEIGHT, WAVE_STEP = 640, 180, 4
INK = (200, 200, 200)
GROUND = (22, 22, 22)
RATE = 8_000
MOST_SECONDS = 3_600


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: a file, its kind, and where its picture goes."""
    path, out = Path(request["path"]), Path(request["out"])
    drawn = {"image": _image, "video": _frame, "audio": _wave}[request["kind"]](path)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    drawn.save(part, "WEBP", quality=80, method=4)
    part.replace(out)
    return {"width": drawn.width, "height": drawn.height}


def _image(path: Path) -> Image.Image:
    with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as image:
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        flat = Image.new("RGB", upright.size, GROUND)
        shown = upright.convert("RGBA")
        flat.paste(shown, mask=shown)
        return flat


def _frame(path: Path) -> Image.Image:
    """The picture a third into the video, as near as a seek leads; the first where it leads nowhere."""
    with ffmpeg_errors(), open_video(path) as container:
        stream = picture_stream(container)
        if container.duration:
            container.seek(container.duration // 3, backward=True)
        for frame in itertools.islice(container.decode(stream), 1):
            width, height = display_size(frame, stream.sample_aspect_ratio)
            scale = min(1.0, SIDE / max(width, height))
            return picture(frame, max(1, round(width * scale)), max(1, round(height * scale)))
    raise MediaError("damaged", "Not one picture of the video can be decoded; send it again.")


def _wave(path: Path) -> Image.Image:
    columns = WAVE_WIDTH // WAVE_STEP
    samples = _samples(path)
    stretch = max(1, -(-len(samples) // columns))
    peaks = [
        max(map(abs, samples[start : start + stretch]), default=0) / 32768 for start in range(0, len(samples), stretch)
    ]
    image = Image.new("RGB", (WAVE_WIDTH, WAVE_HEIGHT), GROUND)
    pen, middle, loudest = ImageDraw.Draw(image), WAVE_HEIGHT // 2, max(peaks, default=0) or 1
    for place, peak in enumerate(peaks):
        reach = max(1, round(peak / loudest * (middle - 12)))
        left = place * WAVE_STEP
        pen.rectangle((left, middle - reach, left + WAVE_STEP - 2, middle + reach), fill=INK)
    return image


def _samples(path: Path) -> memoryview:
    heard = bytearray()
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(dict.fromkeys(SOUNDS.values())),
        "codec_whitelist": ",".join((*AUDIO_CODECS, "mjpeg", "png")),  # the last two: cover pictures
    }
    with (
        ffmpeg_errors(),
        av.open(f"file:{path.absolute()}", "r", options=options, metadata_errors="replace") as container,
    ):
        turn = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in container.decode(audio=0):
            for each in turn.resample(frame):
                heard += bytes(each.planes[0])[: each.samples * 2]
            if len(heard) > MOST_SECONDS * RATE * 2:
                break
    return memoryview(bytes(heard)).cast("h")
