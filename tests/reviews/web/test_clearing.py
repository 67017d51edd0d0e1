"""Draft, sign, ask, download and revoke on pages; and the board says the same as the rules."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from generations.models import Clip
from reviews.actions import facts, facts_of_many
from reviews.actions.holds import place_hold
from reviews.actions.incidents import report_incident
from reviews.actions.licensing import write_licensing_note
from reviews.actions.looking import shown_hash
from reviews.actions.overrides import approve_override, request_override
from reviews.actions.terms import mark_clause
from reviews.models import Delivery, GoverningSet, LicenceRecordVersion, SignOff
from reviews.web import docket, rights
from sorahub.accounts.models import User
from sorahub.ledger.models import Event
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core

SCOPE = world.SCOPE
ROWS = {"depictions-TOTAL_FORMS": "0", "depictions-INITIAL_FORMS": "0"}


def sign(user: User, version: LicenceRecordVersion, **said: str) -> Any:
    values = {"shown_sha256": version.sha256, "meaning": "approved", "password": PASSWORD, "reason": "", **said}
    return logged_in(user).post(reverse("reviews:sign", args=[version.pk]), values)


def test_a_record_is_drafted_from_days_of_its_own_zone(agency: Agency, clip: Clip) -> None:
    governing = world.governing(agency.lena)
    answer = logged_in(agency.bob).post(
        reverse("reviews:licence-draft", args=[clip.pk]),
        {
            "governing_set": str(governing.pk), "uses": ["social_media"], "purposes": ["advertising"], "territories": "de, at",
            "first_day": "2026-06-01", "last_day": "2026-06-30", "time_zone": "Europe/Berlin", "ownership": "yes",
            "commercial_use": "yes", "indemnity": "unknown", "none_depicted": "on",
            "alterations": "format", **ROWS,
        },
    )  # fmt: skip
    assert answer.headers["Location"] == reverse("reviews:licence-draft", args=[clip.pk])
    made = LicenceRecordVersion.objects.get()
    assert made.territories == ["AT", "DE"]
    assert made.starts_at.isoformat() == "2026-05-31T22:00:00+00:00"
    assert made.ends_at is not None
    assert made.ends_at.isoformat() == "2026-06-30T22:00:00+00:00"


def test_a_draft_that_names_no_country_is_shown_again_with_the_reason(agency: Agency, clip: Clip) -> None:
    governing = world.governing(agency.lena)
    answer = logged_in(agency.bob).post(
        reverse("reviews:licence-draft", args=[clip.pk]),
        {
            "governing_set": str(governing.pk), "uses": ["cinema"], "purposes": ["pitch"], "territories": "UK", "first_day": "2026-06-01",
            "time_zone": "UTC", "ownership": "yes", "commercial_use": "yes", "indemnity": "no",
            "alterations": "format", **ROWS,
        },
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Not a two-letter country code: UK (meant: GB (United Kingdom)?)." in answer.text
    assert not LicenceRecordVersion.objects.exists()


def test_the_sign_page_shows_exactly_what_is_signed(agency: Agency, version: LicenceRecordVersion) -> None:
    page = logged_in(agency.lena).get(reverse("reviews:sign", args=[version.pk])).text
    for words in (version.clip_sha256, version.sha256, version.governing_set.sha256, "Social media", "Vofy"):
        assert words in page
    assert f'name="shown_sha256" value="{shown_hash(version, agency.lena)}"' in page
    assert 'type="password"' in page


def test_the_sign_page_shows_the_findings_and_the_passages_they_rest_on(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    governing = version.governing_set.members.get().terms_version
    clause = mark_clause(actor=agency.lena, terms_version=governing, quote=governing.text[:20], topic="ownership")
    words = "The output is ours to use."
    write_licensing_note(actor=agency.bob, clip=version.record.clip, body=words, clauses=[clause])
    shown = logged_in(agency.lena).get(reverse("reviews:sign", args=[version.pk])).text
    assert words in shown
    assert escape(clause.quote) in shown


def test_lena_signs_with_her_password_and_gets_a_receipt(agency: Agency, version: LicenceRecordVersion) -> None:
    answer = sign(agency.lena, version)
    signed = SignOff.objects.get()
    assert answer.headers["Location"] == reverse("reviews:sign-off", args=[signed.pk])
    assert (signed.meaning, signed.signer) == ("approved", agency.lena)
    assert signed.signature in logged_in(agency.lena).get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"password": "guess"}, "This is not your password."),
        ({"shown_sha256": "0" * 64}, "The record was changed while you read it"),
        ({"meaning": "rejected"}, "Say why."),
    ],
)
def test_a_signature_that_cannot_stand_is_refused(
    agency: Agency, version: LicenceRecordVersion, said: dict[str, str], words: str
) -> None:
    answer = sign(agency.lena, version, **said)
    assert answer.status_code == 422
    assert words in answer.text
    assert not SignOff.objects.exists()


def test_a_stale_page_signs_nothing(agency: Agency, version: LicenceRecordVersion) -> None:
    world.draft(agency.bob, version.record.clip, version.governing_set, uses=["cinema"])
    answer = sign(agency.lena, version)
    assert answer.status_code == 422
    assert "This record has a newer version: sign that one." in answer.text
    assert not SignOff.objects.exists()


@pytest.mark.parametrize("name", ["alice", "bob", "ada"])
def test_nobody_but_legal_signs(agency: Agency, version: LicenceRecordVersion, name: str) -> None:
    user = getattr(agency, name)
    page = logged_in(user).get(reverse("reviews:sign", args=[version.pk])).text
    assert 'type="password"' not in page
    assert "You brought this clip" not in page
    assert "You drafted this licence record" not in page
    assert sign(user, version).status_code == 422
    assert not SignOff.objects.exists()


def test_what_stands_in_the_way_leads_to_where_it_is_mended(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    version = world.draft(agency.bob, clip, world.governing(agency.lena), ownership="unknown")
    page = logged_in(agency.lena).get(reverse("reviews:sign", args=[version.pk])).text
    assert 'data-code="stage-not-passed"' in page
    assert 'data-code="ownership-unknown"' in page
    assert reverse("reviews:licence-draft", args=[clip.pk]) in page


def test_clearance_is_answered_with_every_reason(agency: Agency, clip: Clip) -> None:
    address = reverse("reviews:clip-rights", args=[clip.pk])
    refused = logged_in(agency.alice).get(address, SCOPE)
    assert "Not cleared" in refused.text
    assert 'data-code="no-record"' in refused.text


def test_a_cleared_clip_is_downloaded_once_per_grant(agency: Agency, signed: SignOff) -> None:
    address = reverse("reviews:clip-rights", args=[signed.clip_id])
    assert "Cleared" in logged_in(agency.alice).get(address, SCOPE).text
    answer: Any = logged_in(agency.alice).get(
        reverse("reviews:download", args=[signed.clip_id]), SCOPE, headers={"Range": "bytes=0-9"}
    )
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == world.video_bytes()
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert Delivery.objects.get().delivered_to == agency.alice
    assert Event.objects.filter(kind="clip.downloaded").count() == 1


@pytest.mark.parametrize(
    "asked",
    [
        {**SCOPE, "use": "cinema"},
        {**SCOPE, "territory": "US"},
        {**SCOPE, "purpose": "pitch"},
        {**SCOPE, "purpose": ""},
        {},
    ],
)
def test_nothing_leaves_outside_the_scope(agency: Agency, signed: SignOff, asked: dict[str, str]) -> None:
    answer = logged_in(agency.alice).get(reverse("reviews:download", args=[signed.clip_id]), asked)
    assert answer.status_code == 422
    assert not Delivery.objects.exists()


def test_a_hold_stops_the_download_and_lifting_it_lets_it_go(agency: Agency, signed: SignOff) -> None:
    browser = logged_in(agency.lena)
    browser.post(reverse("reviews:hold-place", args=[signed.clip_id]), {"hold-reason": "A claim came in"})
    download = reverse("reviews:download", args=[signed.clip_id])
    assert logged_in(agency.alice).get(download, SCOPE).status_code == 422
    hold = signed.clip.holds.get()
    browser.post(reverse("reviews:hold-lift", args=[hold.pk]), {"lift-reason": "Settled"})
    assert logged_in(agency.alice).get(download, SCOPE).status_code == 200


def test_a_guest_downloads_what_is_cleared_and_learns_no_reason_why_not(agency: Agency, signed: SignOff) -> None:
    browser = logged_in(agency.dora)
    download = reverse("reviews:download", args=[signed.clip_id])
    assert browser.get(download, SCOPE).status_code == 200
    place_hold(actor=agency.lena, clip=signed.clip, reason="The actress has sued")
    for address in (download, reverse("reviews:clip-rights", args=[signed.clip_id])):
        page = browser.get(address, SCOPE).text
        assert "Ask the agency" in page
        assert [words for words in ("sued", "hold", "Vofy", "licence record") if re.search(rf"\b{words}", page)] == []


def test_revoking_wants_a_reason_and_the_password(agency: Agency, signed: SignOff) -> None:
    address = reverse("reviews:sign-off", args=[signed.pk])
    browser = logged_in(agency.lena)
    assert browser.post(address, {"reason": "", "password": PASSWORD}).status_code == 422
    assert browser.post(address, {"reason": "The terms changed", "password": "guess"}).status_code == 422
    assert not SignOff.objects.filter(revokes=signed).exists()
    assert browser.post(address, {"reason": "The terms changed", "password": PASSWORD}).status_code == 302
    assert SignOff.objects.get(revokes=signed).reason == "The terms changed"


def test_the_board_judges_as_the_rules_do(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    generated = world.add_clip(agency.aurora, agency.alice, grey=120, route="")
    world.add_generation(generated, agency, launcher=agency.alice)
    world.capture(agency.lena, label="2026-08-01", text=world.TERMS + "First.\n", effective_from=date(2026, 8, 1))
    world.capture(agency.lena, effective_from=date(2026, 1, 1))
    governing = world.governing(agency.lena)
    world.draft(agency.bob, clip, governing, ownership="no")
    world.draft(agency.bob, generated, _continuous(agency), **world.shows(world.consent(agency.bob, agency.aurora)))
    world.capture(agency.lena, label="2026-09-01", text=world.TERMS + "New.\n")
    for words in ("A claim", "Another claim"):
        place_hold(actor=agency.lena, clip=generated, reason=words)
        report_incident(actor=agency.lena, clip=generated, kind="claim", words=words, stops=True)
    until = timezone.now() + timedelta(days=9)
    asked = request_override(
        actor=agency.ada, clip=generated, block="route-unknown", reason="It is lost", expires_at=until
    )
    approve_override(actor=agency.lena, override=asked)
    request_override(actor=agency.ada, clip=generated, block="terms-changed", reason="Not yet", expires_at=until)
    now = timezone.now()
    rows = list(docket.joined(rights.listed(agency.lena, "unsigned")))
    found = facts_of_many.gather(rows, now)
    followed = [each.record.changed_terms for each in found.values() if each.record and each.record.changed_terms]
    assert sorted(sorted(name.rsplit(" ", 1)[1] for name in names) for names in followed) == [
        ["2026-08-01"], ["2026-08-01", "2026-09-01"]
    ]  # fmt: skip
    stopped = next(found[row.pk] for row in rows if row.record.clip_id == generated.pk)
    assert (len(stopped.holds), len(stopped.incidents), stopped.overridden) == (2, 2, frozenset({"route-unknown"}))
    assert {row.record.clip_id: found[row.pk] for row in rows} == {
        each.pk: facts.gather(each, now)[0] for each in (clip, generated)
    }


def _continuous(agency: Agency) -> GoverningSet:
    return world.governing(agency.lena, rule="continuous", route="sandbox")


def test_the_board_knows_whose_own_work_it_is(agency: Agency, version: LicenceRecordVersion) -> None:
    rows = list(docket.joined(rights.listed(agency.lena, "unsigned")))
    codes = {
        user.email: [one.code for one in docket.cases(rows, user, timezone.now())[0].against]
        for user in (agency.alice, agency.bob, agency.lena)
    }
    assert codes == {
        "alice@example.com": ["maker-brought-clip"],
        "bob@example.com": ["drafter-of-record"],
        "lena@example.com": [],
    }


def test_every_mistake_in_a_draft_is_told_at_its_field_at_once(agency: Agency, clip: Clip) -> None:
    governing = world.governing(agency.lena)
    answer = logged_in(agency.bob).post(
        reverse("reviews:licence-draft", args=[clip.pk]),
        {
            "governing_set": str(governing.pk), "territories": "Atlantis", "first_day": "2027-01-01",
            "last_day": "2026-01-01", "time_zone": "Berlin", "ownership": "yes", "commercial_use": "yes", "indemnity": "no",
            "alterations": "format", **ROWS,
        },
    )  # fmt: skip
    assert answer.context["form"].errors == {
        "uses": ["Tick at least one use."],
        "purposes": ["Tick at least one purpose."],
        "territories": ["Not a two-letter country code: ATLANTIS."],
        "last_day": ["The last day comes before the first."],
        "time_zone": ["Use a name such as Europe/Berlin."],
    }
    assert not LicenceRecordVersion.objects.exists()


def test_a_country_by_its_name_is_answered_with_its_code(agency: Agency, clip: Clip) -> None:
    page = reverse("reviews:clip-rights", args=[clip.pk])
    answer = logged_in(agency.bob).get(page, {"use": "cinema", "territory": "Germany"})
    assert "Not a two-letter country code: GERMANY (meant: DE?)." in answer.text
