"""Draw the text from a version's bytes once more, whatever kind they are; the version and its first text stay as they are."""

from hashlib import sha256

from django.db import transaction

from generations.actions import checks
from reviews.actions import drawing, fetch_terms
from reviews.actions.changes import normalised_sha256
from reviews.models import TermsText, TermsVersion
from reviews.rules import extraction
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.models import Job
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict


def draw_again(*, actor: User, version: TermsVersion) -> TermsText | Job:
    """Draw the text by the present extractor, as the bytes were read at first; a PDF is read by a job, which is returned.

    Raises Forbidden, NotFound, InvalidInput for bytes that it cannot read, Conflict when it reads what is known already.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, TermsVersion.objects.all(), version)
    if version.media_type == extraction.PDF:
        return fetch_terms.request_drawing(actor=actor, version=version)
    charset = str(version.origin.get("charset", ""))
    text = drawing.text_of(bytes(version.raw), version.media_type, charset)
    with transaction.atomic():
        return keep_drawn(actor=actor, version=version, text=text, extractor=extraction.EXTRACTOR)


def keep_drawn(*, actor: User, version: TermsVersion, text: str, extractor: str) -> TermsText:
    """Keep a text that ``extractor`` drew beside the version's first one, inside the caller's transaction.

    Raises Forbidden, Conflict for the same text and for an extractor that drew one before.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    if text == version.text:
        raise Conflict("Drawn once more, the text is the same, letter for letter.", code="same-text")
    drawn = TermsText(
        version=version,
        extractor=extractor,
        text=text,
        text_sha256=sha256(text.encode()).hexdigest(),
        normalised_sha256=normalised_sha256(version.source, text),
        made_by=actor,
    )
    checks.insert(drawn)
    body: dict[str, Json] = {"extractor": drawn.extractor, "text_sha256": drawn.text_sha256}
    record.append(kind="terms.drawn_again", actor=actor.pk, client=None, subject=version, body=body)
    return drawn
