"""The public page, as a stranger asks it: without a log-in, by hash or number, with and without script."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from generations.models import Clip
from reviews.actions.certified import standing
from reviews.actions.holds import place_hold
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import reinstate_sign_off, revoke_sign_off, sign_record, suspend_sign_off
from reviews.models import Certificate, LicenceRecordVersion, SignOff
from reviews.rules.certified import State
from sorahub.jobs import runner
from sorahub.ledger.models import Event, TimeStamp
from sorahub.lib.numbering import number_of
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import folder, made
from tests.reviews.evidence.test_sealing import own

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
SECRETS = ("North", "Aurora", "Lena", "lena@", "lighthouse", "Social media", "harbour.mp4", "Vofy")


@pytest.fixture(autouse=True)
def nobody_asked_before() -> None:
    cache.clear()


def ask(client: Client, asked: str) -> dict[str, Any]:
    answer = client.get(f"/verify/{asked}", headers=JSON)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def revoke(agency: Agency, sign_off: SignOff) -> SignOff:
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    return revoke_sign_off(
        actor=agency.lena, sign_off=sign_off, reason="The terms were misread", reauthentication=proof
    )


def test_the_clip_its_certificate_and_its_number_are_answered(agency: Agency, signed: SignOff, client: Client) -> None:
    number, pdf = number_of(signed.payload_sha256), certificate_of(agency, signed)
    for asked, by in (
        (signed.clip_sha256, "clip"),
        (pdf.sha256, "certificate"),
        (number, "number"),
        (number.lower(), "number"),
    ):
        (told,) = ask(client, asked)["certificates"]
        assert (told["number"], told["state"], told["found_by"]) == (number, "valid", by)
        assert (told["valid_from"], told["valid_until"]) == ("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z")
        assert told["key_id"] == signed.key_id
        assert (told["issued_at"] is not None) == (by == "certificate")
        page = client.get(f"/verify/{asked}").content.decode()
        assert "Valid" in page and number in page


def certificate_of(agency: Agency, sign_off: SignOff) -> Certificate:
    """Ask for the certificate through its page, and let the job run."""
    client = Client()
    client.force_login(agency.lena)
    assert client.post(f"/sign-offs/{sign_off.pk}/certificates/").status_code == 302
    runner.drain()
    return Certificate.objects.filter(sign_off=sign_off).latest("issued_at")


def test_nothing_secret_is_told_unless_the_agency_says_so(signed: SignOff, client: Client, settings: Any) -> None:
    for asked in (signed.clip_sha256, number_of(signed.payload_sha256)):
        for headers in ({}, JSON):
            said = client.get(f"/verify/{asked}", headers=headers).content.decode()
            assert [word for word in SECRETS if word in said] == []
    settings.VERIFY_SHOWS = ("client", "signer")
    (told,) = ask(client, signed.clip_sha256)["certificates"]
    assert (told["client"], told["signer"]) == ("North", "Lena")


def test_case_13_the_public_page_says_revoked_since(agency: Agency, signed: SignOff, client: Client) -> None:
    """Before: valid. After: revoked since that second, for the clip, the number, and the certificate that was out already."""
    pdf = certificate_of(agency, signed)
    number = number_of(signed.payload_sha256)
    assert [ask(client, asked)["certificates"][0]["state"] for asked in (number, signed.clip_sha256, pdf.sha256)] == [
        "valid"
    ] * 3
    ended = revoke(agency, signed)
    for asked in (number, signed.clip_sha256, pdf.sha256):
        (told,) = ask(client, asked)["certificates"]
        assert (told["state"], told["since"]) == (
            "revoked",
            ended.signed_at.isoformat().replace("+00:00", "Z")[:23] + "Z",
        )
        page = client.get(f"/verify/{asked}").content.decode()
        assert "Revoked since <time" in page
        assert f"{ended.signed_at.astimezone(UTC):%H:%M} UTC" in page
        assert "misread" not in page
    assert (told["signed_at"], told["valid_until"]) == (signed.signed_at.isoformat()[:23] + "Z", "2028-01-01T00:00:00Z")
    assert ask(client, number_of(ended.payload_sha256))["certificates"] == []


def test_a_clip_without_approval_is_answered_exactly_as_one_that_never_was_here(
    agency: Agency, version: LicenceRecordVersion, client: Client
) -> None:
    """Drafted, then rejected: the same words and the same queries as for a hash of nothing."""
    nothing = sha256(b"nothing").hexdigest()
    told = {}
    for name, asked in (("nothing", nothing), ("drafted", version.clip_sha256)):
        told[name] = said(client, asked)
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    rejection = sign_record(
        actor=agency.lena, record_version=version, meaning="rejected", reauthentication=proof,
        shown_sha256=version.sha256, reason="No",
    )  # fmt: skip
    told["rejected"] = said(client, version.clip_sha256)
    assert told["nothing"] == told["drafted"] == told["rejected"]
    assert "That does not say that the picture is not cleared" in told["nothing"][0]
    unissued = said(client, number_of(rejection.payload_sha256))[0]
    assert "No certificate with this number was issued here" in unissued


def said(client: Client, asked: str) -> tuple[str, list[str]]:
    """The page without what was asked and when, and the queries behind it."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(f"/verify/{asked}", headers={"HX-Request": "true"}).content.decode()
    statements = [each["sql"].replace(asked, "…") for each in queries.captured_queries]
    return page.replace(asked, "…").partition("Answered on")[0], statements


