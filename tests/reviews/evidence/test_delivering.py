"""Deliverables: made of cleared clips, marked, signed, read again; the original is never touched."""

import pytest

from generations.models import Clip
from reviews.actions.deliverables import grant_deliverable, request_deliverable
from reviews.models import Deliverable, SignOff
from sorahub.jobs import runner
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db]


def test_a(agency: Agency, clip: Clip, signed: SignOff) -> None:
    made = request_deliverable(actor=agency.alice, clip=clip, **world.SCOPE)
    runner.drain()
    made = Deliverable.objects.get()
    from sorahub.jobs.models import Job
    for j in Job.objects.all(): print(j.kind, j.state, j.error_code, j.error_message)
    for f in made._meta.fields: print(f.name, getattr(made, f.name))
    g = grant_deliverable(actor=agency.alice, deliverable=made)
    print(g)
    assert 0
