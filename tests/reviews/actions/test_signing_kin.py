"""Signing asks what clearance asks: the clips it was made from, and promises to other clients; of the whole scope, with every reason."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generations.actions.descent import declare_parent
from generations.models import Clip
from reviews.actions import promises
from reviews.actions.clear import clearance
from reviews.actions.holds import place_hold
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import blocks, revoke_sign_off
from reviews.models import GoverningSet, Incident, LicenceRecordVersion, Reauthentication, SignOff, Use
from reviews.rules import promises as rules
from reviews.rules.clearance import Question
from reviews.rules.clearance_facts import ScopeFacts
from reviews.rules.descent import overlaps
from reviews.web import docket, rights
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import Event
from sorahub.lib.errors import Refused
from tests.people import PASSWORD, Agency, user
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.core]

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def refusal(lawyer: User, version: LicenceRecordVersion) -> list[str]:
    """Try to sign, prove that nothing was signed, and return the codes; the page says the same before one tries."""
    told = blocks(actor=lawyer, record_version=version)
    before = SignOff.objects.count(), Event.objects.count()
    with pytest.raises(Refused) as caught:
        world.sign(lawyer, version)
    assert (SignOff.objects.count(), Event.objects.count()) == before
    assert Reauthentication.objects.filter(user=lawyer).latest("at").used_at is None
    assert caught.value.reasons == [one.as_dict() for one in told]
    assert all(one["mend"] for one in caught.value.reasons)
    return [one["code"] for one in caught.value.reasons]


def derived(agency: Agency, clip: Clip, **scope: Any) -> LicenceRecordVersion:
    """A cut of the clip, approved in its stages, with a record that nobody signed."""
    child = world.add_clip(agency.aurora, agency.alice, grey=100)
    declare_parent(actor=agency.alice, clip=child, parent=clip, operation="Cut")
    stages = {stage.name: stage for stage in child.project.stages.all()}
    world.approve(child, stages["Creative"], agency.bob)
    world.approve(child, stages["Client"], agency.dora)
    return world.draft(agency.bob, child, GoverningSet.objects.get(), **scope)


# What it was made from


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({"uses": ["social_media", "cinema", "television"]}, "not for Cinema, Television and streaming"),
        ({"territories": ["DE", "FR", "JP"]}, "not in France, Japan"),
        ({"territories": ["WORLD"]}, "not worldwide"),
        ({"purposes": ["advertising", "editorial"]}, "not for editorial"),
        ({"starts_at": world.START - timedelta(days=1)}, "not before 2026-01-01 00:00 UTC"),
        ({"ends_at": world.END + timedelta(seconds=1)}, "not from 2028-01-01 00:00 UTC on"),
        ({"ends_at": None}, "not from 2028-01-01 00:00 UTC on"),
        ({"uses": ["cinema"], "ends_at": None}, "not for Cinema; not from 2028-01-01 00:00 UTC on"),
    ],
)
def test_a_record_that_promises_more_than_its_parents_allow_is_not_signed(
    agency: Agency, clip: Clip, signed: SignOff, scope: dict[str, Any], words: str
) -> None:
    wide = derived(agency, clip, **scope)
    assert refusal(agency.lena, wide) == ["parent-not-in-scope"]
    (told,) = blocks(actor=agency.lena, record_version=wide)
    assert (
        told.message
        == f"A clip that this one was made from may not be used so: Aurora: SC010-SH010 · take 1 ({words})."
    )
    world.sign(agency.lena, world.draft(agency.bob, wide.record.clip, wide.governing_set))


@pytest.mark.parametrize("how", ["hold", "incident", "quarantine", "withdrawal", "revocation"])
def test_a_stopped_parent_stops_the_signature(agency: Agency, clip: Clip, signed: SignOff, how: str) -> None:
    version = derived(agency, clip)
    if how == "hold":
        place_hold(actor=agency.lena, clip=clip, reason="A complaint")
    elif how == "incident":
        Incident.objects.create(clip=clip, clip_sha256=clip.sha256, kind="claim", words="A claim")
    elif how == "revocation":
        proof = reauthenticate(actor=agency.lena, password=PASSWORD)
        revoke_sign_off(actor=agency.lena, sign_off=signed, reason="A claim", reauthentication=proof)
    else:
        column = "quarantined_at" if how == "quarantine" else "withdrawn_at"
        Clip.objects.filter(pk=clip.pk).update(**{column: timezone.now()})
    assert refusal(agency.lena, version) == ["parent-stopped"]


def test_a_parent_without_a_record_is_unknown_and_every_parent_is_told(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    version = derived(agency, clip, uses=["cinema"])
    other = world.add_clip(agency.aurora, agency.alice, grey=110)
    declare_parent(actor=agency.alice, clip=version.record.clip, parent=other, operation="Cut")
    assert sorted(refusal(agency.lena, version)) == ["parent-not-in-scope", "parent-without-record"]


def test_a_parent_is_not_named_to_a_lawyer_who_may_not_see_it(agency: Agency, clip: Clip, signed: SignOff) -> None:
    agency.borealis.memberships.create(user=agency.alice)
    version = derived(agency, clip)
    elsewhere = world.add_clip(agency.borealis, agency.ada, grey=120)
    declare_parent(actor=agency.alice, clip=version.record.clip, parent=elsewhere, operation="Cut")
    (told,) = blocks(actor=agency.lena, record_version=version)
    assert "a clip of another project" in told.message
    assert "Borealis" not in told.message


def test_a_rejection_asks_nothing_of_parents(agency: Agency, clip: Clip, signed: SignOff) -> None:
    wide = derived(agency, clip, territories=["WORLD"])
    assert world.sign(agency.lena, wide, "rejected", "Too wide").meaning == "rejected"


def test_the_page_and_the_api_tell_every_reason_before_one_signs(agency: Agency, clip: Clip, signed: SignOff) -> None:
    wide = derived(agency, clip, territories=["WORLD"])
    place_hold(actor=agency.lena, clip=clip, reason="A complaint")
    browser = logged_in(agency.lena)
    page = browser.get(reverse("reviews:sign", args=[wide.pk])).text
    made_from = reverse("reviews:clip-rights", args=[wide.record.clip_id]) + "#made-from"
    for words in (
        "is on hold, withdrawn or damaged: Aurora",
        "may not be used so: Aurora",
        "(not worldwide)",
        made_from,
    ):
        assert words in page
    told = browser.get(f"/api/v1/licence-record-versions/{wide.pk}/to-sign/").json()
    assert [one["code"] for one in told["blocks"]] == ["parent-stopped", "parent-not-in-scope"]
    said = {
        "record_version": str(wide.pk), "meaning": "approved", "password": PASSWORD, "shown_sha256": told["shown_sha256"],
    }  # fmt: skip
    refused = browser.post("/api/v1/sign-offs/", said, content_type="application/json")
    assert refused.status_code == 422
    assert [one["code"] for one in refused.json()["reasons"]] == ["parent-stopped", "parent-not-in-scope"]
    assert not wide.sign_offs.exists()


# Promises to other clients


@pytest.fixture
def leo() -> User:
    """South's lawyer."""
    return user("leo", Kind.LEGAL)


