"""The job that makes a PDF of notes: pick the frames in the confined child, set the pages, put the file in its place.

Each attempt works in a folder of its own; what it tells of its progress lies on the job's row. There is no other row.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from generations import media
from generations.models import Clip, Rendition
from generations.pipeline.derive import review_mark
from reviews.interchange import gathering
from reviews.interchange.formats import plain_name
from reviews.interchange.sheet import Heading, compile_sheet
from reviews.interchange.values import Reel
from reviews.models import Review
from sorahub.accounts.models import AgencyProfile, User
from sorahub.accounts.roles import Kind
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, InvalidInput, NotFound, Unavailable

MOST_THREADS = 1_000
AT_ONCE = 24
SIDE = 1_280
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Order:
    """What was asked for, as the job's payload holds it."""

    user: User
    of: Clip | Review
    only: tuple[UUID, ...]
    filters: gathering.Filters

    @property
    def title(self) -> str:
        """What the pages are about."""
        return f"Notes on {self.of}"


def order_of(job: Job) -> Order:
    """Read the payload, as far as its person may still see what it is about. Raises NotFound."""
    told = job.payload
    user = User.objects.select_related("person").get(pk=str(told["user"]))
    of: Clip | Review | None
    if told.get("review"):
        of = Review.objects.visible_to(user).select_related("project").filter(pk=str(told["review"])).first()
    else:
        of = Clip.objects.visible_to(user).select_related("project", "shot").filter(pk=str(told["clip"])).first()
    if of is None:
        raise NotFound("What these notes are about is not shown to you any more.")
    only = tuple(UUID(str(pk)) for pk in told.get("only") or ())
    return Order(user, of, only, gathering.filters_from(told.get("filters") or {}))


def exports() -> Path:
    """Where finished files lie: ``<job>.pdf``, for a day."""
    return Path(settings.MEDIA_ROOT) / "exports"


def file_of(job: Job) -> Path:
    """Where the PDF of this job lies once it is made."""
    return exports() / f"{job.pk}.pdf"


def make(job: Job) -> Json:
    """Make the PDF that the job asks for; a finished one is made again only if it is gone.

    Raises what the runner understands: NotFound for lost access, Conflict while the guest's copy is missing, InvalidInput
    for too many notes, MediaError for a file that cannot be decoded, Unavailable when the disk does not take it.
    """
    order = order_of(job)
    clips = gathering.clips_of(order.of, order.user, order.only)
    reels = gathering.reels_for(clips, order.user, order.filters)
    threads = sum(len(reel.threads) for reel in reels)
    if threads > MOST_THREADS:
        raise InvalidInput(f"A PDF holds at most {MOST_THREADS:,} notes; these are {threads:,}. Narrow the choice.")
    with _workplace(job) as place:
        pictures = _pictures(job, order.user, clips, reels, place)
        data = compile_sheet(_heading(order, threads), reels, pictures, place)
        made = place / "notes.pdf"
        made.write_bytes(data)
        told: dict[str, Json] = {
            "sha256": storage.sha256_of(made),
            "size": len(data),
            "name": f"{plain_name(order.title)}.pdf",
            "clips": list(dict.fromkeys(sha256 for sha256, _ in pictures)),
        }
        with job.fenced():
            made.replace(file_of(job))
    return told


def _heading(order: Order, threads: int) -> Heading:
    now = timezone.now()
    wanted = order.filters.as_dict()
    chosen = [words for words in (order.filters.state, *wanted["category"], *wanted["visibility"]) if words != "all"]
    counted = "1 note" if threads == 1 else f"{threads} notes"
    return Heading(
        title=order.title,
        overline=f"{AgencyProfile.objects.current()} · {order.of.project.name}",
        lead=f"{counted}{' (' + ', '.join(chosen) + ')' if chosen else ''}. Frames count from 0.",
        footer=f"For review only, not for use · {order.user.get_full_name()} · {timezone.localtime(now):%-d %B %Y, %H:%M}",
        author=order.user.get_full_name(),
        at=now,
    )


def _pictures(
    job: Job, user: User, clips: Sequence[Clip], reels: Sequence[Reel], place: Path
) -> dict[tuple[str, int], Path]:
    """Pick each thread's first frame, some at a time, and tell how far it is."""
    wanted = [sorted({thread.note.frame_in for thread in reel.threads}) for reel in reels]
    total = sum(map(len, wanted))
    made: dict[tuple[str, int], Path] = {}
    for number, (clip, frames) in enumerate(zip(clips, wanted, strict=True)):
        for begin in range(0, len(frames), AT_ONCE):
            tell(job, len(made), total)
            some = frames[begin : begin + AT_ONCE]
            folder = place / str(number)
            source, mark = source_for(user, clip)
            picked = media.pick(source, folder, some, count=clip.frame_count, side=SIDE, mark=mark)
            made |= {(clip.sha256, frame): path for frame, path in picked.items()}
    tell(job, len(made), total)
    return made


def tell(job: Job, done: int, of: int) -> None:
    """Write how many pictures are made, and keep the lease."""
    with job.fenced(final=False):
        Job.objects.filter(pk=job.pk).update(result={"done": done, "of": of})


def source_for(user: User, clip: Clip) -> tuple[Path, str]:
    """Return the file whose frames this person may be shown, and the mark that they still need: what lies in a PDF has left,
    so that none is without one. For guests that is the marked proxy, for others the original. Raises Conflict.
    """
    if user.kind == Kind.GUEST:
        proxy = clip.renditions.filter(kind=Rendition.Kind.GUEST_PROXY).first()
        if proxy is None:
            raise Conflict("The review copy of a clip is still being made: ask again in a few minutes.", code="no-copy")
        return Path(settings.MEDIA_ROOT) / proxy.storage_key, ""
    if clip.quarantined_at is not None:
        raise Conflict("The stored file no longer matches its hash. Restore it from a backup.", code="quarantined")
    return storage.path_for(clip.storage_key, Path(settings.MEDIA_ROOT)), review_mark(clip)


@contextmanager
def _workplace(job: Job) -> Iterator[Path]:
    """An empty folder for this attempt; what earlier attempts and earlier days left is removed."""
    for leftover in exports().glob(f".making-{job.pk}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    sweep(exports(), timezone.now() - KEPT)
    place = exports() / f".making-{job.pk}-{job.attempt}"
    try:
        place.mkdir(parents=True)
        yield place
    except OSError as error:
        raise Unavailable(f"The PDF could not be written: {error}", code="not-written") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(folder: Path, before: datetime) -> None:
    """Remove the files in a folder that were written before a moment."""
    for file in folder.glob("*"):
        if file.is_file() and file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)
