"""The short way to a clip is the same door as everywhere: for everybody, and at every moment."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Clip, Membership
from generations.models.clip import ClipGrant
from generations.models.seen import seen_clip, sees_clip
from sorahub.accounts.models import User
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import invited

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def seen(person: User, clip: Clip) -> bool:
    """Ask all ways, which must agree."""
    person = User.objects.get(pk=person.pk)
    found, said = seen_clip(person, clip.pk), sees_clip(person, clip)
    assert (found is not None) == said == Clip.objects.visible_to(person).filter(pk=clip.pk).exists()
    assert found is None or (found, found.project) == (clip, clip.project)
    return said


def test_everybody_sees_what_they_see_everywhere(agency: Agency) -> None:
    ours = world.add_clip(agency.aurora, agency.alice, grey=40)
    theirs = world.add_clip(agency.borealis, agency.ada, grey=60)
    invited(agency, ours)
    people = (agency.alice, agency.bob, agency.lena, agency.ada, agency.dora, agency.carol)
    assert [seen(person, ours) for person in people] == [True, True, True, True, True, False]
    assert [seen(person, theirs) for person in people] == [False, False, False, True, False, False]
    assert seen_clip(agency.ada, uuid4()) is None


def test_it_ends_when_access_ends(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice)
    guest = invited(agency, clip)
    assert (seen(agency.bob, clip), seen(guest, clip), seen(agency.ada, clip)) == (True, True, True)
    Membership.objects.filter(user=agency.bob).delete()
    ClipGrant.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    User.objects.filter(pk=agency.ada.pk).update(is_active=False)
    assert (seen(agency.bob, clip), seen(guest, clip), seen(agency.ada, clip)) == (False, False, False)


def test_what_was_found_for_somebody_is_not_asked_again_for_them_alone(agency: Agency) -> None:
    world.add_clip(agency.aurora, agency.alice)
    found = seen_clip(agency.bob, Clip.objects.get().pk)
    assert found is not None
    with CaptureQueriesContext(connection) as asked:
        assert sees_clip(agency.bob, found)
    assert len(asked) == 0
    assert not sees_clip(agency.carol, found)
    Membership.objects.filter(user=agency.bob).delete()
    assert not sees_clip(User.objects.get(pk=agency.bob.pk), found)
