"""Gather what binds clips from outside themselves: the clips they were made from, open incidents, and promises to others.

For one clip and for many alike, in a number of queries that does not grow with them (one more for each step of descent).
Clips that the reader may not see are not named to them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, UUIDField

from generations.models import Clip
from generations.models.descent import FEW, MOST_STEPS, Walk, ancestors, descendants
from reviews.actions.glance import Glance, at_a_glance
from reviews.models import Hold, Incident, LicenceRecordVersion, SignOff
from reviews.rules import descent as rules
from reviews.rules.clearance_facts import ParentFacts, Question, ScopeFacts
from sorahub.accounts.models import User
from sorahub.lib.compiled import Compiled, Later, together

UNSEEN = "a clip of another project"
SOMEBODY = "another client"


def newest_versions() -> QuerySet[LicenceRecordVersion]:
    """Return the newest version of every licence record."""
    later = LicenceRecordVersion.objects.filter(record=OuterRef("record"), version__gt=OuterRef("version"))
    return LicenceRecordVersion.objects.filter(~Exists(later))


def in_force() -> QuerySet[LicenceRecordVersion]:
    """Return of every licence record the newest version whose approval stands, whatever was drafted since."""
    standing = SignOff.objects.filter(record_version=OuterRef("pk"), meaning="approved", revocation=None)
    signed = LicenceRecordVersion.objects.filter(Exists(standing))
    later = signed.filter(record=OuterRef("record"), version__gt=OuterRef("version"))
    return signed.filter(~Exists(later))


def scope_of(version: LicenceRecordVersion) -> ScopeFacts:
    """Return what a version allows; before the second schema no purpose was asked for."""
    return ScopeFacts(
        uses=frozenset(version.uses),
        territories=frozenset(version.territories),
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        time_zone=version.time_zone,
        purposes=frozenset(version.purposes) if version.schema > 1 else None,
    )


def incidents_on(clips: Collection[UUID]) -> Mapping[UUID, tuple[str, ...]]:
    """Return, for each clip, the open incidents that stop it, in words. One query."""
    found: defaultdict[UUID, tuple[str, ...]] = defaultdict(tuple)
    rows = Incident.objects.open().filter(clip__in=clips, stops=True).order_by("opened_at", "id")
    for clip, words in rows.values_list("clip_id", "words"):
        found[clip] += (words,)
    return found


def parents_of(
    clips: Iterable[UUID], reader: User | None = None, walk: Walk | None = None
) -> Mapping[UUID, tuple[ParentFacts, ...]]:
    """Return, for each clip, every clip that it was made from, near and far, with what that one's record allows.

    Both its newest version and the one in force bind: a draft narrows what may be done, and widens nothing. A newest
    version that was rejected or revoked stops what was made from the clip.
    ``reader``: whose eyes the names are for; without one no clip is named. What lies further back than anybody followed
    is an unknown parent. ``walk``: the way back from a clip, where it was gone already.
    """
    wanted = list(clips)
    singly = walk is not None
    walk = walk or ancestors(wanted)
    known: Mapping[UUID, list[ParentFacts]] = _facts(walk.found, reader, singly=singly) if walk.found else {}
    return {clip: _of(clip, walk, known) for clip in wanted}


def _of(clip: UUID, walk: Walk, known: Mapping[UUID, list[ParentFacts]]) -> tuple[ParentFacts, ...]:
    found = [each for parent in sorted(walk.of(clip)) for each in known[parent]]
    if not walk.ends(clip):
        found.append(ParentFacts(name=f"more than {MOST_STEPS} steps back"))
    return tuple(found)


def _facts(clips: Collection[UUID], reader: User | None, *, singly: bool) -> dict[UUID, list[ParentFacts]]:
    rows, newest, signed, stopped = _few(clips) if singly and len(clips) <= FEW else _many(clips)
    seen = set(Clip.objects.visible_to(reader).filter(pk__in=clips).values_list("pk", flat=True)) if reader else set()
    versions = {version.record.clip_id: version for version in newest}
    in_force_on = {version.record.clip_id: version for version in signed}
    stopped |= {pk for pk, version in versions.items() if version.refused}
    return {row.pk: _binding(row, seen, stopped, versions.get(row.pk), in_force_on.get(row.pk)) for row in rows}


Rows = tuple[Iterable[Clip], Iterable[Any], Iterable[LicenceRecordVersion], set[UUID]]
"""Clips, the newest versions of their records (``refused``: rejected or revoked), those in force, and clips that are stopped."""


def _many(clips: Collection[UUID]) -> Rows:
    wanted = Q(record__clip__in=clips)
    stopped = set(Hold.objects.filter(clip__in=clips, lifted_at=None).values_list("clip_id", flat=True))
    stopped |= set(incidents_on(clips))
    return _clips(Q(pk__in=clips)), _newest(wanted), _signed(wanted), stopped


def _few(clips: Collection[UUID]) -> Rows:
    """The same by statements made once, for each of the clips."""
    found = together(*(each.of(clip=clip) for clip in clips for each in _of_one()))
    rows, newest, signed, held, stopped = ([row for part in found[at::5] for row in part] for at in range(5))
    return rows, newest, signed, {row["clip_id"] for row in (*held, *stopped)}


@cache
def _of_one() -> tuple[Compiled[Any], ...]:
    clip = Later("clip", UUIDField())
    held, stopped = (
        Hold.objects.filter(clip=clip, lifted_at=None),
        Incident.objects.open().filter(clip=clip, stops=True),
    )
    return (
        Compiled(_clips(Q(pk=clip))),
        Compiled(_newest(Q(record__clip=clip))),
        Compiled(_signed(Q(record__clip=clip))),
        Compiled(held.order_by().values("clip_id")),
        Compiled(stopped.order_by().values("clip_id")),
    )


def _clips(which: Q) -> QuerySet[Clip]:
    return Clip.objects.filter(which).select_related("project", "shot").order_by()


def _newest(which: Q) -> QuerySet[Any]:
    refused = Exists(SignOff.objects.stopping().filter(record_version=OuterRef("pk")))
    newest: Any = newest_versions().annotate(refused=refused)  # with a column that the model has not
    return _joined(newest, which)


def _signed(which: Q) -> QuerySet[LicenceRecordVersion]:
    return _joined(in_force(), which)


def _joined(versions: QuerySet[LicenceRecordVersion], which: Q) -> QuerySet[LicenceRecordVersion]:
    return versions.filter(which).select_related("record").defer("canonical").order_by()


def _binding(
    row: Clip,
    seen: Collection[UUID],
    stopped: Collection[UUID],
    newest: LicenceRecordVersion | None,
    signed: LicenceRecordVersion | None,
) -> list[ParentFacts]:
    """What binds by this parent: its newest version, and the one in force where that is another."""
    name = f"{row.project.name}: {row}" if row.pk in seen else UNSEEN
    is_stopped = row.pk in stopped or row.quarantined_at is not None or row.withdrawn_at is not None
    found = [ParentFacts(name=name, scope=scope_of(newest) if newest else None, stopped=is_stopped)]
    if signed is not None and newest is not None and signed.pk != newest.pk:
        found.append(ParentFacts(name=name, scope=scope_of(signed)))
    return found


def conflicts(
    clip: Clip,
    question: Question,
    reader: User | None = None,
    glance: Glance | None = None,
    elders: Walk | None = None,
) -> tuple[str, ...]:
    """Return, in words, every standing promise of exclusivity to another client that covers some of what is asked.

    It binds the same bytes wherever they are, what this clip was made from, and what was made from it. ``glance``: what there
    is about the clip, ``elders``: the way back from it, where these are known already.
    """
    glance = glance or at_a_glance(clip)
    kin = {clip.pk}
    if glance.used_further:
        kin |= descendants([clip.pk], singly=True).of(clip.pk)
    if glance.derived:
        kin |= (elders or ancestors([clip.pk], singly=True)).of(clip.pk)
    client = question.client or str(clip.project.client_id)
    elsewhere = glance.promised or len(kin) > 1
    if not elsewhere and not (glance.promised_here and client != str(clip.project.client_id)):
        return ()
    met = [
        row
        for row in _standing_on(clip, kin)
        if str(row.record.clip.project.client_id) != client and rules.overlaps(scope_of(row), question)
    ]
    return tuple(dict.fromkeys(_promised(met, reader)))


def _standing_on(clip: Clip, kin: Collection[UUID]) -> list[LicenceRecordVersion]:
    """The promises in force of these bytes and of kin. Whoever ever promised them is found first, by an index: that is few."""
    promised = together(_promised_bytes().of(sha256=clip.sha256), *(_promised_clip().of(clip=pk) for pk in kin))
    records = {row["record_id"] for rows in promised for row in rows}
    if not records:
        return []
    found = [row for rows in together(*(_promise_of().of(record=pk) for pk in records)) for row in rows]
    bound = [row for row in found if row.clip_sha256 == clip.sha256 or row.record.clip_id in kin]
    return sorted(bound, key=lambda row: row.pk)


@cache
def _promised_bytes() -> Compiled[Any]:
    rows = LicenceRecordVersion.objects.filter(exclusive=True, clip_sha256=Later("sha256", CharField()))
    return Compiled(rows.order_by().values("record_id"))


@cache
def _promised_clip() -> Compiled[Any]:
    rows = LicenceRecordVersion.objects.filter(exclusive=True, record__clip=Later("clip", UUIDField()))
    return Compiled(rows.order_by().values("record_id"))


@cache
def _promise_of() -> Compiled[LicenceRecordVersion]:
    return Compiled(_promises().filter(record=Later("record", UUIDField())))


def _promises() -> QuerySet[LicenceRecordVersion]:
    rows = in_force().filter(exclusive=True).order_by("id")
    return rows.select_related("record__clip__project__client").defer("canonical")


def _promised(rows: Sequence[LicenceRecordVersion], reader: User | None) -> Iterable[str]:
    if not rows:
        return
    ids = {row.pk for row in rows}
    seen = LicenceRecordVersion.objects.visible_to(reader).filter(pk__in=ids) if reader else None
    named = set(seen.values_list("pk", flat=True)) if seen is not None else set()
    for row in rows:
        yield row.record.clip.project.client.name if row.pk in named else SOMEBODY