def test_a_newer_signature_supersedes_and_is_named(agency: Agency, signed: SignOff, client: Client) -> None:
    first = number_of(signed.payload_sha256)
    newer = world.draft(agency.bob, signed.clip, signed.record_version.governing_set, uses=["social_media"])
    (told,) = ask(client, first)["certificates"]
    assert (told["state"], told["superseded_by"]) == ("superseded", None)
    again = world.sign(agency.lena, newer)
    second = number_of(again.payload_sha256)
    (told,) = ask(client, first)["certificates"]
    assert (told["state"], told["superseded_by"]) == ("superseded", second)
    both = ask(client, signed.clip_sha256)["certificates"]
    assert [(one["number"], one["state"]) for one in both] == [(second, "valid"), (first, "superseded")]


def test_suspended_expired_not_yet_and_unstamped(agency: Agency, signed: SignOff, client: Client) -> None:
    at = datetime(2028, 1, 1, tzinfo=UTC)
    edge = timedelta(microseconds=1)
    assert standing(signed, at - edge).state == State.VALID
    assert (standing(signed, at).state, standing(signed, at).since) == (State.EXPIRED, at)
    assert standing(signed, datetime(2025, 12, 31, tzinfo=UTC)).state == State.NOT_YET
    place_hold(actor=agency.lena, clip=signed.clip, reason="A complaint")
    (told,) = ask(client, signed.clip_sha256)["certificates"]
    assert told["state"] == "suspended"
    assert "complaint" not in str(told)


def test_what_a_lawyer_suspended_is_told_until_it_is_signed_again(
    agency: Agency, signed: SignOff, client: Client
) -> None:
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    suspend_sign_off(actor=agency.lena, sign_off=signed, reason="A claim came in", reauthentication=proof)
    (told,) = ask(client, signed.clip_sha256)["certificates"]
    assert told["state"] == "suspended"
    assert "claim" not in str(told)
    again = reauthenticate(actor=agency.lena, password=PASSWORD)
    reinstate_sign_off(
        actor=agency.lena, sign_off=signed, reauthentication=again, shown_sha256=signed.record_version.sha256
    )
    assert ask(client, signed.clip_sha256)["certificates"][0]["state"] == "valid"


def test_what_waits_for_its_time_stamp_is_not_called_valid(
    agency: Agency, version: LicenceRecordVersion, client: Client, settings: Settings
) -> None:
    settings.TSA_URLS = ("http://localhost:9/tsa",)
    signed = world.sign(agency.lena, version)
    assert ask(client, signed.clip_sha256)["certificates"][0]["state"] == "pending_timestamp"
    TimeStamp.objects.create(
        digest=signed.payload_sha256, token=b"0", at=signed.signed_at, authority="Time", received_at=signed.signed_at
    )
    (told,) = ask(client, signed.clip_sha256)["certificates"]
    assert (told["state"], told["time_stamped_at"] is not None) == ("valid", True)


def test_a_line_of_sha256sum_may_be_pasted(signed: SignOff, client: Client) -> None:
    for typed in (
        f"{signed.clip_sha256}  harbour.mp4\n",
        signed.clip_sha256.upper(),
        f" {number_of(signed.payload_sha256)[3:]} ",
    ):
        answer = client.get("/verify/", {"q": typed})
        assert (answer.status_code, b"Valid" in answer.content) == (200, True)


@pytest.mark.parametrize("typed", ["hello", "SH-1234", "ab" * 31, "' OR 1=1 --", "<script>alert(1)</script>"])
def test_what_is_neither_is_told(typed: str, client: Client) -> None:
    answer = client.get("/verify/", {"q": typed})
    assert (answer.status_code, b"neither a certificate" in answer.content) == (400, True)
    assert b"<script>alert" not in answer.content


def test_it_sets_no_cookie_stays_out_of_caches_and_keeps_the_policy(signed: SignOff, client: Client) -> None:
    for address in ("/verify/", f"/verify/{signed.clip_sha256}"):
        answer = client.get(address)
        assert answer.cookies == {}
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert {"Accept", "HX-Request"} <= {each.strip() for each in answer.headers["Vary"].split(",")}
    assert client.post(f"/verify/{signed.clip_sha256}").status_code == 405