@pytest.fixture
def rita() -> User:
    """South's reviewer."""
    return user("rita", Kind.REVIEWER)


@pytest.fixture
def souths(agency: Agency, leo: User, rita: User) -> Iterator[Clip]:
    """The same bytes in South's project."""
    for each in (leo, rita):
        agency.borealis.memberships.create(user=each)
    yield world.add_clip(agency.borealis, agency.ada)


def south(rita: User, clip: Clip, **scope: Any) -> LicenceRecordVersion:
    governing = GoverningSet.objects.get()
    values = {"territories": ["DE"], "uses": ["social_media"], "starts_at": NEW_YEAR}
    return world.draft(rita, clip, governing, **{**values, **scope})


def test_what_is_promised_to_another_client_is_not_signed_again(
    agency: Agency, version: LicenceRecordVersion, leo: User, rita: User, souths: Clip
) -> None:
    world.sign(leo, south(rita, souths, exclusive=True))
    assert refusal(agency.lena, version) == ["exclusivity-conflict"]
    (told,) = blocks(actor=agency.lena, record_version=version)
    assert told.message == (
        "It is promised exclusively to somebody else: another client (Social media; in Germany; "
        "from 2027-01-01 00:00 UTC up to, but not including, 2028-01-01 00:00 UTC)."
    )
    agency.borealis.memberships.create(user=agency.lena)
    assert "to somebody else: South (Social media;" in blocks(actor=agency.lena, record_version=version)[0].message
    for narrower in ({"uses": ["own_channels"]}, {"territories": ["AT"]}, {"ends_at": NEW_YEAR}):
        newer = world.draft(agency.bob, version.record.clip, version.governing_set, **narrower)
        assert blocks(actor=agency.lena, record_version=newer) == []
    world.sign(agency.lena, newer)


def test_nothing_is_promised_that_another_client_may_use_already(
    agency: Agency, signed: SignOff, leo: User, rita: User, souths: Clip
) -> None:
    promise = south(rita, souths, exclusive=True)
    assert refusal(leo, promise) == ["exclusivity-taken"]
    (told,) = blocks(actor=leo, record_version=promise)
    assert "because it is approved for somebody else: another client (Social media; in Germany;" in told.message
    for open_to_it in (
        {"exclusive": False},
        {"territories": ["FR"]},
        {"uses": ["cinema"]},
        {"starts_at": world.END, "ends_at": None},
    ):
        assert blocks(actor=leo, record_version=south(rita, souths, **{"exclusive": True, **open_to_it})) == []
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=signed, reason="North gave it up", reauthentication=proof)
    world.sign(leo, south(rita, souths, exclusive=True))


def test_a_draft_promises_nothing_and_a_promise_stands_until_its_approval_ends(
    agency: Agency, version: LicenceRecordVersion, leo: User, rita: User, souths: Clip
) -> None:
    promise = south(rita, souths, exclusive=True)
    assert blocks(actor=agency.lena, record_version=version) == []
    approval = world.sign(leo, promise)
    south(rita, souths)
    assert refusal(agency.lena, version) == ["exclusivity-conflict"]
    proof = reauthenticate(actor=leo, password=PASSWORD)
    revoke_sign_off(actor=leo, sign_off=approval, reason="South gave it up", reauthentication=proof)
    world.sign(agency.lena, version)


