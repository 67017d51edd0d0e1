"""Outside counsel signs: by real mail and HTTP, from the link to the receipt, and every way that leads nowhere."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from reviews.actions import counsel_codes
from reviews.actions.counsel import withdraw_counsel
from reviews.actions.counsel_sign import Intended, prepare
from reviews.actions.licensing import write_licensing_note
from reviews.actions.signatures import sound
from reviews.actions.terms import mark_clause
from reviews.models import (
    CounselCode,
    CounselInvitation,
    LicenceRecordVersion,
    Notice,
    Reauthentication,
    SignOff,
    TermsVersion,
)
from reviews.rules.counsel import INTENT, INTENT_SHA256
from reviews.rules.presence import purpose_of
from sorahub.accounts.models import Person, User
from sorahub.accounts.models.token import digest
from sorahub.accounts.roles import Kind
from sorahub.ledger import record
from sorahub.ledger.models import Event
from sorahub.lib.errors import DomainError
from tests.people import Agency, user
from tests.reviews import world
from tests.reviews.web import chambers
from tests.reviews.web.browsing import logged_in
from tests.smtp import Post, html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A mail server."""
    with chambers.mail(settings) as office:
        yield office


def nothing_signed() -> bool:
    """Whether there is neither a signature nor a decided invitation."""
    return not SignOff.objects.exists() and not CounselInvitation.objects.exclude(decided_at=None).exists()


STATEMENT = "I approve the clip for commercial use within this scope only"


def test_from_the_invitation_to_the_receipt(
    agency: Agency, version: LicenceRecordVersion, post: Post, tmp_path: Path
) -> None:
    clip = version.record.clip
    noted(agency, clip)
    invitation = asked_on_the_page(agency, version, post)
    browser, door = chambers.at_the_door(post)
    shown = browser.get(door).text
    told: tuple[str, ...] = (
        "Lena",
        chambers.NAME,
        "Kahn &amp; Partners",
        "North",
        "Aurora",
        "By Friday, please.",
        "r…@kahn.example",
    )
    assert [words for words in told if words not in shown] == []
    assert version.sha256 not in shown
    before = browser.session.session_key
    browser.post(f"{door}code/")
    assert browser.post(f"{door}enter/", {"code": chambers.newest_code(post)}).status_code == 302
    assert browser.session.session_key != before
    room = browser.get(door).text
    told = (
        version.sha256,
        clip.sha256,
        STATEMENT,
        "It is ours.",
        "Vofy: Terms of Service",
        "I intend this as my signature",
    )
    assert [words for words in (*told, "media/guest_proxy") if words not in room] == []
    assert [words for words in ("A secret doubt.", f"/clips/{clip.pk}") if words in room] == []
    text = browser.get(f"{door}terms/{TermsVersion.objects.get().pk}/").text
    assert "As between you and Vofy, you own the output." in text

    assert browser.post(f"{door}sign/", chambers.words(version)).status_code == 302
    assert nothing_signed()
    assert STATEMENT in browser.get(f"{door}confirm/").text
    assert browser.post(f"{door}confirm/", {"code": chambers.newest_code(post)}).status_code == 302
    signed = SignOff.objects.get()
    invitation.refresh_from_db()
    assert (invitation.sign_off, invitation.state) == (signed, "decided")
    assert (signed.meaning, signed.signer.email, signed.signer.kind) == ("approved", chambers.ADDRESS, Kind.GUEST)
    assert sound(signed)
    evidence_is_signed(signed, invitation)

    receipt = browser.get(door).text
    told = (signed.payload_sha256, signed.signature, signed.key_id, version.sha256, "openssl pkeyutl")
    assert [words for words in told if words not in receipt] == []
    assert "It is ours." not in receipt
    again = Client()
    assert again.get(chambers.link(post)).status_code == 302
    assert signed.payload_sha256 in again.get(door).text
    openssl_verifies(browser.get(f"{door}receipt.json").content, tmp_path)
    assert logged_in(agency.alice).get(f"/clips/{clip.pk}/rights/").text.count("Kahn &amp; Partners") == 1
    assert agency_is_cleared(agency, clip)


