"""A bundle says under which plan each generation was made, and names the receipt by its hash."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from generations.actions.plans import declare_plan, plans_of
from reviews.evidence import contents
from tests.people import Agency
from tests.reviews import world


def test_the_plan_of_the_day_stands_beside_the_account(agency: Agency) -> None:
    row = world.add_generation(world.add_clip(agency.aurora, agency.alice), agency, launcher=agency.alice)
    unsaid: Any = contents.generation(row, plans_of([row]).get(row.pk))
    assert unsaid["account"]["plan_at_generation"] is None
    receipt = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    period = declare_plan(
        actor=agency.ada,
        account=row.account,
        starts_on=date(2026, 1, 1),
        plan="Pro",
        receipt=receipt,
        receipt_name="a.pdf",
    )
    said: Any = contents.generation(row, plans_of([row]).get(row.pk))
    told = said["account"]["plan_at_generation"]
    assert (told["plan"], told["starts_on"], told["receipt_sha256"]) == ("Pro", "2026-01-01", period.receipt_sha256)
