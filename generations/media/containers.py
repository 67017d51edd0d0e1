"""Opens video files with FFmpeg, restricted to the containers and codecs that SoraHub takes. Child process
only.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from generations.media.errors import MediaError, from_system

FORMATS = {"iso": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}
VIDEO_CODECS = (
    "h264",
    "hevc",
    "av1",
    "libdav1d",
    "vp8",
    "vp9",
    "libvpx",
    "libvpx-vp9",
    "prores",
    "dnxhd",
    "mpeg4",
    "mjpeg",
)
AUDIO_CODECS = (
    *("aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "flac", "alac", "ac3", "eac3"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_u8"),
)
MOST_STREAMS = 16
ITU709, ITU601, _UNSPECIFIED = 1, 5, 2
_HD_LINES = 720
_MACHINE = {errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
DECODER_THREADS = min(4, os.cpu_count() or 1)


def open_video(path: Path) -> InputContainer:
    """Open by absolute path, local protocol only, decoders from the list above only. FFmpeg's errors pass
    through.
    """
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(FORMATS.values()),
        "codec_whitelist": ",".join((*VIDEO_CODECS, *AUDIO_CODECS)),
    }
    container = av.open(f"file:{path.absolute()}", "r", options=options, metadata_errors="replace")
    if len(container.streams) > MOST_STREAMS:
        raise MediaError("too_large", f"The file has more than {MOST_STREAMS} streams.")
    return container


def picture_stream(container: InputContainer) -> VideoStream:
    """The first stream of moving pictures; a cover picture does not count."""
    for stream in container.streams.video:
        if not stream.disposition & stream.disposition.attached_pic:
            return _decodable(stream)
    raise MediaError("not_a_video", "The file has no picture in it.")


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The first sound stream that we can decode, or None."""
    return next((s for s in container.streams.audio if s.codec_context and s.codec_context.name in AUDIO_CODECS), None)


def tick(stream: VideoStream | AudioStream) -> Fraction:
    """The length of the stream's time unit in seconds."""
    return stream.time_base or Fraction(1, 1000)


def colour_space(frame: VideoFrame) -> int:
    """FFmpeg's number of the frame's colour matrix; where the file is silent, BT.709 from 720 lines up, else BT.601."""
    if frame.colorspace != _UNSPECIFIED:
        return frame.colorspace
    return ITU709 if min(frame.width, frame.height) >= _HD_LINES else ITU601


def _decodable(stream: VideoStream) -> VideoStream:
    name = stream.codec_context.name if stream.codec_context else "unknown"
    if name not in VIDEO_CODECS:
        raise MediaError("unsupported_codec", f"{name} pictures are not taken; send H.264, HEVC, AV1 or VP9.")
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = DECODER_THREADS
    return stream


@contextmanager
def ffmpeg_errors() -> Iterator[None]:
    """FFmpeg's complaints about the file become MediaError damaged; those about the machine keep their own
    code.
    """
    try:
        yield
    except av.FFmpegError as error:
        if error.errno in _MACHINE:
            raise from_system(OSError(error.errno, error.strerror)) from None
        raise MediaError("damaged", "The file is damaged or not what its name says; send it again.") from None
