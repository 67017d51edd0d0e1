"""How a sign-off stands, from the page on which it is signed: who leaves, who may not, what is stale, what is suspended."""

import json
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from generations.actions.descent import declare_parent
from generations.models import Clip, Membership
from reviews.actions.clear import clearance, question
from reviews.actions.holds import lift_hold, place_hold
from reviews.actions.library import ask, nearly
from reviews.actions.licensing import write_licensing_note
from reviews.actions.signatures import sound
from reviews.actions.terms import mark_clause
from reviews.models import LicenceRecordVersion, Look, Reauthentication, SignOff
from reviews.web import awaiting, boards
from sorahub.accounts.models import Person, User
from sorahub.accounts.roles import Kind
from sorahub.ledger import audit
from sorahub.ledger.models import Event
from tests.people import PASSWORD, Agency, project, user
from tests.reviews import world
from tests.reviews.web.browsing import logged_in


@pytest.fixture
def leo(agency: Agency) -> User:
    """A second lawyer."""
    lawyer = user("leo", Kind.LEGAL)
    Membership.objects.create(project=agency.aurora, user=lawyer)
    return lawyer


def page(browser: Client, version: LicenceRecordVersion) -> str:
    """Open the page on which a version is signed."""
    answer = browser.get(reverse("reviews:sign", args=[version.pk]))
    assert answer.status_code == 200
    return str(answer.text)


def carried(text: str) -> str:
    """The hash of what is shown that the page's form carries."""
    found = re.search(r'name="shown_sha256" value="([0-9a-f]{64})"', text)
    assert found is not None, "the page has no form to sign"
    return found[1]


def send(browser: Client, version: LicenceRecordVersion, shown: str, **said: str) -> Any:
    """Send the form of a page on which that was shown."""
    values = {"shown_sha256": shown, "meaning": "approved", "password": PASSWORD, "reason": "", **said}
    return browser.post(reverse("reviews:sign", args=[version.pk]), values)


def read_and_sign(lawyer: User, version: LicenceRecordVersion, **said: str) -> Any:
    browser = logged_in(lawyer)
    return send(browser, version, carried(page(browser, version)), **said)


def suspend(lawyer: User, sign_off: SignOff, reason: str = "A claim came in", password: str = PASSWORD) -> Any:
    said = {"reason": reason, "password": password}
    return logged_in(lawyer).post(reverse("reviews:suspend", args=[sign_off.pk]), said)


def refusals() -> list[tuple[Any, list[str]]]:
    """Who was refused in the ledger, and why, oldest first."""
    events = Event.objects.filter(kind="signoff.refused").order_by("at", "seq")
    return [(event.actor, json.loads(event.body)["codes"]) for event in events]


def granted(clip: Clip) -> bool:
    return clearance(clip=clip, **world.SCOPE).granted


def library(agency: Agency) -> tuple[int, list[tuple[str, int]]]:
    """What the database says of all clips: how many are cleared, and what alone is in the way of how many."""
    asked, clips = question(**world.SCOPE), Clip.objects.visible_to(agency.lena)
    return ask(clips, asked).cleared, list(nearly(clips, asked).groups)


def nothing_signed() -> bool:
    return not SignOff.objects.exists() and not Reauthentication.objects.exclude(used_at=None).exists()


def receipt(reader: User, sign_off: SignOff) -> str:
    return str(logged_in(reader).get(reverse("reviews:sign-off", args=[sign_off.pk])).text)


