"""Names in prompts, asked of the releases that reviews keeps."""

import pytest

from generations.actions.linting import lint
from generations.actions.names import add_name, archive_name, change_name
from generations.models import KnownName
from reviews.actions.releases import withdraw_release
from reviews.listeners import tell_releases
from sorahub.lib.errors import Conflict, Forbidden
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]
SAID = "Mira Holm smiles, a child waves"


def _levels(agency: Agency) -> dict[str, str]:
    return {each.code: each.level for each in lint(agency.aurora, SAID)}


def test_a_name_is_warned_of_until_its_release_holds(agency: Agency) -> None:
    assert _levels(agency) == {"name-unknown": "note", "minors": "warn"}
    name = add_name(actor=agency.alice, client=agency.north, name=" Mira  Holm ", sort="person")
    assert _levels(agency) == {"name-needs-release": "warn", "minors": "warn"}
    release = world.consent(agency.alice, agency.aurora, subject="Mira Holm, actor", valid_until=None)
    assert _levels(agency) == {"name-released": "note", "minors": "warn"}
    ((_, told),) = tell_releases(client=agency.north.pk, names=["Mira Holm"])
    assert told.words.endswith(" of Mira Holm, actor")  # not in which project: who asks may not see that
    withdraw_release(actor=agency.lena, release=release)
    assert _levels(agency)["name-needs-release"] == "warn"
    change_name(actor=agency.alice, name=name, sort="person", needs_release=False)
    assert _levels(agency) == {"minors": "warn"}
    with pytest.raises(Conflict):
        add_name(actor=agency.alice, client=agency.north, name="mira holm", sort="person")
    with pytest.raises(Forbidden):
        archive_name(actor=agency.bob, name=name)
    archive_name(actor=agency.alice, name=name)
    assert (KnownName.objects.open().count(), KnownName.objects.count()) == (0, 1)