@pytest.mark.parametrize("upwards", [True, False])
def test_a_promise_binds_kin_at_signing_too(
    agency: Agency, version: LicenceRecordVersion, leo: User, rita: User, souths: Clip, upwards: bool
) -> None:
    agency.borealis.memberships.create(user=agency.alice)
    kin = world.add_clip(agency.borealis, agency.ada, grey=130)
    world.sign(leo, south(rita, kin, exclusive=True, ends_at=None, uses=list(Use.values), territories=["WORLD"]))
    clip = version.record.clip
    pair = (clip, kin) if upwards else (kin, clip)
    declare_parent(actor=agency.alice, clip=pair[0], parent=pair[1], operation="Cut")
    assert "exclusivity-conflict" in refusal(agency.lena, version)


def test_ones_own_promise_is_none_to_oneself(agency: Agency, version: LicenceRecordVersion) -> None:
    clip = version.record.clip
    world.sign(agency.lena, world.draft(agency.bob, clip, version.governing_set, exclusive=True))
    again = world.draft(agency.bob, clip, version.governing_set, exclusive=True, uses=["social_media"])
    assert blocks(actor=agency.lena, record_version=again) == []


def test_two_promises_to_two_clients_are_told_once_as_a_conflict(
    agency: Agency, version: LicenceRecordVersion, leo: User, rita: User, souths: Clip
) -> None:
    world.sign(leo, south(rita, souths, exclusive=True))
    both = world.draft(agency.bob, version.record.clip, version.governing_set, exclusive=True)
    assert refusal(agency.lena, both) == ["exclusivity-conflict"]


# The same answer as clearance, and as the board


def _scope(dice: random.Random) -> ScopeFacts:
    begin = dice.randint(0, 6)
    return ScopeFacts(
        uses=frozenset(dice.sample(Use.values[:3], dice.randint(1, 3))),
        territories=frozenset(
            {"WORLD"} if dice.random() < 0.3 else dice.sample(["DE", "AT", "FR"], dice.randint(1, 3))
        ),
        starts_at=NEW_YEAR + timedelta(days=begin),
        ends_at=NEW_YEAR + timedelta(days=begin + dice.randint(1, 5)) if dice.random() < 0.7 else None,
    )


def _questions(scope: ScopeFacts) -> Iterator[Question]:
    """Everything that can be asked inside the scope, from half a day to half a day, each place by itself and all together."""
    places = {"DE", "AT", "FR", "WORLD"} if "WORLD" in scope.territories else scope.territories
    moments = [NEW_YEAR + timedelta(hours=12 * number) for number in range(40)]
    for at in moments:
        if scope.starts_at <= at and (scope.ends_at is None or at < scope.ends_at):
            yield from (Question(use, place, at) for use in scope.uses for place in places)


def test_signing_refuses_exactly_what_clearance_would_refuse_for_some_question_of_the_scope() -> None:
    dice = random.Random(7)
    met = 0
    for _ in range(600):
        promised, scope = _scope(dice), _scope(dice)
        asked = any(overlaps(promised, question) for question in _questions(scope))
        assert rules.meet(promised, scope) is asked
        met += asked
    assert 100 < met < 500


def test_a_question_of_a_signed_scope_meets_no_parent_and_no_promise(
    agency: Agency, clip: Clip, signed: SignOff, leo: User, rita: User, souths: Clip
) -> None:
    world.sign(leo, south(rita, souths, exclusive=True, territories=["FR"]))
    version = derived(agency, clip)
    world.sign(agency.lena, version)
    assert version.ends_at is not None
    for use in version.uses:
        for territory in version.territories:
            for at in (version.starts_at, NEW_YEAR, version.ends_at - timedelta(microseconds=1)):
                found = clearance(clip=version.record.clip, use=use, territory=territory, purpose="advertising", at=at)
                assert found.granted, found.reasons


def test_the_board_says_what_the_page_to_sign_says(
    agency: Agency, version: LicenceRecordVersion, leo: User, rita: User, souths: Clip
) -> None:
    world.sign(leo, south(rita, souths, exclusive=True))

    def told() -> tuple[dict[Any, list[Any]], int]:
        rows = list(docket.joined(rights.newest(agency.lena)))
        with CaptureQueriesContext(connection) as asked:
            cases = docket.cases(rows, agency.lena, timezone.now())
        return {case.version.pk: case.against for case in cases}, len(asked)

    found, few = told()
    assert found[version.pk] == blocks(actor=agency.lena, record_version=version)
    for grey in range(140, 146):
        other = world.add_clip(agency.aurora, agency.alice, grey=grey)
        world.draft(agency.bob, other, version.governing_set)
    assert told()[1] == few


def test_where_nobody_promises_anything_one_query_says_so(agency: Agency, version: LicenceRecordVersion) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert promises.met_by([version]) == {version.pk: promises.NOTHING}
    assert len(asked) == 1
