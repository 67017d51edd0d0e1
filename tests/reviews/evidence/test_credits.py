"""Texts from an archive leave with the credit that its licence asks for."""

import json
from datetime import UTC, datetime

from django.db import transaction

from generations.models import Clip
from reviews.actions import capture
from reviews.actions.terms import add_source
from tests.people import Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import folder, made

CREDIT = "Contains information from Lumo collection, which is made available under ODC-BY 1.0."


def test_the_credit_of_an_archive_goes_with_its_text(agency: Agency, clip: Clip) -> None:
    source = add_source(actor=agency.lena, publisher="Vofy", title="Terms of Service")
    origin = {"archive": "Lumo collection", "commit": "a" * 40, "licence": "ODC-BY-1.0", "attribution": CREDIT}
    said = capture.Document(captured_at=datetime(2026, 1, 1, tzinfo=UTC), origin={**origin})
    with transaction.atomic():
        kept = capture.keep(
            actor=agency.lena, source=source, raw=world.TERMS.encode(), media_type="text/markdown", text=world.TERMS,
            extractor="none", method="import", document=said,
        )  # fmt: skip
    bundle = made(agency, world.sign(agency.lena, world.ready_to_sign(agency, clip)))
    root = folder(bundle)
    assert json.loads((root / "data/terms-credits.json").read_text()) == [
        {"raw_sha256": kept.version.raw_sha256, **origin}
    ]
    assert (root / f"data/terms/{kept.version.raw_sha256}.md").read_text() == world.TERMS
