"""Exceptions by two persons: what they set aside, for how long, and who the two must be."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from generations.models import Clip
from reviews.actions.clear import clearance
from reviews.actions.overrides import approve_override, request_override
from reviews.actions.sign import blocks
from reviews.models import LicenceRecordVersion, Override
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import Forbidden, InvalidInput, Refused
from tests.people import Agency, user
from tests.reviews import world
from tests.reviews.actions.test_clear import codes, unchanged

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def unknown_route(agency: Agency) -> tuple[Clip, LicenceRecordVersion]:
    clip = world.add_clip(agency.aurora, agency.alice, route="unknown")
    return clip, world.ready_to_sign(agency, clip)


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


def test_two_persons_set_a_block_aside_until_it_expires(agency: Agency) -> None:
    clip, version = unknown_route(agency)
    asked = request_override(
        actor=agency.ada, clip=clip, block="route-unknown", reason="Maker confirmed by mail", expires_at=tomorrow()
    )
    assert [one.code for one in blocks(actor=agency.lena, record_version=version)] == ["route-unknown"]
    approve_override(actor=agency.lena, override=asked)
    assert blocks(actor=agency.lena, record_version=version) == []
    world.sign(agency.lena, version)
    found = clearance(clip=clip, **world.SCOPE)
    assert found.granted
    assert [one.code for one in found.set_aside] == ["route-unknown"]
    with time_machine.travel(tomorrow() + timedelta(seconds=1), tick=False):
        assert codes(clip) == ["route-unknown"]


def test_an_exception_lasts_no_longer_than_it_was_given_for(agency: Agency) -> None:
    clip, version = unknown_route(agency)
    asked = request_override(
        actor=agency.ada, clip=clip, block="route-unknown", reason="Maker confirmed by mail", expires_at=tomorrow()
    )
    approve_override(actor=agency.lena, override=asked)
    world.sign(agency.lena, version)
    for days, left in ((0.5, []), (300, ["route-unknown"])):
        met = clearance(clip=clip, **world.SCOPE, until=timezone.now() + timedelta(days=days))
        assert [one.code for one in met.reasons] == left


def test_one_person_with_two_accounts_is_not_two_persons(agency: Agency) -> None:
    clip, _ = unknown_route(agency)
    asked = request_override(
        actor=agency.lena, clip=clip, block="route-unknown", reason="Because", expires_at=tomorrow()
    )
    other = world.second_account(agency.lena, "lena-admin", Kind.ADMINISTRATOR, agency.aurora)
    for account in (agency.lena, other):
        with pytest.raises(Refused) as caught:
            approve_override(actor=account, override=asked)
        assert [one["code"] for one in caught.value.reasons] == ["same-person"]
        assert world.kinds_of_events()[-1] == "override.refused"
    asked.refresh_from_db()
    assert asked.approved_at is None
    assert "route-unknown" in codes(clip)


def test_two_administrators_override_no_legal_block(agency: Agency) -> None:
    clip, _ = unknown_route(agency)
    second = user("abel", Kind.ADMINISTRATOR)
    asked = request_override(
        actor=agency.ada, clip=clip, block="route-unknown", reason="Because", expires_at=tomorrow()
    )
    error = unchanged(Refused, lambda: approve_override(actor=second, override=asked))
    assert error.code == "no-legal-approver"


def test_what_cannot_be_overridden(agency: Agency, clip: Clip) -> None:
    def ask(block: str, expires_at: datetime) -> Override:
        return request_override(actor=agency.lena, clip=clip, block=block, reason="Because", expires_at=expires_at)

    for block in ("hold", "not-signed", "revoked", "ownership-no", "quarantined", "use-not-in-scope", "nonsense"):
        assert unchanged(InvalidInput, lambda block=block: ask(block, tomorrow())).code == "not-overridable"  # type: ignore[misc]
    unchanged(InvalidInput, lambda: ask("route-unknown", timezone.now()))
    unchanged(InvalidInput, lambda: ask("route-unknown", timezone.now() + timedelta(days=400)))
    for name in ("alice", "bob", "dora"):
        actor = getattr(agency, name)
        unchanged(
            Forbidden,
            lambda actor=actor: request_override(  # type: ignore[misc]
                actor=actor, clip=clip, block="route-unknown", reason="Because", expires_at=tomorrow()
            ),
        )
