"""Tell what kind of file somebody sent, and have it read."""

from reviews.interchange import csv_file, edl, fcp7xml, fcpxml, frameio, otio
from reviews.interchange.values import Reading
from sorahub.lib.errors import InvalidInput
from sorahub.lib.sheets import table
from sorahub.lib.timecode import Rate

LARGEST = 5 * 1024**2
MOST_ROWS = 5_000
LABELS = {
    csv_file.KIND: "SoraHub’s CSV",
    frameio.KIND: "Frame.io’s CSV",
    edl.KIND: "EDL with markers",
    fcp7xml.KIND: "Final Cut Pro 7 XML",
    fcpxml.KIND: "FCPXML",
    otio.KIND: "OpenTimelineIO",
}


def read(data: bytes, rate: Rate, frame_count: int, start: str = "") -> Reading:
    """Return what a file holds. The file tells its kind by how it begins, not by its name.

    Raises InvalidInput for a file that is too large, of no known kind, or holds too many rows.
    """
    if len(data) > LARGEST:
        raise InvalidInput("The file is larger than 5 MB.", code="too-large", fields={"file": "At most 5 MB."})
    reading = _read(decoded(data), rate, frame_count, start)
    if len(reading.notes) + len(reading.problems) > MOST_ROWS:
        words = f"The file holds more than {MOST_ROWS:,} notes: send it in parts."
        raise InvalidInput(words, code="too-many-rows", fields={"file": words})
    return reading


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 where it begins with its mark, else Windows’ Western letters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _read(text: str, rate: Rate, frame_count: int, start: str) -> Reading:
    begin = text.lstrip()[:2000]
    if "\0" in text:
        raise InvalidInput("This is no text file.", code="bad-file", fields={"file": "Not a text file."})
    if begin.startswith("<"):
        return _xml(text, begin, rate, frame_count)
    if begin.startswith("{"):
        return otio.read(text, rate, frame_count)
    if begin.upper().startswith(("TITLE:", "FCM:", "001 ")):
        return edl.read(text, rate, frame_count, start)
    rows = table(text)
    if rows and csv_file.is_ours(rows[0]):
        return csv_file.read(text, rate, frame_count)
    return frameio.read(text, rate, frame_count, start)


def _xml(text: str, begin: str, rate: Rate, frame_count: int) -> Reading:
    if "<fcpxml" in begin:
        return fcpxml.read(text, rate, frame_count)
    return fcp7xml.read(text, rate, frame_count)
