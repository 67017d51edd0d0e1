"""What can go wrong with a media file or with the process that looks into it."""

import errno

from sorahub.lib.errors import DomainError

RETRYABLE = frozenset({"timeout", "crashed", "disk_full", "time_authority"})


class MediaError(DomainError):
    """A media file could not be read or derived from. HTTP 422.

    Codes: not_a_video, kind_mismatch, unsupported_codec, damaged, too_large, proxy_mismatch, encrypted, no_text,
    unsupported_layout, label_mismatch, not_sealed, time_authority, timeout, memory, crashed, disk_full. Those about the machine
    or an authority rather than the file are retryable.
    """

    code = "media-error"
    status = 422

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)
        self.retryable = code in RETRYABLE


def from_system(error: OSError | MemoryError) -> MediaError:
    """What the system refused, in the words of media: memory, disk_full, too_large, or crashed for the
    rest.
    """
    number = error.errno if isinstance(error, OSError) else errno.ENOMEM
    if number == errno.ENOMEM:
        return MediaError("memory", "Reading the file takes more memory than is allowed.")
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return MediaError("disk_full", "The disk is full; free some space and try again.")
    if number == errno.EFBIG:
        return MediaError("too_large", "What is derived from the file is larger than is allowed.")
    return MediaError(
        "crashed", f"The system refused to read the file: {error.strerror if isinstance(error, OSError) else error}."
    )