def noted(agency: Agency, clip: Any) -> None:
    """Write a finding for everybody and a privileged one."""
    world.watchable(clip)
    terms = TermsVersion.objects.get()
    clause = mark_clause(actor=agency.lena, terms_version=terms, quote="you own the output", topic="ownership")
    write_licensing_note(actor=agency.bob, clip=clip, body="It is ours.", clauses=[clause])
    write_licensing_note(actor=agency.lena, clip=clip, body="A secret doubt.", clauses=[clause], privileged=True)


def asked_on_the_page(agency: Agency, version: LicenceRecordVersion, post: Post) -> CounselInvitation:
    """Let lena ask rosa by the page's form, and look at the letter: the link's token is nowhere else."""
    lena, page = logged_in(agency.lena), f"/records/{version.pk}/counsel/"
    assert page in lena.get(f"/records/{version.pk}/sign/").text
    said = {
        "name": chambers.NAME,
        "email": chambers.ADDRESS,
        "firm": chambers.FIRM,
        "message": "By Friday, please.",
        "days": 14,
    }
    assert lena.post(page, said).status_code == 302
    chambers.deliver()
    invitation = CounselInvitation.objects.get()
    [letter] = post.to(chambers.ADDRESS)
    token = chambers.link(post).split("/")[2]
    assert token in html_of(letter)
    assert str(letter["Reply-To"]) == agency.lena.email
    assert (invitation.token_digest, len(token)) == (digest(token), 43)
    return invitation


def evidence_is_signed(signed: SignOff, invitation: CounselInvitation) -> None:
    """What proves that it was rosa stands in the signed text."""
    payload = json.loads(signed.payload)
    proof = payload["authentication"]
    evidence = proof["evidence"]
    assert payload["signer"]["role"] == "Outside counsel, Kahn & Partners"
    assert (proof["method"], proof["purpose"]) == ("email-code", purpose_of(signed.record_sha256, "approved"))
    wanted = {
        "invitation": str(invitation.pk), "typed_name": chambers.NAME, "firm": chambers.FIRM, "email": chambers.ADDRESS,
        "intent": INTENT, "intent_sha256": INTENT_SHA256, "ip": "127.0.0.1", "user_agent": "Rosa's browser",
    }  # fmt: skip
    assert {key: evidence[key] for key in wanted} == wanted
    assert all(evidence[code][at] for code in ("opening_code", "signing_code") for at in ("sent_at", "entered_at"))
    assert evidence["invited_by"]["name"] == "Lena"


def openssl_verifies(receipt: bytes, folder: Path) -> None:
    """Follow the receipt's own words."""
    told = json.loads(receipt)
    (folder / "text").write_text(told["payload"], encoding="utf-8")
    (folder / "sig").write_bytes(bytes.fromhex(told["signature"]))
    (folder / "key.pem").write_text(told["public_key_pem"])
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pem",
        "-rawin",
        "-in",
        "text",
        "-sigfile",
        "sig",
    ]
    assert "Verified" in subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def agency_is_cleared(agency: Agency, clip: Any) -> bool:
    """Whether the clip may be used under counsel's signature."""
    answer = logged_in(agency.alice).get(f"/api/v1/clips/{clip.pk}/clearance/", world.SCOPE)
    granted: bool = answer.json()["granted"]
    return granted


