"""The question on a clip's rights page: asked with purpose, time and client; answered with the way on; wider rights asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generations.actions.descent import declare_parent
from generations.models import Clip
from reviews.actions.clear import clearance
from reviews.actions.holds import place_hold
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.models import (
    Delivery,
    ExtensionRequest,
    GoverningSet,
    Incident,
    LicenceRecordVersion,
    Notice,
    SignOff,
)
from reviews.rules.reasons import WORDS
from reviews.rules.turns import TURNS
from reviews.web import mends
from sorahub.ledger.models import Event
from tests.people import PASSWORD, Agency
from tests.people import user as person
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core

ASKED: dict[str, Any] = {"use": "social_media", "territory": "DE", "purpose": "advertising"}
MIDSUMMER = datetime(2027, 6, 21, 12, tzinfo=UTC)


def ask(browser: Client, clip: Clip, **said: str) -> Any:
    return browser.get(reverse("reviews:clip-rights", args=[clip.pk]), {**ASKED, **said})


def codes(answer: Any) -> list[str]:
    return [block.code for block in answer.context["against"]]


def test_a_yes_says_who_signed_what_for_how_long_and_what_to_tell_viewers(agency: Agency, clip: Clip) -> None:
    version = world.ready_to_sign(agency, clip, restrictions="Not beside politics.", disclosure="Made with AI")
    signed = world.sign(agency.lena, version)
    page = ask(logged_in(agency.alice), clip).text
    for words in (
        "Cleared",
        "Social media in Germany for advertising, now, for North",
        "Not beside politics.",
        "Made with AI",
    ):
        assert words in page
    assert reverse("reviews:sign-off", args=[signed.pk]) in page
    assert "2028-01-01 00:00 UTC, not including that moment" in page
    assert (
        f"{reverse('reviews:download', args=[clip.pk])}?use=social_media&amp;territory=DE&amp;purpose=advertising"
        in page
    )


def test_the_page_begins_with_what_the_record_allows(agency: Agency, clip: Clip, signed: SignOff) -> None:
    form = logged_in(agency.alice).get(reverse("reviews:clip-rights", args=[clip.pk])).context["clearance_form"]
    assert (form["use"].value(), form["territory"].value(), form["purpose"].value()) == (
        "own_channels",
        "AT",
        "advertising",
    )
    assert form["client"].value() == agency.north.pk


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"use": "cinema"}, "use-not-in-scope"),
        ({"territory": "FR"}, "territory-not-in-scope"),
        ({"purpose": "editorial"}, "purpose-not-in-scope"),
        ({"purpose": ""}, "purpose-not-in-scope"),
        ({"first_day": "2027-12-30", "last_day": "2028-01-01"}, "ends-too-early"),
        ({"first_day": "2025-12-31"}, "before-start"),
        ({"first_day": "2028-01-01"}, "after-end"),
    ],
)
def test_each_part_of_the_question_counts(
    agency: Agency, clip: Clip, signed: SignOff, said: dict[str, str], code: str
) -> None:
    answer = ask(logged_in(agency.alice), clip, **said)
    assert codes(answer) == [code]
    assert f'data-code="{code}"' in answer.text
    assert "You can do this" in answer.text


def test_another_client_is_another_question(agency: Agency, clip: Clip, signed: SignOff) -> None:
    answer = ask(logged_in(agency.ada), clip, client=str(agency.south.pk))
    assert codes(answer) == ["client-not-in-scope"]


def test_a_client_that_one_may_not_see_cannot_be_named(agency: Agency, clip: Clip, signed: SignOff) -> None:
    answer = ask(logged_in(agency.alice), clip, client=str(agency.south.pk))
    assert answer.context["answer"] is None
    assert "client" in answer.context["clearance_form"].errors
    assert "South<" not in answer.text


def test_days_are_days_of_the_persons_zone(agency: Agency, clip: Clip, signed: SignOff) -> None:
    """The record ends as 2027 does in UTC: in Auckland that is at one in the afternoon of New Year's Day."""
    type(agency.alice).objects.filter(pk=agency.alice.pk).update(time_zone="Pacific/Auckland")
    answer = ask(logged_in(agency.alice), clip, first_day="2027-12-31", last_day="2027-12-31")
    assert answer.context["answer"].granted
    assert reverse("reviews:download", args=[clip.pk]) not in answer.text
    assert codes(ask(logged_in(agency.alice), clip, first_day="2028-01-01")) == ["ends-too-early"]
    type(agency.alice).objects.filter(pk=agency.alice.pk).update(time_zone="America/Los_Angeles")
    assert codes(ask(logged_in(agency.alice), clip, first_day="2027-12-31")) == ["ends-too-early"]


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"last_day": "2020-01-01"}, "last_day", "in the past: say from which day, too"),
        ({"first_day": "2027-02-02", "last_day": "2027-02-01"}, "last_day", "before the first"),
        ({"first_day": "9999-12-31"}, "first_day", "Between the years 1900 and 8999."),
        ({"first_day": "tomorrow"}, "first_day", "Enter a valid date."),
        ({"territory": "Germany"}, "territory", "meant: DE?"),
        ({"purpose": "fun"}, "purpose", "not one of the available choices"),
        ({"use": "posters"}, "use", "not one of the available choices"),
    ],
)
def test_what_is_wrong_with_the_question_stands_beside_its_field(
    agency: Agency, clip: Clip, said: dict[str, str], field: str, words: str
) -> None:
    answer = ask(logged_in(agency.alice), clip, **said)
    assert words in str(answer.context["clearance_form"].errors[field])
    assert answer.context["answer"] is None