@pytest.mark.django_db
def test_case_07_an_approver_leaves_what_she_signed_stands_and_what_waits_goes_to_others(
    agency: Agency, leo: User, clip: Clip, signed: SignOff
) -> None:
    governing = signed.record_version.governing_set
    waiting = world.draft(agency.bob, world.add_clip(agency.aurora, agency.alice, grey=130), governing)
    lenas = logged_in(agency.lena)
    shown = carried(page(lenas, waiting))
    Person.objects.filter(pk=agency.lena.person_id).update(name="Lena Married")
    assert logged_in(agency.ada).post(reverse("people:deactivate", args=[agency.lena.pk])).status_code == 302

    answer = send(lenas, waiting, shown, meaning="rejected", reason="No")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("account_login"))
    assert SignOff.objects.count() == 1
    text = receipt(leo, signed)
    assert "Lena <span" in text
    assert "(today Lena Married)" in text
    assert "(the account is closed)" in text
    assert sound(SignOff.objects.get())
    assert granted(clip)
    home = logged_in(leo).get("/").text
    assert reverse("reviews:sign", args=[waiting.pk]) in home
    assert "Nobody here can sign these" not in logged_in(agency.ada).get("/").text

    assert read_and_sign(leo, waiting, meaning="rejected", reason="No").status_code == 302
    assert SignOff.objects.get(record_version=waiting).signer == leo


@pytest.mark.django_db
def test_case_07_when_the_only_approver_leaves_the_administrator_is_told(agency: Agency) -> None:
    waiting = world.draft(
        agency.bob, world.add_clip(agency.aurora, agency.alice, grey=130), world.governing(agency.lena)
    )
    logged_in(agency.ada).post(reverse("people:deactivate", args=[agency.lena.pk]))
    home = logged_in(agency.ada).get("/").text
    assert "Nobody here can sign these" in home
    assert reverse("generations:project-people", args=[waiting.record.clip.project_id]) in home