def test_numbers_cannot_be_tried_out(signed: SignOff, client: Client) -> None:
    answers = [client.get(f"/verify/SH-0000-0000-{count:04d}", headers=JSON).status_code for count in range(61)]
    assert answers == [200] * 60 + [429]
    refused = client.get(f"/verify/{signed.clip_sha256}")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "600")
    assert b"Valid" not in refused.content
    elsewhere = client.get(f"/verify/{signed.clip_sha256}", REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=False):
        assert client.get(f"/verify/{signed.clip_sha256}").status_code == 200


def test_a_forged_row_is_not_called_valid(signed: SignOff, client: Client) -> None:
    forged = SignOff(**{field.attname: getattr(signed, field.attname) for field in SignOff._meta.concrete_fields})
    forged.signature = "00" * 64
    assert standing(forged, datetime.now(UTC)).state == State.BROKEN


# --- the certificate's own page


def test_who_may_take_evidence_away_has_a_certificate_made_and_it_is_ledgered(
    agency: Agency, signed: SignOff, client: Client
) -> None:
    client.force_login(agency.lena)
    there = client.post(f"/sign-offs/{signed.pk}/certificates/").headers["Location"]
    assert "Being made" in client.get(there).content.decode()
    assert client.post(f"/sign-offs/{signed.pk}/certificates/").headers["Location"] == there
    runner.drain()
    assert "Download the PDF" in client.get(there).content.decode()
    answer = client.get(f"{there}download")
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    issued = Certificate.objects.get()
    assert (sha256(data).hexdigest(), len(data)) == (issued.sha256, issued.size)
    assert (issued.issued_to, issued.state, issued.sealed_by) == (agency.lena, "valid", "SoraHub test certificate")
    assert number_of(signed.payload_sha256) in answer.headers["Content-Disposition"]
    events = Event.objects.filter(subject_id=issued.pk).order_by("seq")
    assert [event.kind for event in events] == ["certificate.issued", "certificate.downloaded"]
    assert all(issued.sha256 in event.body for event in events)
    assert issued.sha256 in client.get(f"/sign-offs/{signed.pk}/").content.decode()


def test_who_may_not_export_evidence_gets_none(agency: Agency, signed: SignOff, client: Client) -> None:
    issued = certificate_of(agency, signed)
    for person, status in ((agency.bob, 403), (agency.alice, 403), (agency.dora, 404)):
        client.force_login(person)
        assert client.post(f"/sign-offs/{signed.pk}/certificates/").status_code == status
        assert client.get(f"/certificates/{issued.pk}/").status_code in (403, 404)
        assert client.get(f"/certificates/{issued.pk}/download").status_code in (403, 404)
    assert Certificate.objects.count() == 1
    assert not Event.objects.filter(kind="certificate.downloaded").exists()


def test_an_expired_seal_is_told_on_the_page_and_nothing_is_issued(
    agency: Agency, signed: SignOff, client: Client, settings: Any, tmp_path: Any
) -> None:
    from_settings = own(tmp_path, begin=-10, days=9)
    settings.PDF_SIGNING_CERT, settings.PDF_SIGNING_KEY = map(str, from_settings)
    client.force_login(agency.lena)
    there = client.post(f"/sign-offs/{signed.pk}/certificates/").headers["Location"]
    runner.drain()
    page = client.get(there).content.decode()
    assert "There is no certificate" in page and "The administrator renews it" in page
    assert not Certificate.objects.exists()


def test_a_changed_file_does_not_leave(agency: Agency, signed: SignOff, client: Client, settings: Any) -> None:
    issued = certificate_of(agency, signed)
    path = settings.MEDIA_ROOT / issued.storage_key
    path.write_bytes(path.read_bytes() + b"\n")
    client.force_login(agency.lena)
    assert client.get(f"/certificates/{issued.pk}/download").status_code == 409
    assert not Event.objects.filter(kind="certificate.downloaded").exists()


def test_the_certificate_inside_a_bundle_is_known_too(agency: Agency, signed: SignOff, client: Client) -> None:
    bundle = made(agency, signed)
    data = (folder(bundle) / "data/certificate.pdf").read_bytes()
    (told,) = ask(client, sha256(data).hexdigest())["certificates"]
    assert (told["found_by"], told["state"]) == ("certificate", "valid")
    assert Certificate.objects.get().bundle == bundle


def test_the_clip_of_nobody(clip: Clip, client: Client) -> None:
    assert ask(client, clip.sha256) | {"answered_at": "", "asked": ""} == {
        "asked": "", "known": False, "agency": "The agency", "answered_at": "", "certificates": [],
    }  # fmt: skip