def test_reasons_are_grouped_by_whose_turn_it_is(agency: Agency, clip: Clip) -> None:
    version = world.draft(agency.bob, clip, world.governing(agency.lena))
    world.staged(agency)
    place_hold(actor=agency.lena, clip=clip, reason="A complaint")
    Clip.objects.filter(pk=clip.pk).update(withdrawn_at=timezone.now())

    def groups(name: str) -> dict[str, list[str]]:
        found = ask(logged_in(getattr(agency, name)), clip, territory="FR").context["groups"]
        return {who: [block.code for block in blocks] for who, blocks in found}

    assert groups("alice") == {
        "You can do this": ["territory-not-in-scope"],
        "Reviewers and the client decide this": ["stage-not-passed", "stage-not-passed"],
        "A legal approver does this": ["hold", "not-signed"],
        "Nobody can mend this": ["withdrawn"],
    }
    assert groups("lena")["You can do this"] == ["hold", "not-signed", "territory-not-in-scope"]
    page = ask(logged_in(agency.alice), clip).text
    assert reverse("reviews:sign", args=[version.pk]) in page


def test_every_code_has_a_way_or_says_that_nobody_can(clip: Clip) -> None:
    assert set(mends.PLACES) == set(TURNS) == set(WORDS)
    helpless = {code for code in WORDS if mends.way(code, clip) == ("", "")}
    assert {mends.turn(code) for code in helpless} <= {mends.Who.NOBODY, mends.Who.ADMINISTRATOR}
    for code in set(WORDS) - helpless:
        url, label = mends.way(code, clip)
        assert url.startswith("/")
        assert label


def test_an_open_incident_that_stops_is_a_reason_with_a_way(agency: Agency, clip: Clip, signed: SignOff) -> None:
    incident = Incident.objects.create(
        clip=clip, clip_sha256=clip.sha256, kind="claim", words="A photographer complains"
    )
    answer = ask(logged_in(agency.alice), clip)
    assert codes(answer) == ["incident"]
    assert 'id="incidents"' in answer.text
    assert "A photographer complains" in answer.text
    Incident.objects.filter(pk=incident.pk).update(closed_at=timezone.now(), outcome="Settled")
    assert ask(logged_in(agency.alice), clip).context["answer"].granted


# Case 15


def wish(browser: Client, clip: Clip, **said: str) -> Any:
    values = {**ASKED, "territory": "FR", "reason": "The client opens shops in France.", **said}
    return browser.post(
        reverse("reviews:extension-ask", args=[clip.pk]), {f"extension-{name}": words for name, words in values.items()}
    )


