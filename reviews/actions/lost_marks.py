"""Marks of the provider that a clip does not carry any more, though what it was made from did: said, and approved with a reason only."""

from collections.abc import Iterator
from uuid import UUID

from generations.media.findings import Fate, Findings, fates, lost
from generations.models import Clip, ClipParent, ProvenanceReport
from reviews.actions.descent import UNSEEN
from reviews.models import SignOff
from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput

MOST_STEPS = 60


def warnings(clip: Clip, reader: User) -> list[str]:
    """Return what was lost, in words; clips that the reader may not see are not named. Empty while a file was not looked at yet."""
    steps = list(_declared(clip.pk))
    seen = Clip.objects.visible_to(reader).filter(pk__in=[parent for parent, _ in steps])
    names = {row.pk: str(row) for row in seen.select_related("shot")}
    return [each.words for each in _lost(clip, steps, names)]


def require_reason(clip: Clip, meaning: str, reason: str) -> None:
    """Raise InvalidInput unless an approval of a clip that lost a provider's mark says why that is right."""
    if meaning != SignOff.Meaning.APPROVED or reason.strip():
        return
    found = _lost(clip, list(_declared(clip.pk)), {})
    if found:
        words = "Marks of the provider were lost: say why it may be approved all the same."
        raise InvalidInput(words, code="reason-missing", fields={"reason": words})


def _declared(clip: UUID) -> Iterator[tuple[UUID, str]]:
    """The clips that it was made from, near and far, as people declared, each with what was done to it first.

    What a model generated from another clip is a new picture: it is not expected to carry that one's marks.
    """
    level, known = {clip}, {clip}
    for _ in range(MOST_STEPS):
        rows = ClipParent.objects.filter(clip__in=level).values_list("parent_id", "operation")
        new = [(parent, operation) for parent, operation in rows if parent not in known]
        yield from dict(new).items()
        level = {parent for parent, _ in new}
        known |= level
        if not level:
            return


def _lost(clip: Clip, steps: list[tuple[UUID, str]], names: dict[UUID, str]) -> list[Fate]:
    parents = [parent for parent, _ in steps]
    if not parents:
        return []
    reports = {row.clip_id: row for row in ProvenanceReport.objects.filter(clip__in=[clip.pk, *parents])}
    own = reports.get(clip.pk)
    if own is None:
        return []
    now = Findings.of_report(own)
    return [
        each
        for parent, operation in steps
        if parent in reports
        for each in lost(
            fates(Findings.of_report(reports[parent]), now, step_words(operation, names.get(parent, UNSEEN)))
        )
    ]


def step_words(operation: str, name: str) -> str:
    """Write out the step in which marks may have been lost."""
    return f"the export of {name} ({operation})"
