"""What stands against signing each of many licence record versions: the same number of queries for one record and for fifty."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Value

from generations.models import Clip, Generation, Upload
from reviews.actions import facts, facts_of_many, promises
from reviews.actions.promises import Met
from reviews.models import LicenceRecordVersion, SignOff
from reviews.rules import separation, signing
from reviews.rules.clearance import Facts
from reviews.rules.reasons import Reason
from reviews.rules.separation import Involvement
from reviews.web import mends
from sorahub.accounts.models import User


@dataclass(frozen=True)
class Case:
    """A record version on the board: the row, its signature if there is one, and what stands against approving it."""

    version: LicenceRecordVersion
    signature: SignOff | None
    against: list[Reason]
    hands: Involvement

    @property
    def clip(self) -> Clip:
        """The clip that it is about."""
        return self.version.record.clip

    @property
    def suspended(self) -> str:
        """Why a legal approver suspended the approval; empty where it is not."""
        why: str | None = getattr(self.signature, "suspended_why", None)
        return why or ""

    @property
    def own(self) -> bool:
        """Whether the person who reads it had a hand in it, and so does not sign it."""
        return any(one.code in separation.OWN_WORK for one in self.against)

    @property
    def words(self) -> list[str]:
        """What stands against it, one line for each reason, and one for many questions of a checklist."""
        told = mends.told_once(self.against)
        return [f"{one.message.removesuffix(':')}." if points else one.message for one, points in told]

    @property
    def state(self) -> str:
        """The word for its badge."""
        if self.signature is None:
            return "blocked" if self.against else "ready"
        if hasattr(self.signature, "revocation"):
            return "revoked"
        if self.signature.meaning != SignOff.Meaning.APPROVED:
            return "rejected"
        if self.suspended:
            return "suspended"
        if self.against:
            return "blocked"
        return "pending_timestamp" if self.signature.is_pending else "signed"


def joined(rows: QuerySet[LicenceRecordVersion]) -> QuerySet[LicenceRecordVersion]:
    """Join and prefetch what a case needs. A handful of queries for any number of rows."""
    signed = SignOff.objects.verdicts().with_suspension().with_stamps()
    signed = signed.select_related("revocation", "signer__person").defer("payload")
    return rows.select_related(
        "record__clip__project__client", "record__clip__shot", "record__clip__created_by", "record__clip__declared_by",
        "governing_set", "checklist", "drafted_by__person",
    ).prefetch_related(
        *facts.rows_of_versions(),
        Prefetch("sign_offs", signed, to_attr="signatures"),
    )  # fmt: skip


def cases(versions: Iterable[LicenceRecordVersion], user: User, at: datetime) -> list[Case]:
    """Return the cases of these newest versions (made by ``joined``) as this person sees them."""
    rows = list(versions)
    found = facts_of_many.gather(rows, at, user)
    hands = _involvements(rows)
    met = promises.met_by(rows, user)
    return [
        _case(row, replace(found[row.pk], conflicts=met[row.pk].promised), met[row.pk], hands[row.pk], user, at)
        for row in rows
    ]


def _case(row: LicenceRecordVersion, known: Facts, met: Met, hands: Involvement, user: User, at: datetime) -> Case:
    signature = next(iter(row.signatures), None)  # type: ignore[attr-defined]  # prefetched by joined()
    own = separation.against_signing(user.person_id, hands) if signature is None else []
    # Hashing a large file is the signing's own matter; a list does not ask for it.
    taken = met.taken if signature is None else ()
    against = [*own, *signing.against_approval(known, at, bytes_verified=True, taken=taken)]
    return Case(row, signature, against, hands)


def _involvements(rows: Sequence[LicenceRecordVersion]) -> dict[UUID, Involvement]:
    """Who had a hand in each record and its clip. One query."""
    clips = [row.record.clip_id for row in rows]
    made = Generation.objects.filter(clip__in=clips).order_by()
    parts = (
        made.values_list("clip", "created_by__person", Value("launched")),
        made.values_list("clip", "prompt__created_by__person", Value("wrote_prompt")),
        Upload.objects.filter(clip__in=clips).order_by().values_list("clip", "created_by__person", Value("brought")),
        LicenceRecordVersion.objects.filter(record__clip__in=clips)
        .order_by()
        .values_list("record__clip", "drafted_by__person", Value("drafted")),
    )
    hands: defaultdict[tuple[UUID, str], set[UUID]] = defaultdict(set)
    for clip, somebody, part in parts[0].union(*parts[1:]):
        hands[clip, part].add(somebody)
    return {row.pk: _involvement(row.record.clip, hands) for row in rows}


def _involvement(clip: Clip, hands: Mapping[tuple[UUID, str], set[UUID]]) -> Involvement:
    own = {clip.created_by.person_id} | ({clip.declared_by.person_id} if clip.declared_by else set())
    launched, wrote, brought, drafted = (
        frozenset(hands.get((clip.pk, part), ())) for part in ("launched", "wrote_prompt", "brought", "drafted")
    )
    return Involvement(brought=brought | own, launched=launched, wrote_prompt=wrote, drafted=drafted)
