"""A person is erased: nothing leads to them any more, the chain stays whole, and what they did stays."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sorahub.accounts.actions import people
from sorahub.accounts.models import ApiToken, Person
from sorahub.ledger import audit, checkpoints
from sorahub.ledger.models import Chain, Event, PrivateText
from tests.people import Agency

pytestmark = [pytest.mark.core, pytest.mark.django_db]


def test_a_person_is_erased_and_the_chain_still_verifies(agency: Agency, settings: Any, tmp_path: Path) -> None:
    settings.KEY_DIR = tmp_path
    zoe = people.add_person(actor=agency.ada, name="Zoë Quill", email="zoe@example.com", kind="reviewer")
    people.change_own_profile(actor=zoe, name="Zoë Quill-Marsh", time_zone="UTC")
    ApiToken.objects.create(user=zoe, name="Zoë's phone", prefix="x", digest="0" * 64, expires_at=zoe.date_joined)
    checkpoints.make(Chain.objects.of(None))
    assert PrivateText.objects.count() == 3
    said = StringIO()
    call_command("erase_person", "ZOE@example.com", actor=agency.ada.email, stdout=said)
    assert "1 accounts, 3 concealed words" in said.getvalue()
    zoe.refresh_from_db()
    assert (str(zoe), zoe.is_active, zoe.has_usable_password()) == ("Erased person", False, False)
    assert zoe.email == f"erased-{zoe.pk}@erased.invalid"
    assert (PrivateText.objects.count(), ApiToken.objects.count()) == (0, 0)
    told = Event.objects.get(kind="person.erased")
    assert (told.actor, told.subject_id) == (agency.ada.pk, zoe.person_id)
    assert not Event.objects.filter(body__contains="Quill").exists()
    assert audit.verify() == []


def test_nobody_but_administrators_erases_and_nobody_themselves(agency: Agency) -> None:
    before = list(Person.objects.values_list("name", flat=True))
    for actor, whom in ((agency.alice, agency.bob), (agency.ada, agency.ada)):
        with pytest.raises(CommandError, match=r"may not|yourself"):
            call_command("erase_person", whom.email, actor=actor.email)
    with pytest.raises(CommandError, match="no account"):
        call_command("erase_person", "nobody@example.com", actor=agency.ada.email)
    assert list(Person.objects.values_list("name", flat=True)) == before
    assert not Event.objects.exists()
