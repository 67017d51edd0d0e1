"""Can a licence record be drawn anew, with the same content and another governing set? Every reason why not, each with its way to mend."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviews.models import ChecklistTemplate, GoverningSet, LicenceRecordVersion
from reviews.rules import drafting
from reviews.rules.drafting import DepictionInput
from reviews.rules.reasons import Reason, reason

FIRST_WITH_ROWS = 2
_BY_ITSELF = "Draft this one by itself."


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A clip and the newest version of its record (None: there is none).

    ``ended`` is the code of what ended its approval: rejected, revoked, or nothing. ``route`` is the clip's, in small letters, empty
    when unknown; ``hops_open`` and ``changed_terms`` are what the other set would lack for this clip.
    """

    withdrawn: bool = False
    version: LicenceRecordVersion | None = None
    ended: str = ""
    route: str = ""
    hops_open: tuple[str, ...] = ()
    changed_terms: tuple[str, ...] = ()
    depictions: Sequence[DepictionInput] = ()


def against(one: Candidate, other: GoverningSet, newest: Mapping[str, ChecklistTemplate]) -> list[Reason]:
    """Return every reason against drawing the record anew with the other set. ``newest``: the newest of each checklist, by key."""
    if one.withdrawn:
        return [reason("withdrawn")]
    version = one.version
    if version is None:
        return [reason("no-record")]
    if version.governing_set_id == other.pk:
        words = f"Version {version.version} names this governing set already."
        return [Reason("set-named", words, "Have that version signed, if it is not.")]
    found = [reason(one.ended)] if one.ended else []
    found.extend(_about_set(one, version.governing_set, other))
    found.extend(_about_content(one, version, newest))
    return found


def _about_set(one: Candidate, present: GoverningSet, other: GoverningSet) -> Iterator[Reason]:
    """Where the clip's route is not known, the other set must be for the same route as the present one."""
    wanted = one.route or _route(present)
    if wanted != _route(other):
        yield reason("route-not-governed", wanted)
    yield from (reason("hop-not-governed", party) for party in one.hops_open)
    yield from (reason("terms-changed", label) for label in one.changed_terms)


def _about_content(
    one: Candidate, version: LicenceRecordVersion, newest: Mapping[str, ChecklistTemplate]
) -> Iterator[Reason]:
    if version.schema < FIRST_WITH_ROWS:
        yield Reason(
            "older-record", "Its record is older than purposes and rows of what can be recognised.", _BY_ITSELF
        )
        return
    checklist = version.checklist
    if checklist is not None and checklist.version < newest[checklist.key].version:
        yield Reason("checklist-newer", "The checklist that it answers was edited or retired since.", _BY_ITSELF)
    wrong = drafting.problems(version, one.depictions)
    if wrong:
        yield Reason("not-complete", " ".join(wrong.values()), _BY_ITSELF)


def _route(governing: GoverningSet) -> str:
    return governing.route.strip().casefold()
