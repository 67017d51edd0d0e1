"""The yardstick of the ingest bench: everything that an ingest leaves behind, by one straightforward PyAV pass.

``python -m tests.bench.hand_pass FILE FOLDER`` hashes and copies the file, counts its packets, and in the same loop decodes it
once for a poster, 24 sprite tiles and the peaks of its sound; it also asks the C2PA reader. No confinement, no checks, no
second look: what somebody in a hurry would write. Files and sizes are those that the product makes.
"""

import hashlib
import json
import sys
from array import array
from pathlib import Path
from typing import Any

import av
import c2pa
from PIL import Image

CHUNK = 1024 * 1024
POSTER, TILE, TILES, COLUMNS = 640, 240, 24, 6
SAMPLES, PEAKS = 16_000, 50


def copied(source: Path, target: Path) -> str:
    """Copy and hash in one go."""
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as write:
        while piece := read.read(CHUNK):
            digest.update(piece)
            write.write(piece)
    return digest.hexdigest()


def small(frame: av.VideoFrame, width: int, height: int) -> Image.Image:
    """A picture of the frame."""
    image: Image.Image = frame.reformat(width, height, format="rgb24").to_image()  # type: ignore[no-untyped-call]
    return image


def hand_pass(source: Path, folder: Path) -> dict[str, Any]:
    """Make everything; return what was counted."""
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = copied(source, folder / "original.mp4")
    peaks, samples = array("h"), av.AudioResampler(format="s16", layout="mono", rate=SAMPLES)
    stamps: list[int] = []
    keys = index = 0
    with av.open(str(source)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        picture.thread_type = "AUTO"
        frames = picture.frames
        wanted = [(2 * tile + 1) * frames // (2 * TILES) for tile in range(TILES)]
        height = round(TILE * picture.height / picture.width)
        sheet = Image.new("RGB", (TILE * COLUMNS, height * (TILES // COLUMNS)))
        for packet in container.demux([picture, sound]):
            if packet.stream is picture and packet.pts is not None:
                stamps.append(packet.pts)
                keys += packet.is_keyframe
            for frame in packet.decode():
                if isinstance(frame, av.AudioFrame):
                    for part in samples.resample(frame):
                        peaks.frombytes(bytes(part.planes[0])[: part.samples * 2])
                    continue
                assert isinstance(frame, av.VideoFrame)
                if index == frames // 3:
                    size = (POSTER, round(POSTER * picture.height / picture.width))
                    small(frame, *size).save(folder / "poster.jpg", quality=85)
                if index in wanted:
                    row, column = divmod(wanted.index(index), COLUMNS)
                    sheet.paste(small(frame, TILE, height), (column * TILE, row * height))
                index += 1
    sheet.save(folder / "sprite.jpg", quality=78)
    step = SAMPLES // PEAKS
    parts = [peaks[start : start + step] for start in range(0, len(peaks), step)]
    (folder / "waveform.json").write_text(json.dumps([each for part in parts for each in (min(part), max(part))]))
    return {"sha256": sha256, "frames": index, "packets": len(stamps), "keys": keys, "c2pa": credentials(source)}


def credentials(source: Path) -> str:
    """What the C2PA reader says; a file without credentials is the usual case."""
    try:
        with source.open("rb") as file, c2pa.Reader("video/mp4", file) as reader:
            return str(reader.json())
    except c2pa.C2paError as error:
        return str(error)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(hand_pass(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
