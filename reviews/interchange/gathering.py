"""What of a clip's or a review's notes a person may take away, as plain values. Every reading begins at ``visible_to``."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from generations.models import Clip
from reviews.actions.deliver import file_name
from reviews.interchange.values import Mark, Note, Reel, Thread
from reviews.models import Annotation, Category, Review, Shape, Visibility
from reviews.rules.plain_words import plain_words
from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate

STATES = ("all", "open", "resolved")


@dataclass(frozen=True)
class Filters:
    """Which threads: by state, by category and by who reads them (empty: all). Replies come with their thread."""

    state: str = "all"
    categories: tuple[str, ...] = ()
    visibilities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = {
            "state": _unknown([self.state], STATES),
            "category": _unknown(self.categories, Category.values),
            "visibility": _unknown(self.visibilities, Visibility.values),
        }
        found = {name: words for name, words in problems.items() if words}
        if found:
            raise InvalidInput(" ".join(found.values()), fields=found)

    def as_dict(self) -> dict[str, str | list[str]]:
        """Return it as a job's payload holds it."""
        return {"state": self.state, "category": [*self.categories], "visibility": [*self.visibilities]}


def filters_from(values: Mapping[str, str | Sequence[str]]) -> Filters:
    """Return the filters in a query or payload: ``state``, ``category`` and ``visibility``. Raises InvalidInput."""
    state = values.get("state") or "all"
    return Filters(str(state), _several(values, "category"), _several(values, "visibility"))


def _several(values: Mapping[str, str | Sequence[str]], name: str) -> tuple[str, ...]:
    given = values.get(name) or ()
    return tuple(given.split(",")) if isinstance(given, str) else tuple(given)


def _unknown(given: Iterable[str], known: Iterable[str]) -> str:
    return "" if set(given) <= set(known) else f"Choose from: {', '.join(known)}."


def notes_for_export(of: Clip | Review, user: User, filters: Filters | None = None) -> list[Reel]:
    """Return the clip, or the review's clips in order, each with the threads that this person may read. Three queries at most."""
    return reels_for(clips_of(of, user), user, filters or Filters())


def clips_of(of: Clip | Review, user: User, only: Sequence[UUID] = ()) -> list[Clip]:
    """Return the clips that this person may see, of a review in its order; ``only`` picks some of them."""
    rows = Clip.objects.visible_to(user).select_related("project", "shot")
    if isinstance(of, Clip):
        return list(rows.filter(pk=of.pk))
    rows = rows.filter(review_items__review=of).order_by("review_items__position")
    return list(rows.filter(pk__in=only) if only else rows)


def reels_for(clips: Sequence[Clip], user: User, filters: Filters) -> list[Reel]:
    """Return these clips with their threads."""
    by_clip: defaultdict[UUID, list[Annotation]] = defaultdict(list)
    for row in _rows(clips, user):
        by_clip[row.clip_id].append(row)
    return [_reel(clip, _threads(by_clip[clip.pk], filters)) for clip in clips]


def _rows(clips: Sequence[Clip], user: User) -> QuerySet[Annotation]:
    return Annotation.objects.visible_to(user).standing().filter(clip__in=clips).for_thread()


def _reel(clip: Clip, threads: Iterable[Thread]) -> Reel:
    return Reel(
        clip=clip.pk,
        name=str(clip),
        file_name=file_name(clip),
        sha256=clip.sha256,
        rate=Rate(clip.rate_num, clip.rate_den),
        frame_count=clip.frame_count,
        width=clip.width,
        height=clip.height,
        threads=tuple(threads),
    )


def _threads(rows: Sequence[Annotation], filters: Filters) -> list[Thread]:
    """Hang replies under their notes; where a first note was deleted, its first reply takes its place."""
    heads = {row.pk for row in rows if row.parent_id is None}
    replies: defaultdict[UUID, list[Annotation]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: (each.created_at, each.pk)):
        if row.parent_id is not None:
            replies[row.parent_id].append(row)
    firsts = [row for row in rows if row.parent_id is None]
    firsts += [replies[parent].pop(0) for parent in list(replies) if parent not in heads]
    firsts.sort(key=lambda row: (row.frame_in, row.created_at, row.pk))
    return [
        Thread(_note(row), tuple(_note(reply) for reply in replies[row.parent_id or row.pk]))
        for row in firsts
        if _wanted(row, filters)
    ]


def _wanted(row: Annotation, filters: Filters) -> bool:
    state = "open" if row.resolved_at is None else "resolved"
    return (
        filters.state in ("all", state)
        and (not filters.categories or row.category in filters.categories)
        and (not filters.visibilities or row.visibility in filters.visibilities)
    )


def _note(row: Annotation) -> Note:
    return Note(
        id=row.pk,
        parent=row.parent_id,
        frame_in=row.frame_in,
        frame_out=row.frame_out,
        author=row.author.get_full_name(),
        words=plain_words(row.body),
        body=row.body,
        category=row.category,
        visibility=row.visibility,
        created_at=row.created_at,
        edited_at=row.edited_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by.get_full_name() if row.resolved_by else "",
        marks=tuple(_mark(shape) for shape in row.shapes.all() if shape.deleted_at is None),
    )


def _mark(shape: Shape) -> Mark:
    return Mark(
        id=shape.pk,
        kind=shape.kind,
        schema=shape.schema,
        points=shape.points,
        stroke=float(shape.stroke),
        colour=shape.colour,
        text=shape.text,
    )
