"""An attempt to judge one's own work is refused, and the ledger keeps that it was made."""

from collections.abc import Sequence
from typing import NoReturn

from django.db import models, transaction

from generations.models import Clip
from reviews.rules.reasons import Reason
from sorahub.accounts.models import User
from sorahub.ledger import record
from sorahub.lib.errors import Refused


def refuse(message: str, against: Sequence[Reason], code: str = "refused") -> NoReturn:
    """Raise Refused with every reason."""
    raise Refused(message, code=code, reasons=[one.as_dict() for one in against])


def note(kind: str, actor: User, clip: Clip, subject: models.Model, codes: Sequence[str]) -> None:
    """Append a refused attempt to the client's chain, in a transaction of its own."""
    with transaction.atomic():
        record.append(
            kind=kind,
            actor=actor.pk,
            client=clip.project.client_id,
            subject=subject,
            body={
                "clip_id": str(clip.pk),
                "clip_sha256": clip.sha256,
                "person": str(actor.person_id),
                "codes": list(codes),
            },
        )


def record_and_raise(kind: str, actor: User, clip: Clip, subject: models.Model, against: Sequence[Reason]) -> NoReturn:
    """Append the refused attempt to the client's chain, in a transaction of its own, and raise Refused."""
    note(kind, actor, clip, subject, [one.code for one in against])
    refuse(" ".join(one.message for one in against), against, code="own-work")
