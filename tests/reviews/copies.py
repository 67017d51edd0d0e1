"""A shelf once more, in the database itself: many times faster than row by row, for libraries of a hundred thousand clips.

Everything that hangs on a clip is copied with it, under ids and hashes of its own. The copies' signatures are those of other
rows, and so not sound: whoever measures the checking of one takes a clip that was written by ``shelves``.
"""

from django.db import connection, models

from generations.models import Clip, ClipParent, Generation
from reviews.models import (
    Decision,
    Depiction,
    Hold,
    Incident,
    LicenceRecord,
    LicenceRecordVersion,
    Override,
    Reauthentication,
    RecordRelease,
    ReReview,
    SignOff,
)
from sorahub.ledger.models import TimeStamp

COPIED: tuple[type[models.Model], ...] = (
    Clip, Generation, ClipParent, Decision, Hold, Incident, Override, LicenceRecord, LicenceRecordVersion, Depiction,
    RecordRelease, ReReview, Reauthentication, SignOff, TimeStamp,
)  # fmt: skip
HASHES = ("sha256", "clip_sha256", "payload_sha256", "digest")
APART = 4096
"""Between the ids of one copy and the next, in units of 65 seconds of an id's time: as if each was written days later."""


def copy(first: int, last: int) -> None:
    """Write copies number ``first`` to ``last`` of all clips there are, numbered from 1. PostgreSQL, as the owner of its database."""
    with connection.cursor() as cursor:
        shelved = Clip.objects.count()
        cursor.execute("SET session_replication_role = replica")  # what was checked once is not checked again
        for model in COPIED:
            cursor.execute(_statement(model), {"first": first, "last": last, "apart": APART})
        cursor.execute("SET session_replication_role = origin")
    assert Clip.objects.count() == shelved * (last - first + 2)


def originals(clips: "models.QuerySet[Clip]", many: int) -> "models.QuerySet[Clip]":
    """The clips that are no copies, of which there are so many: the first, since a copy's id is of a later time."""
    last = clips.order_by("pk").values_list("pk", flat=True)[many - 1]
    return clips.filter(pk__lte=last)


def _statement(model: type[models.Model]) -> str:
    fields = model._meta.local_concrete_fields
    told = ", ".join(_column(model, field) for field in fields)
    columns = ", ".join(str(field.column) for field in fields)
    return f"""
        INSERT INTO {model._meta.db_table} ({columns})
        SELECT {told} FROM {model._meta.db_table} r, generate_series(%(first)s, %(last)s) AS number ORDER BY number, r.id"""  # noqa: S608 (names of our own tables and columns)


def _column(model: type[models.Model], field: "models.Field[object, object]") -> str:
    """The column of a copy: other ids and hashes, beginning with the number of the copy, and all else as it is."""
    column = f"r.{field.column}"
    if field.primary_key or field.related_model in COPIED:
        time = f"('x' || left(CAST({column} AS text), 8))::bit(32)::bigint + number * %(apart)s"
        return f"CAST(overlay(CAST({column} AS text) PLACING lpad(to_hex({time}), 8, '0') FROM 1 FOR 8) AS uuid)"
    if field.name in HASHES and not (model is LicenceRecordVersion and field.name == "sha256"):
        return f"overlay({column} PLACING lpad(to_hex(number), 8, '0') FROM 1 FOR 8)"
    return column
