"""The certificate, read back as a reader would."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from generations.models import Clip
from reviews.actions.licensing import DepictionInput
from reviews.actions.overrides import approve_override, request_override
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.evidence import certificate, gather
from reviews.models import Bundle, Release, SignOff
from sorahub.accounts.models import User
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import folder, made

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE = {
    "title": "Certificate of clearance", "author": "Lena", "overline": "North", "tone": "approved", "verdict": "Approved",
    "summary": [], "footer": "Evidence", "sections": [],
}  # fmt: skip


def words(pdf: bytes) -> str:
    """All the words of a PDF, with single blanks."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def page_one(bundle: Bundle) -> str:
    pdf = (folder(bundle) / "data/certificate.pdf").read_bytes()
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


@pytest.mark.django_db
def test_page_one_says_what_for_whom_when_and_on_which_terms(bundle: Bundle, approval: SignOff) -> None:
    said = page_one(bundle)
    version = approval.record_version
    payload = json.loads(approval.payload)
    verifier = sha256((folder(bundle) / "verify.py").read_bytes()).hexdigest()
    checkpoint = json.loads((folder(bundle) / "data/audit/checkpoint.json").read_text())["note"].split("\n")
    for expected in (
        "Approved for commercial use within scope", approval.clip_sha256, f"{bundle.clip.size:,} bytes",
        "12 frames at 24 per second", "Social media", "AT, DE", "from 2026-01-01 00:00 up to, but not including, 2028-01-01 00:00 (UTC)",
        "Releases None recorded",
        version.sha256, version.governing_set.sha256, "Vofy: Terms of Service, 2026-01-01", payload["signer"]["name"],
        "lena@example.com", f"{approval.signed_at:%Y-%m-%d %H:%M:%S} UTC", f"{checkpoint[1]} events", verifier,
    ):  # fmt: skip
        assert expected in said, expected


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["王小明", "Łukasz Żółć", "Ελένη", "Дарья", "김민준", "محمد"])
def test_a_signers_name_is_readable_in_any_script(
    agency: Agency, lena: User, name: str, request: pytest.FixtureRequest
) -> None:
    lena.person.name = name
    lena.person.save()
    assert name in page_one(made(agency, request.getfixturevalue("approval")))


@pytest.mark.django_db
def test_an_emoji_in_a_name_does_not_stop_it(agency: Agency, lena: User, request: pytest.FixtureRequest) -> None:
    lena.person.name = "Lena 😀\u202e"
    lena.person.save()
    assert "Lena [U+1F600][U+202E] (Legal approver) signed" in page_one(
        made(agency, request.getfixturevalue("approval"))
    )


@pytest.mark.django_db
def test_a_revoked_approval_says_so_at_the_top(agency: Agency, approval: SignOff) -> None:
    revoke_sign_off(
        actor=agency.lena,
        sign_off=approval,
        reason="The terms were misread",
        reauthentication=reauthenticate(actor=agency.lena, password=PASSWORD),
    )
    said = page_one(made(agency, approval))
    assert "REVOKED: must no longer be used" in said
    assert "The terms were misread" in said
    assert "Approved for commercial use within scope" not in said


@pytest.mark.django_db
def test_page_one_names_releases_and_exceptions(agency: Agency, told: Clip) -> None:
    release = world.consent(agency.bob, told.project, subject="Mia Kern", territories=["DE", "AT"])
    rows = [
        DepictionInput(kind="person", name="Mia Kern", real="yes", words="The runner", release=release),
        DepictionInput(kind="brand", name="Nordwind", real="no"),
    ]
    more = {"product": "Running shoes", "category": "sport", "authorship": "Bob cut it."}
    version = world.ready_to_sign(agency, told, none_depicted=False, depictions=rows, **more)
    until = timezone.now() + timedelta(days=30)
    asked = request_override(
        actor=agency.ada, clip=told, block="disclosure-missing", reason="The platform labels it.", expires_at=until
    )
    approve_override(actor=agency.lena, override=asked)
    said = page_one(made(agency, world.sign(agency.lena, version)))
    assert "Person: Mia Kern, real; Model release: Mia Kern. The runner" in said
    assert "Brand or product: Nordwind, invented" in said
    assert "Model release: Mia Kern, from 2026-01-01 until 2027-12-31; Cinema," in said
    assert "AT, DE; AI: yes" in said
    assert "Purposes Advertising Product Running shoes (sport) Alterations Format only" in said
    assert "Human authorship Bob cut it." in said
    assert "It rests on 1 exception(s) that two people approved" in said


@pytest.mark.django_db
def test_a_record_of_the_first_schema_is_told_as_it_was_written(agency: Agency, told: Clip) -> None:
    release = Release.objects.create(
        project=told.project, kind="model", subject="Mia Kern", scope="Advertising", valid_from=date(2026, 1, 1),
        valid_until=date(2027, 12, 31), created_by=agency.bob,
    )  # fmt: skip
    old: dict[str, Any] = {
        "territories": ["WORLD"],
        "depicted": "Mia Kern, runner",
        "disclosure": "A caption",
        "releases": [release],
    }
    version = world.draft_old(agency.bob, told, world.approved(agency, told), **old)
    said = page_one(made(agency, world.sign(agency.lena, version)))
    assert "Recognisable Mia Kern, runner Releases Model release: Mia Kern, from 2026-01-01 until 2027-12-31" in said
    assert "Territories Worldwide" in said
    assert "Purposes" not in said


@pytest.mark.django_db
def test_the_same_evidence_gives_the_same_bytes(bundle: Bundle) -> None:
    evidence = gather.gather(bundle)
    first = certificate.certificate(evidence, verifier_sha256="ab" * 32)
    assert first == certificate.certificate(evidence, verifier_sha256="ab" * 32)
    assert first != certificate.certificate(evidence, verifier_sha256="cd" * 32)


@pytest.mark.django_db
def test_the_signed_record_is_attached_byte_for_byte(bundle: Bundle, approval: SignOff) -> None:
    attached = PdfReader(folder(bundle) / "data/certificate.pdf").attachments
    assert attached["record.json"] == [approval.record_version.canonical.encode()]
    assert attached["signoff-payload.json"] == [approval.payload.encode()]


def test_it_declares_itself_an_archival_pdf() -> None:
    pdf = certificate.render(PAGE, AT)
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert PdfReader(io.BytesIO(pdf)).metadata.title == "Certificate of clearance"  # type: ignore[union-attr]


def test_words_are_never_markup() -> None:
    evil = '#panic() $x$ *b* @ref <label> // \\ `raw` [#read("/etc/passwd")] #import "@preview/x:1.0.0": *'
    said = words(certificate.render({**PAGE, "verdict": evil, "summary": [evil]}, AT))
    assert said.replace(" ", "").count(evil.replace(" ", "")) == 2