def test_the_ledger_tells_all_of_it_and_names_nobody(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    chambers.sign(browser, door, version, post)
    events = list(Event.objects.filter(kind__startswith="counsel."))
    assert [event.kind for event in events] == ["counsel.invited", "counsel.opened", "counsel.decided"]
    bodies = " ".join(event.body for event in Event.objects.all())
    for name in (chambers.NAME, chambers.ADDRESS, "Kahn", "Rosa's browser"):
        assert name not in bodies
    invited, decided = json.loads(events[0].body), json.loads(events[2].body)
    assert [record.reveal(invited[key]) for key in ("name", "email", "firm")] == [
        chambers.NAME,
        chambers.ADDRESS,
        chambers.FIRM,
    ]
    assert record.reveal(decided["email"]) == chambers.ADDRESS
    told = Notice.objects.filter(user=agency.lena, kind__in=["read", "signed"]).order_by("created_at")
    assert [(one.kind, one.actor.get_full_name() if one.actor else "") for one in told] == [
        ("read", chambers.NAME),
        ("signed", chambers.NAME),
    ]


def test_a_rejection_needs_its_reason(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    refused = browser.post(f"{door}sign/", chambers.words(version, meaning="rejected"))
    assert (refused.status_code, "Say why it is rejected." in refused.text) == (422, True)
    assert chambers.sign(browser, door, version, post, meaning="rejected", reason="No release.").status_code == 302
    signed = SignOff.objects.get()
    assert (signed.meaning, signed.reason) == ("rejected", "No release.")


NOT_SAID: list[tuple[dict[str, Any], str]] = [
    ({"typed_name": "rosa kahn"}, "Type your name exactly"),
    ({"typed_name": "Rosa K."}, "Type your name exactly"),
    ({"typed_name": ""}, "This field is required"),
    ({"intent": None}, "Tick that you intend this"),
    ({"shown_sha256": "0" * 64}, "The record was changed while you read it"),
]


def test_what_is_not_said_exactly_sends_no_code(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    for changes, words in NOT_SAID[:3]:
        answer = browser.post(f"{door}sign/", chambers.words(version, **changes))
        assert (answer.status_code, words in answer.text) == (422, True), changes
    invitation = CounselInvitation.objects.get()
    for changes, words in NOT_SAID[3:]:
        said = {**chambers.words(version, **changes), "intent": "intent" not in changes}
        with pytest.raises(DomainError, match=words):
            prepare(invitation, Intended(**said))
    assert not CounselCode.objects.exclude(bound="").exists()
    assert nothing_signed()


def test_codes_that_are_wrong_old_tried_out_or_used(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.at_the_door(post)
    browser.post(f"{door}code/")
    right = chambers.newest_code(post)
    wrong = f"{(int(right) + 1) % 10**8:08d}"
    stranger, _ = chambers.at_the_door(post)
    assert stranger.post(f"{door}enter/", {"code": right}).status_code == 302  # it asked for none: back at the door
    assert "Send me a code" in stranger.get(door).text
    assert [browser.post(f"{door}enter/", {"code": wrong}).status_code for _ in range(5)] == [422] * 5
    assert browser.post(f"{door}enter/", {"code": right}).status_code == 429
    assert CounselCode.objects.get().tries == 5
    browser.post(f"{door}code/")
    late = chambers.newest_code(post)
    CounselCode.objects.filter(tries=0).update(sent_at=timezone.now() - timedelta(minutes=10))
    assert browser.post(f"{door}enter/", {"code": late}).status_code == 422
    browser.post(f"{door}code/")
    good = chambers.newest_code(post)
    assert browser.post(f"{door}enter/", {"code": f"{good[:4]} {good[4:]}"}).status_code == 302
    assert browser.session["counsel"]["seen_at"]
    assert CounselCode.objects.exclude(entered_at=None).count() == 1


def test_five_tries_are_counted_in_the_database_too(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    invitation = chambers.asked(agency.lena, version)
    code = counsel_codes.ask(invitation)
    right = chambers.newest_code(post)
    tries = [counsel_codes.enter(invitation, code.pk, "x") for _ in range(5)]
    assert (tries, counsel_codes.enter(invitation, code.pk, right)) == ([None] * 5, None)


def test_the_last_code_signs_only_what_it_was_sent_for(
    agency: Agency, version: LicenceRecordVersion, post: Post
) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    browser.post(f"{door}sign/", chambers.words(version))
    first = chambers.newest_code(post)
    browser.post(f"{door}sign/", chambers.words(version, meaning="rejected", reason="Changed my mind"))
    assert browser.post(f"{door}confirm/", {"code": first}).status_code == 422
    second = chambers.newest_code(post)
    CounselCode.objects.exclude(bound="").update(sent_at=timezone.now() - timedelta(minutes=5))
    assert browser.post(f"{door}confirm/", {"code": second}).status_code == 422
    assert nothing_signed()
    assert not Reauthentication.objects.exists()
    assert browser.post(f"{door}again/").status_code == 302
    assert browser.post(f"{door}confirm/", {"code": chambers.newest_code(post)}).status_code == 302
    assert SignOff.objects.get().meaning == "rejected"


def test_a_second_decision_and_a_replay_are_refused(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    other, _ = chambers.inside(post)
    other.post(f"{door}sign/", chambers.words(version, meaning="rejected", reason="No."))
    unused = chambers.newest_code(post)
    assert chambers.sign(browser, door, version, post).status_code == 302
    for late in (browser, other):
        for path, body in (("sign/", chambers.words(version)), ("confirm/", {"code": unused}), ("code/", {})):
            answer = late.post(f"{door}{path}", body)
            assert (answer.status_code, answer.headers["Location"]) == (302, door)
        assert "Receipt of your signature" in late.get(door).text
    assert SignOff.objects.count() == 1


def test_a_link_that_was_withdrawn_ran_out_or_was_overtaken_says_so(
    agency: Agency, version: LicenceRecordVersion, post: Post
) -> None:
    invitation = chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    browser.post(f"{door}sign/", chambers.words(version))
    code = chambers.newest_code(post)

    def refused() -> str:
        answer = browser.post(f"{door}confirm/", {"code": code})
        assert (answer.status_code, answer.headers["Location"]) == (302, door)
        assert nothing_signed()
        assert browser.get(f"{door}terms/{TermsVersion.objects.get().pk}/").status_code == 302
        shown = browser.get(door)
        assert shown.status_code == 410
        assert agency.lena.email in shown.text
        return str(shown.text)

    CounselInvitation.objects.update(expires_at=timezone.now())
    assert "This link has run out" in refused()
    CounselInvitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    world.draft(agency.bob, version.record.clip, version.governing_set, restrictions="No billboards")
    assert "The record was changed" in refused()
    withdraw_counsel(actor=agency.lena, invitation=invitation)
    assert "This request was withdrawn" in refused()


def test_a_record_that_legal_signed_meanwhile(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    leo = user("leo", Kind.LEGAL)
    leo.memberships.create(project=agency.aurora)
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    world.sign(leo, version)
    assert browser.post(f"{door}sign/", chambers.words(version)).status_code == 302
    assert "This version is signed already" in browser.get(door).text
    assert SignOff.objects.get().signer == leo


def test_nobody_signs_their_own_work_by_being_counsel(
    agency: Agency, version: LicenceRecordVersion, post: Post
) -> None:
    for maker in (agency.alice, agency.bob):
        private = User.objects.create_user(
            f"{maker.person.name.lower()}@private.example", None, person=maker.person, kind=Kind.GUEST
        )
        said = {"name": maker.person.name, "email": private.email, "firm": "Own", "days": 14}
        answer = logged_in(agency.lena).post(f"/records/{version.pk}/counsel/", said)
        assert answer.status_code == 422
    assert [event.kind for event in Event.objects.filter(kind="counsel.refused")] == ["counsel.refused"] * 2
    assert not CounselInvitation.objects.exists()
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    rosa = User.objects.get(email=chambers.ADDRESS)
    User.objects.filter(pk=rosa.pk).update(person=agency.bob.person)  # an administrator learns who she is
    Person.objects.filter(pk=agency.bob.person_id).update(name=chambers.NAME)
    answer = browser.post(f"{door}sign/", chambers.words(version))
    assert (answer.status_code, nothing_signed()) == (422, True)
    assert Event.objects.filter(kind="signoff.refused", actor=rosa.pk).exists()


def test_counsel_sees_nothing_else(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    clip = version.record.clip
    other_clip = world.add_clip(agency.aurora, agency.alice, grey=120)
    stages = {stage.name: stage for stage in agency.aurora.stages.all()}
    world.approve(other_clip, stages["Creative"], agency.bob)
    world.approve(other_clip, stages["Client"], agency.dora)
    other_version = world.draft(agency.bob, other_clip, version.governing_set)
    chambers.asked(agency.lena, version)
    other = chambers.asked(agency.lena, other_version, email="max@rath.example", name="Max Rath")
    strange = world.capture(agency.lena, "2026-02-01", text="Other terms")
    browser, door = chambers.inside(post)
    assert browser.get(door).status_code == 200
    rows = (
        f"/clips/{clip.pk}/",
        f"/clips/{clip.pk}/rights/",
        f"/clips/{clip.pk}/original",
        f"/records/{version.pk}/sign/",
    )
    for path in ("/", "/projects/", "/rights/", "/reviews/", *rows):
        answer = browser.get(path)
        assert answer.status_code in {302, 404}, path
        assert answer.status_code == 404 or "/accounts/login/" in answer.headers["Location"]
    assert browser.get(f"/api/v1/clips/{clip.pk}/").status_code == 401
    theirs = f"/c/at/{other.pk}/"
    for path in (theirs, f"{theirs}confirm/", f"{theirs}media/guest_proxy", f"{theirs}receipt.json"):
        assert browser.get(path).status_code == 404, path
    for path in ("code/", "enter/", "sign/", "again/"):
        assert browser.post(f"{theirs}{path}", chambers.words(other_version)).status_code == 404, path
    for path in (f"terms/{strange.pk}/", f"terms/{strange.pk}/raw", "media/proxy", "media/original", "media/sprite"):
        assert browser.get(f"{door}{path}").status_code == 404, path
    assert nothing_signed()


def test_half_an_hour_without_a_move_ends_it(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    browser.post(f"{door}sign/", chambers.words(version))
    session = browser.session
    session["counsel"] = {**session["counsel"], "seen_at": (timezone.now() - timedelta(minutes=31)).isoformat()}
    session.save()
    assert browser.post(f"{door}confirm/", {"code": chambers.newest_code(post)}).status_code == 302
    assert nothing_signed()
    assert "You were away" in browser.get(door).text


def test_who_is_logged_in_is_not_mixed_up_with_counsel(
    agency: Agency, version: LicenceRecordVersion, post: Post
) -> None:
    chambers.asked(agency.lena, version)
    lena = logged_in(agency.lena)
    answer = lena.get(chambers.link(post))
    assert (answer.status_code, "You are logged in as Lena" in answer.text) == (409, True)
    assert "counsel" not in lena.session
    browser, door = chambers.inside(post)
    browser.login(username=agency.lena.email, password="correct horse battery staple")
    assert browser.get(door).status_code in {404, 409}


def test_codes_are_not_mailed_without_end(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.at_the_door(post)
    answers = [browser.post(f"{door}code/").status_code for _ in range(6)]
    assert (answers, CounselCode.objects.count()) == ([302] * 5 + [429], 5)


def test_what_was_written_while_counsel_read_is_shown_before_anything_is_signed(
    agency: Agency, version: LicenceRecordVersion, post: Post
) -> None:
    chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    hidden = re.compile(r'name="shown_sha256" value="([0-9a-f]{64})"')

    def shown(page: str) -> str:
        (found,) = hidden.findall(page)
        return str(found)

    first = shown(browser.get(door).text)
    noted(agency, version.record.clip)
    said = {**chambers.words(version), "shown_sha256": first}
    stale = browser.post(f"{door}sign/", said)
    assert stale.status_code == 422
    assert "was changed while you read it" in stale.text
    assert "It is ours." in stale.text
    assert chambers.NAME in stale.text, "nothing typed is lost"
    assert nothing_signed()
    again = browser.post(f"{door}sign/", {**said, "shown_sha256": shown(stale.text)})
    assert again.status_code == 302
