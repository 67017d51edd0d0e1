"""What clearance looks at, as values: facts about one clip, its record, its consents and its signature; and the question."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reviews.models import Finding


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """A release; both dates are inside its term, in the record's time zone. What ``uses`` and ``territories`` do not list was
    not consented to. ``of_age_on``: from that day on a guardian's consent is not enough.
    """

    subject: str
    valid_from: date
    valid_until: date | None = None
    withdrawn: bool = False
    kind: str = ""
    uses: frozenset[str] = frozenset()
    territories: frozenset[str] = frozenset()
    ai_use: str = Finding.UNKNOWN
    of_age_on: date | None = None
    exclusive_categories: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class DepictionFacts:
    """Somebody or something that can be recognised; ``real`` is a Finding."""

    kind: str
    name: str
    real: str = Finding.UNKNOWN
    release: ReleaseFacts | None = None


@dataclass(frozen=True, kw_only=True)
class DutyFacts:
    """A duty of disclosure that is in force somewhere; both days are inside, empty sets mean any. ``met``: the record has a
    plan for it, or a reason why it does not apply.
    """

    title: str
    territories: frozenset[str]
    uses: frozenset[str] = frozenset()
    depicts: frozenset[str] = frozenset()
    applies_from: date | None = None
    applies_until: date | None = None
    met: bool = False


@dataclass(frozen=True, kw_only=True)
class ScopeFacts:
    """What a record allows: media, territories, purposes (None: not limited) and the term ``[starts_at, ends_at)``."""

    uses: frozenset[str]
    territories: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None = None
    time_zone: str = "UTC"
    purposes: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ParentFacts:
    """A clip that this one was made from: what it may be used for binds, whether or not it is signed. None: nothing is known."""

    name: str
    scope: ScopeFacts | None = None
    stopped: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordFacts(ScopeFacts):
    """The newest version of the licence record. ``ends_at`` is the first instant outside the term (None: without end).

    ``governing_route`` is empty when no terms version governs; ``changed_terms`` names terms that changed and were not
    read under a rule that wants them read; ``suspended_by`` those that counsel is reading anew; ``hops_open`` the parties of
    the route whose terms the set does not hold. ``client`` is whose project it is; ``answers_open`` and ``answers_against``
    are questions of its checklist. ``depictions`` is None for records older than those rows.
    """

    clip_sha256: str
    ownership: str = Finding.UNKNOWN
    commercial_use: str = Finding.UNKNOWN
    depicted: bool = False
    none_depicted: bool = False
    disclosed: bool = False
    governing_route: str = ""
    changed_terms: tuple[str, ...] = ()
    suspended_by: tuple[str, ...] = ()
    hops_open: tuple[str, ...] = ()
    releases: tuple[ReleaseFacts, ...] = ()
    depictions: tuple[DepictionFacts, ...] | None = None
    duties: tuple[DutyFacts, ...] = ()
    client: str = ""
    category: str = ""
    answers_open: tuple[str, ...] = ()
    answers_against: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SignatureFacts:
    """The sign-off on the newest version. ``sound`` says that its signature verifies and covers what the rows say; ``pending``
    that the time-stamp which it demands is not here yet.

    ``suspended``: why a legal approver stopped it for the time being; empty where nobody did.
    """

    meaning: str
    clip_sha256: str
    revoked: bool = False
    suspended: str = ""
    sound: bool = True
    pending: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that clearance looks at. ``route`` is empty when unknown; ``overridden`` holds codes set aside by two persons.

    ``conflicts`` are promises of exclusivity to somebody else, in words.
    """

    clip_sha256: str
    route: str = ""
    quarantined: bool = False
    withdrawn: bool = False
    holds: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    stages_not_passed: tuple[str, ...] = ()
    record: RecordFacts | None = None
    signature: SignatureFacts | None = None
    approved_earlier: bool = False
    parents: tuple[ParentFacts, ...] = ()
    conflicts: tuple[str, ...] = ()
    overridden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """For what, where and when: from ``at`` up to, not including, ``until`` (None: at that instant alone), to what end, for whom.

    Without a purpose any is meant, and only a record that is not limited by purpose allows that. ``client`` is an id; empty:
    whose project the clip belongs to.
    """

    use: str
    territory: str
    at: datetime
    purpose: str = ""
    until: datetime | None = None
    client: str = ""

    @property
    def last(self) -> datetime:
        """The last instant that is asked for."""
        return self.at if self.until is None else self.until - timedelta(microseconds=1)

    def days(self, zone: str) -> tuple[date, date]:
        """Return the first and the last day in this zone."""
        place = ZoneInfo(zone)
        return self.at.astimezone(place).date(), self.last.astimezone(place).date()


@dataclass(frozen=True)
class Asked:
    """What consents and duties must cover: some uses, some territories, from one day to another, both inside."""

    uses: frozenset[str]
    territories: frozenset[str]
    first: date
    last: date | None = field(default=None)  # None: without end
