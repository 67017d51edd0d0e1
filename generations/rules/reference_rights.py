"""May this reference be given to a model, and what should one know before? Values in, reasons out."""

import datetime as dt
from collections.abc import Collection

from generations.models import Reference
from generations.models.rights_words import Known, Licence

SOON = dt.timedelta(days=30)
NOT_COMMERCIAL = frozenset({Licence.CC_BY_NC, Licence.CC_BY_NC_SA, Licence.CC_BY_NC_ND})
NO_DERIVATIVES = frozenset({Licence.CC_BY_ND, Licence.CC_BY_NC_ND})


def against(reference: Reference) -> list[tuple[str, str]]:
    """Return what forbids giving it to a model, as (code, words)."""
    found = []
    if reference.archived_at is not None:
        found.append(("reference-archived", f"{reference} is archived: bring it back, or take another file."))
    if reference.ai_use == Known.NO:
        found.append(("reference-ai-use", f"The rights of {reference} do not permit giving it to a model."))
    return found


def cautions(reference: Reference, today: dt.date, consents: Collection[str] = ()) -> list[str]:
    """Return what one should know before using it, without its name; ``consents``: what reviews says about its releases."""
    return [*_licence(reference, today), *_unsaid(reference), *consents]


def in_a_line(reference: Reference, cautions: Collection[str]) -> str:
    """Return the cautions about one file as one sentence that names it."""
    return f"{reference}: {'; '.join(cautions)}."


def _licence(reference: Reference, today: dt.date) -> list[str]:
    until, found = reference.licensed_until, []
    if until is not None and until < today:
        found.append(f"its licence ended on {until}")
    elif until is not None and until <= today + SOON:
        found.append(f"its licence ends on {until}")
    if reference.licence in NOT_COMMERCIAL:
        found.append("its licence forbids commercial use")
    if reference.licence in NO_DERIVATIVES:
        found.append("its licence forbids derivatives, which a generated clip may be")
    return found


def _unsaid(reference: Reference) -> list[str]:
    """What nobody has said yet. Unknown is not allowed, and is not refused."""
    unsaid = [
        ("the licence", reference.licence == Licence.UNKNOWN),
        ("whether it may be given to a model", reference.ai_use == Known.UNKNOWN),
        ("whether real persons can be seen or heard", reference.depicts == Known.UNKNOWN),
    ]
    missing = [words for words, is_missing in unsaid if is_missing]
    if not missing:
        return []
    return [f"nobody has said {' or '.join([', '.join(missing[:-1]), missing[-1]] if len(missing) > 1 else missing)}"]