def test_case_15_a_use_outside_the_scope_is_denied_and_an_extension_can_be_asked_for(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    alice, lena = logged_in(agency.alice), logged_in(agency.lena)
    refused = alice.get(reverse("reviews:download", args=[clip.pk]), {**ASKED, "territory": "FR"})
    assert refused.status_code == 422
    assert not Delivery.objects.exists()
    denied = ask(alice, clip, territory="FR")
    assert codes(denied) == ["territory-not-in-scope"]
    assert "Ask for an extension" in denied.text
    assert wish(alice, clip).headers["Location"].endswith("#extensions")
    row = ExtensionRequest.objects.get()
    assert (row.territory, row.purpose, row.blocks, row.settled_at) == (
        "FR",
        "advertising",
        ["territory-not-in-scope"],
        None,
    )
    notice = Notice.objects.get(user=agency.lena, kind="extension")
    assert lena.post(reverse("reviews:notice-go", args=[notice.pk])).headers["Location"].endswith("#extensions")
    assert "Social media in France for advertising" in lena.get(reverse("reviews:rights")).text
    assert "Social media in France for advertising" in lena.get(reverse("home")).text
    said = {"settle-granted": "yes", "settle-answer": "Widened to France."}
    settle = reverse("reviews:extension-settle", args=[row.pk])
    too_early = lena.post(settle, said)
    assert too_early.status_code == 422
    assert "The licence record does not cover this territory: FR." in too_early.text
    wider = world.draft(agency.bob, clip, signed.record_version.governing_set, territories=["DE", "AT", "FR"])
    world.sign(agency.lena, wider)
    assert lena.post(settle, said).status_code == 302
    row.refresh_from_db()
    assert (row.granted, row.answer, row.settled_by) == (True, "Widened to France.", agency.lena)
    assert Notice.objects.filter(user=agency.alice, kind="answered").count() == 1
    assert ask(alice, clip, territory="FR").context["answer"].granted
    assert lena.post(settle, said).status_code == 422
    kinds = Event.objects.filter(kind__startswith="extension.").order_by("seq")
    assert [event.kind for event in kinds] == ["extension.asked", "extension.settled"]
    assert not any("France" in event.body for event in kinds)


def test_an_extension_is_asked_for_once_and_only_where_it_helps(agency: Agency, clip: Clip, signed: SignOff) -> None:
    alice = logged_in(agency.alice)
    assert "It is cleared for that already." in wish(alice, clip, territory="DE").text
    assert "Say what it is needed for." in wish(alice, clip, reason=" ").text
    assert not ExtensionRequest.objects.exists()
    assert wish(alice, clip).status_code == 302
    assert "This is asked for already" in wish(alice, clip).text
    place_hold(actor=agency.lena, clip=clip, reason="A complaint")
    assert "a wider scope would not mend it" in wish(alice, clip, territory="DE").text
    assert ExtensionRequest.objects.count() == 1


def test_without_counsel_in_the_project_nobody_could_answer(agency: Agency, clip: Clip, signed: SignOff) -> None:
    agency.aurora.memberships.filter(user=agency.lena).delete()
    assert "No legal approver takes part in this project." in wish(logged_in(agency.alice), clip).text
    assert not ExtensionRequest.objects.exists()


def test_only_counsel_answers_and_only_with_words(agency: Agency, clip: Clip, signed: SignOff) -> None:
    wish(logged_in(agency.alice), clip)
    row = ExtensionRequest.objects.get()
    settle = reverse("reviews:extension-settle", args=[row.pk])
    said = {"settle-granted": "no", "settle-answer": "Not in France."}
    assert logged_in(agency.bob).post(settle, said).status_code == 403
    assert logged_in(agency.carol).post(settle, said).status_code == 404
    assert logged_in(agency.lena).post(settle, {**said, "settle-answer": ""}).status_code == 422
    row.refresh_from_db()
    assert row.settled_at is None
    assert logged_in(agency.lena).post(settle, said).status_code == 302
    assert "Not in France." in ask(logged_in(agency.alice), clip).text


# Case 12


def test_case_12_a_term_that_ends_at_midnight_in_another_zone_ends_at_that_instant(agency: Agency, clip: Clip) -> None:
    """The last day is 30 June in Auckland; a link that was handed out dies with the term."""
    end = datetime(2027, 6, 30, 12, tzinfo=UTC)
    version = world.ready_to_sign(agency, clip, ends_at=end, time_zone="Pacific/Auckland")
    world.sign(agency.lena, version)
    link = f"{reverse('reviews:download', args=[clip.pk])}?use=social_media&territory=DE&purpose=advertising"
    with time_machine.travel(end - timedelta(seconds=1), tick=False):
        browser = logged_in(agency.alice)
        answer = ask(browser, clip)
        assert answer.context["answer"].granted
        assert "2027-07-01 00:00 Pacific/Auckland, not including that moment" in answer.text
        assert link.replace("&", "&amp;") in answer.text
        assert browser.get(link).status_code == 200
    with time_machine.travel(end, tick=False):
        dead = browser.get(link)
        assert dead.status_code == 422
        assert "The licence ended at 2027-07-01 00:00 Pacific/Auckland." in dead.text
        assert codes(ask(browser, clip)) == ["after-end"]
        assert browser.post(f"/api/v1/clips/{clip.pk}/download/", ASKED).status_code == 422
    assert Delivery.objects.count() == 1


def test_what_left_says_for_which_purpose(agency: Agency, clip: Clip, signed: SignOff) -> None:
    browser = logged_in(agency.alice)
    assert browser.get(reverse("reviews:download", args=[clip.pk]), ASKED).status_code == 200
    assert Delivery.objects.get().purpose == "advertising"
    assert "Social media, DE, advertising" in browser.get(reverse("reviews:clip-rights", args=[clip.pk])).text


# Exclusivity


@pytest.fixture
def promised(agency: Agency) -> LicenceRecordVersion:
    """The same bytes in South's project: approved, and promised to South alone, for social media in Germany in 2027."""
    leo = person("leo", agency.lena.kind)  # type: ignore[arg-type]  # a Kind's value
    rita = person("rita", agency.bob.kind)  # type: ignore[arg-type]  # a Kind's value
    for each in (leo, rita):
        agency.borealis.memberships.create(user=each)
    same = world.add_clip(agency.borealis, agency.ada)
    version = world.draft(
        rita, same, GoverningSet.objects.first() or world.governing(agency.lena), exclusive=True, territories=["DE"], uses=["social_media"],
        starts_at=datetime(2027, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    world.sign_unasked(leo, version)
    return version


def test_a_promise_to_another_client_stops_the_same_bytes_where_they_overlap(
    agency: Agency, clip: Clip, signed: SignOff, promised: LicenceRecordVersion
) -> None:
    alice = logged_in(agency.alice)
    assert ask(alice, clip, first_day="2026-12-31", last_day="2026-12-31").context["answer"].granted
    for said in ({"territory": "AT"}, {"use": "own_channels"}):
        assert ask(alice, clip, first_day="2027-06-21", **said).context["answer"].granted
    met = ask(alice, clip, first_day="2027-06-21")
    assert codes(met) == ["exclusivity-conflict"]
    assert "It is promised exclusively to somebody else: another client." in met.text
    assert "South<" not in met.text
    assert "South." not in met.text
    assert "exclusively to somebody else: South." in ask(logged_in(agency.ada), clip, first_day="2027-06-21").text


def test_a_promise_binds_what_was_made_from_it_and_what_it_was_made_from(
    agency: Agency, signed: SignOff, promised: LicenceRecordVersion
) -> None:
    other = promised.record.clip
    agency.borealis.memberships.create(user=agency.alice)
    for grey, swapped in ((201, False), (202, True)):
        kin = world.add_clip(agency.aurora, agency.alice, grey=grey)
        pair = {"clip": other, "parent": kin} if swapped else {"clip": kin, "parent": other}
        declare_parent(actor=agency.alice, operation="Cut", **pair)
        found = clearance(clip=kin, **ASKED, at=MIDSUMMER)
        assert "exclusivity-conflict" in [one.code for one in found.reasons]
        early = clearance(clip=kin, **ASKED, at=datetime(2026, 12, 1, tzinfo=UTC))
        assert "exclusivity-conflict" not in [one.code for one in early.reasons]


def test_a_promise_stands_until_its_approval_ends_whatever_is_drafted_meanwhile(
    agency: Agency, clip: Clip, signed: SignOff, promised: LicenceRecordVersion
) -> None:
    rita, leo = promised.drafted_by, promised.sign_offs.get().signer
    world.draft(rita, promised.record.clip, promised.governing_set, territories=["DE"])
    met = clearance(clip=clip, **ASKED, at=MIDSUMMER)
    assert [one.code for one in met.reasons] == ["exclusivity-conflict"]
    proof = reauthenticate(actor=leo, password=PASSWORD)
    revoke_sign_off(actor=leo, sign_off=promised.sign_offs.get(), reason="South gave it up", reauthentication=proof)
    assert clearance(clip=clip, **ASKED, at=MIDSUMMER).granted


def test_ones_own_promise_is_no_conflict(agency: Agency, clip: Clip) -> None:
    world.sign(agency.lena, world.ready_to_sign(agency, clip, exclusive=True))
    assert clearance(clip=clip, **ASKED).granted