@pytest.mark.django_db
def test_case_08_a_second_account_does_not_sign_its_persons_own_work(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    bea = world.second_account(agency.bob, "bea", Kind.LEGAL, agency.aurora)
    browser = logged_in(bea)
    text = page(browser, version)
    assert "Another legal approver signs this" in text
    assert "Lena can sign it." in text
    answer = send(browser, version, version.sha256)
    assert answer.status_code == 422
    assert "You drafted this licence record" in answer.text
    assert nothing_signed()
    assert refusals() == [(bea.pk, ["drafter-of-record"])]


@pytest.mark.django_db
def test_case_08_a_kind_that_changes_mid_flow_is_asked_when_it_is_signed(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    browser = logged_in(agency.lena)
    shown = carried(page(browser, version))
    User.objects.filter(pk=agency.lena.pk).update(kind=Kind.REVIEWER)
    assert send(browser, version, shown).status_code == 422
    User.objects.filter(pk=agency.bob.pk).update(kind=Kind.LEGAL)
    assert send(logged_in(agency.bob), version, version.sha256).status_code == 422
    assert nothing_signed()
    assert refusals() == [(agency.lena.pk, ["may-not-sign"]), (agency.bob.pk, ["drafter-of-record"])]
    assert list(audit.verify()) == []


@pytest.mark.django_db
def test_case_08_who_was_taken_out_of_the_project_mid_flow_signs_nothing_and_the_attempt_is_ledgered(
    agency: Agency, leo: User, version: LicenceRecordVersion
) -> None:
    browser, stranger = logged_in(leo), user("sam", Kind.LEGAL)
    shown = carried(page(browser, version))
    member = leo.memberships.get()
    assert logged_in(agency.ada).delete(f"/api/v1/members/{member.pk}/").status_code == 204
    assert send(browser, version, shown).status_code == 404
    assert send(logged_in(stranger), version, version.sha256).status_code == 404
    assert nothing_signed()
    assert refusals() == [(leo.pk, ["out-of-sight"])]


@pytest.mark.django_db
def test_case_08_nobody_signs_as_somebody_else(agency: Agency, leo: User, version: LicenceRecordVersion) -> None:
    leo.set_password("another password altogether")
    leo.save()
    browser = logged_in(leo)
    answer = send(browser, version, carried(page(browser, version)))  # with lena's password
    assert answer.status_code == 422
    assert "This is not your password." in answer.text
    adas = logged_in(agency.ada)
    assert "A legal approver signs" in page(adas, version)
    assert send(adas, version, version.sha256).status_code == 422
    assert nothing_signed()
    assert Event.objects.get(kind="reauthentication.failed").actor == leo.pk
    assert refusals() == [(agency.ada.pk, ["may-not-sign"])]


@pytest.mark.django_db
def test_case_10_a_page_on_which_anything_signed_has_changed_signs_nothing_and_says_what(
    agency: Agency, clip: Clip
) -> None:
    release = world.consent(agency.bob, agency.aurora)
    version = world.ready_to_sign(agency, clip, **world.shows(release))
    browser = logged_in(agency.lena)
    shown = carried(page(browser, version))
    terms = version.governing_set.members.get().terms_version
    clause = mark_clause(actor=agency.lena, terms_version=terms, quote=terms.text[:20], topic="ownership")
    write_licensing_note(actor=agency.bob, clip=clip, body="Read clause two first", clauses=[clause])

    answer = send(browser, version, shown, reason="As agreed with the client")
    assert answer.status_code == 422
    assert "The record was changed while you read it" in answer.text
    assert "Bob wrote a licensing note: Read clause two first" in answer.text
    assert "As agreed with the client" in answer.text
    assert nothing_signed()

    assert carried(answer.text) != shown
    assert logged_in(agency.lena).post(f"/api/v1/releases/{release.pk}/withdraw/").status_code == 200
    again = send(browser, version, carried(answer.text), meaning="rejected", reason="No longer")
    assert again.status_code == 422
    assert escape(f"A release was withdrawn: {release}.") in again.text
    assert nothing_signed()
    assert send(browser, version, carried(again.text), meaning="rejected", reason="No longer").status_code == 302


@pytest.mark.django_db
def test_case_10_a_record_drafted_anew_while_it_was_read_says_in_what_it_differs(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    browser = logged_in(agency.lena)
    shown = carried(page(browser, version))
    newer = world.draft(agency.bob, version.record.clip, version.governing_set, uses=["cinema"], territories=["FR"])
    answer = send(browser, version, shown, reason="Fits the brief")
    assert answer.status_code == 422
    assert "This record has a newer version: sign that one." in answer.text
    assert "Fits the brief" in answer.text
    assert nothing_signed()
    text = page(browser, newer)
    assert "Changed while" not in text
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        text = page(logged_in(agency.lena), newer)
    assert "Nothing changed." in text


@pytest.mark.django_db
def test_what_changed_since_a_signer_last_looked_is_told_on_the_page_and_at_home(
    agency: Agency, clip: Clip, version: LicenceRecordVersion
) -> None:
    browser = logged_in(agency.lena)
    assert "Since you last looked" not in page(browser, version)
    assert "Nothing changed since you looked" in browser.get("/").text
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        newer = world.draft(agency.bob, clip, version.governing_set, uses=["cinema"])
        place_hold(actor=agency.lena, clip=clip, reason="Wait for the client")
        browser = logged_in(agency.lena)
        home = browser.get("/").text
        assert "Bob drafted version 2." in home
        first, second = page(browser, newer), page(browser, newer)
    for text in (first, second):  # who comes back within half an hour is told the same
        assert "Since you last looked" in text
        assert "Bob drafted version 2." in text
        assert "Lena put the clip on hold: Wait for the client" in text
        assert "The record says something else of: uses." in text
    assert Look.objects.filter(user=agency.lena).count() == 2


@pytest.mark.django_db
def test_a_suspended_approval_stops_at_once_until_it_is_signed_again(
    agency: Agency, leo: User, clip: Clip, signed: SignOff
) -> None:
    assert library(agency) == (1, [])
    assert suspend(leo, signed).status_code == 302
    answer = clearance(clip=clip, **world.SCOPE)
    assert [one.code for one in answer.reasons] == ["sign-off-suspended"]
    assert "A claim came in" in answer.reasons[0].message
    assert library(agency) == (0, [("sign-off-suspended", 1)])
    text = receipt(agency.lena, signed)
    assert "Suspended" in text
    assert "Read it and sign again" in text
    assert suspend(leo, signed).status_code == 422
    assert SignOff.objects.filter(meaning="suspended").count() == 1

    bobs = page(logged_in(agency.bob), signed.record_version)
    assert "A legal approver signs" in bobs
    again = read_and_sign(agency.lena, signed.record_version, meaning="reinstated")
    assert again.status_code == 302
    assert granted(clip)
    made = SignOff.objects.get(meaning="reinstated")
    payload = json.loads(made.payload)
    assert (payload["reinstates"], payload["statement_version"]) == (str(made.reinstates_id), "reinstated/1")
    assert sound(made)
    assert world.kinds_of_events()[-2:] == ["signoff.suspended", "signoff.reinstated"]
    assert list(audit.verify()) == []


@pytest.mark.django_db
def test_a_suspended_parent_stops_what_was_made_from_it(agency: Agency, clip: Clip, signed: SignOff) -> None:
    child = world.add_clip(agency.aurora, agency.alice, grey=70)
    declare_parent(actor=agency.alice, clip=child, parent=clip, operation="Cut")
    stages = {stage.name: stage for stage in agency.aurora.stages.all()}
    world.approve(child, stages["Creative"], agency.bob)
    world.approve(child, stages["Client"], agency.dora)
    world.sign(agency.lena, world.draft(agency.bob, child, signed.record_version.governing_set))
    assert library(agency) == (2, [])
    suspend(agency.lena, signed)
    assert [one.code for one in clearance(clip=child, **world.SCOPE).reasons] == ["parent-stopped"]
    assert library(agency) == (0, [("parent-stopped", 1), ("sign-off-suspended", 1)])


@pytest.mark.django_db
def test_a_suspension_needs_a_reason_and_the_password_and_a_legal_approver(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    assert suspend(agency.lena, signed, reason=" ").status_code == 422
    assert suspend(agency.lena, signed, password="guess").status_code == 422
    assert suspend(agency.bob, signed).status_code == 403
    assert granted(clip)
    assert SignOff.objects.count() == 1
    assert refusals() == []


@pytest.mark.django_db
def test_what_is_suspended_is_not_signed_again_while_something_is_in_the_way_or_by_who_made_it(
    agency: Agency, leo: User, clip: Clip, signed: SignOff
) -> None:
    suspend(leo, signed)
    hold = place_hold(actor=leo, clip=clip, reason="Wait")
    answer = read_and_sign(agency.lena, signed.record_version, meaning="reinstated")
    assert answer.status_code == 422
    assert "The clip is on hold: Wait" in answer.text
    lift_hold(actor=leo, hold=hold, reason="Settled")
    bea = world.second_account(agency.bob, "bea", Kind.LEGAL, agency.aurora)
    assert send(logged_in(bea), signed.record_version, signed.record_sha256, meaning="reinstated").status_code == 422
    assert not granted(clip)
    assert refusals() == [(bea.pk, ["drafter-of-record"])]
    assert not SignOff.objects.filter(meaning="reinstated").exists()


@pytest.mark.django_db
def test_a_suspension_can_end_in_a_revocation(agency: Agency, leo: User, clip: Clip, signed: SignOff) -> None:
    suspend(leo, signed)
    said = {"reason": "It is theirs", "password": PASSWORD}
    address = reverse("reviews:sign-off", args=[signed.pk])
    assert logged_in(agency.lena).post(address, said).status_code == 302
    assert [one.code for one in clearance(clip=clip, **world.SCOPE).reasons] == ["revoked"]
    assert read_and_refuse(leo, signed.record_version) == 422
    standing = logged_in(leo).get(f"/api/v1/sign-offs/{signed.pk}/standing/").json()
    assert (standing["state"], standing["why"], standing["by"], standing["also"]) == (
        "revoked", "It is theirs", "Lena", ["suspended"],
    )  # fmt: skip


def read_and_refuse(lawyer: User, version: LicenceRecordVersion) -> int:
    """Try to sign again what no page offers to sign."""
    return int(send(logged_in(lawyer), version, version.sha256, meaning="reinstated").status_code)


@pytest.mark.django_db
def test_reviewed_for_rights_is_signed_and_approves_nothing(
    agency: Agency, leo: User, version: LicenceRecordVersion
) -> None:
    assert read_and_sign(leo, version, meaning="reviewed").status_code == 302
    assert not granted(version.record.clip)
    assert read_and_sign(leo, version, meaning="reviewed").status_code == 422
    text = page(logged_in(agency.lena), version)
    assert "Reviewed for rights by Leo" in text
    assert "This is no approval" in text
    assert read_and_sign(agency.lena, version).status_code == 302
    assert granted(version.record.clip)


@pytest.mark.django_db
def test_what_is_signed_says_everything_that_it_rests_on(agency: Agency, clip: Clip) -> None:
    release = world.consent(agency.bob, agency.aurora)
    version = world.ready_to_sign(agency, clip, **world.shows(release), disclosure="A label at the start")
    assert read_and_sign(agency.lena, version).status_code == 302
    signed = SignOff.objects.get()
    said = json.loads(signed.payload)
    assert (said["schema"], said["clip_sha256"], said["clip_size"]) == ("sorahub/sign-off/2", clip.sha256, clip.size)
    assert (said["record_id"], said["record_version"], said["record_sha256"]) == (
        str(version.record_id),
        1,
        version.sha256,
    )
    assert said["governing_sha256"] == version.governing_set.sha256
    assert [each["id"] for each in said["releases"]] == [str(release.pk)]
    assert (said["scope"]["uses"], said["scope"]["territories"]) == (version.uses, version.territories)
    assert said["disclosure"]["plan"] == "A label at the start"
    assert (said["meaning_words"], said["statement_version"]) == (
        "Approved for commercial use within scope",
        "approved/1",
    )
    assert said["statement_sha256"] == sha256(signed.statement.encode()).hexdigest()
    assert (said["signer"]["name"], said["signer"]["email"], said["signer"]["role"]) == (
        "Lena", "lena@example.com", "Legal approver",
    )  # fmt: skip
    assert said["authentication"]["evidence"] == signed.reauthentication.evidence
    assert said["ledger"]["size"] == Event.objects.get(kind="signoff.signed").seq
    assert sound(signed)
    signed.suspends_id = signed.pk
    assert not sound(signed)


@pytest.mark.django_db
def test_home_says_who_may_draft_and_who_can_sign_instead(agency: Agency, version: LicenceRecordVersion) -> None:
    lenas = logged_in(agency.lena)
    project(agency.north, "CIRRUS", agency.alice, agency.alice, agency.bob, agency.lena)
    home = lenas.get("/").text
    assert "Cirrus, Aurora" in home
    assert home.count("You are the only legal approver here.") == 1
    assert "Alice or Bob can do it." in home
    draft = lenas.get(reverse("reviews:licence-draft", args=[version.record.clip_id])).text
    assert "If you draft it, you cannot sign it" in draft
    world.draft(agency.lena, version.record.clip, version.governing_set)
    home = lenas.get("/").text
    assert "Nobody else takes part in this project who can sign it." in home
    assert "Next time let Alice or Bob draft the record" in home
    leo = user("leo", Kind.LEGAL)
    Membership.objects.create(project=agency.aurora, user=leo)
    home = lenas.get("/").text
    assert "Leo can sign it." in home
    assert "Cirrus, Aurora" not in home


@pytest.mark.django_db
def test_home_pages_through_what_awaits_a_signature(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaiting, "PAGE", 2)
    governing = world.governing(agency.lena)
    for grey in (120, 130, 140):
        world.draft(agency.bob, world.add_clip(agency.aurora, agency.alice, grey=grey), governing)
    first = boards.legal(agency.lena)
    second = boards.legal(agency.lena, first["next_cursor"])
    ids = [case.version.pk for board in (first, second) for case in board["cases"]]
    assert ids == list(LicenceRecordVersion.objects.order_by("pk").values_list("pk", flat=True))
    assert f"?after={first['next_cursor']}" in logged_in(agency.lena).get("/").text
    end = logged_in(agency.lena).get("/", {"after": str(ids[-1])}).text
    assert "Nothing further awaits your signature" in end
