"""The certificate, read back as a reader would."""

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from generations.actions.prompts import write_prompt
from generations.models import Clip
from reviews.actions.holds import place_hold
from reviews.actions.licensing import DepictionInput, write_licensing_note
from reviews.actions.overrides import approve_override, request_override
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.evidence import certificate, gather
from reviews.evidence.rows import instant
from reviews.models import Bundle, Clause, Override, Purpose, Release, SignOff, Use
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.lib.numbering import number_of
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import SECRET, folder, made

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STATE: dict[str, Any] = {"tone": "good", "big": False, "label": "Approved", "words": [], "as_of": ""}
PAGE: dict[str, Any] = {
    "title": "Certificate of clearance", "author": "North", "overline": "North", "number": "SH-0000-0000-0000", "state": STATE,
    "verify": "", "questions": [], "checks": [], "sections": [], "footer": "Evidence",
}  # fmt: skip


def words(pdf: bytes) -> str:
    """All the words of a PDF, with single blanks."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def page_one(bundle: Bundle) -> str:
    pdf = (folder(bundle) / "data/certificate.pdf").read_bytes()
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def whole(bundle: Bundle) -> str:
    return words((folder(bundle) / "data/certificate.pdf").read_bytes())


def evidence_for(agency: Agency, sign_off: SignOff) -> gather.Evidence:
    """As the job of a certificate that goes alone gathers it."""
    return gather.gather(Bundle(clip=sign_off.clip, sign_off=sign_off, created_by=agency.lena))


@pytest.mark.django_db
def test_page_one_answers_a_strangers_five_questions(bundle: Bundle, approval: SignOff) -> None:
    said = page_one(bundle)
    payload = json.loads(approval.payload)
    governing = approval.record_version.governing_set
    terms = governing.members.get().terms_version
    verifier = sha256((folder(bundle) / "verify.py").read_bytes()).hexdigest()
    number = number_of(approval.payload_sha256)
    for expected in (
        "Approved for commercial use within scope",
        # who
        payload["signer"]["name"], "(Legal approver), lena@example.com", f"{approval.signed_at:%Y-%m-%d %H:%M:%S} UTC", "North, project Aurora",
        # what
        "harbour.mp4", "0.50 s: 12 frames at 24 per second", f"{bundle.clip.size:,} bytes",
        f"{approval.clip_sha256[:32]} {approval.clip_sha256[32:]}",
        # for what use
        "Social media", "Advertising", "Austria (AT), Germany (DE)", "Not exclusive", "Restrictions None recorded",
        "Disclosure of AI None recorded",
        # until when
        "From 2026-01-01 00:00:00 UTC", "up to, but not including, 2028-01-01 00:00:00 UTC",
        # under which terms
        "Vofy: Terms of Service, 2026-01-01", "captured 20", terms.raw_sha256, governing.sha256, "As they stood when the clip was made",
        # and how to check it
        number, f"/verify/{number}", "TEST CERTIFICATE", verifier,
    ):  # fmt: skip
        assert expected in said, expected


@pytest.mark.django_db
def test_the_next_pages_tell_all_that_it_rests_on(bundle: Bundle, approval: SignOff) -> None:
    said = whole(bundle)
    checkpoint = json.loads((folder(bundle) / "data/audit/checkpoint.json").read_text())["note"].split("\n")
    for expected in (
        approval.record_version.sha256, "drafted by Bob", "from 2026-01-01 00:00 up to, but not including, 2028-01-01 00:00 (UTC)",
        "Ownership of output “you own the output”", "Approved by Bob", "Approved by Dora", "sora-2 through Vofy", "A lighthouse at dawn",
        "The output is ours.", f"{checkpoint[1]} events", approval.signature[:64], "Content Credentials",
    ):  # fmt: skip
        assert expected in said, expected
    assert SECRET not in said


NAMES = ["王小明", "Łukasz Żółć", "Ελένη", "Дарья", "김민준", "محمد", "สมชาย", "سارة الأحمد"]


@pytest.mark.django_db
def test_a_name_is_readable_in_any_script(agency: Agency, approval: SignOff, told: Clip) -> None:
    """Every name is somebody's reason, so that one certificate shows them all; what has no letters would be written out."""
    clause = Clause.objects.get()
    names = [*NAMES, "अमित शर्मा", "தமிழ்", "తెలుగు", "សុខា", "דנה כהן"]
    for name in names:
        write_licensing_note(actor=agency.bob, clip=told, body=f"Seen by {name}", clauses=[clause])
    pdf = certificate.certificate(evidence_for(agency, approval), verifier_sha256="ab" * 32)
    said = words(pdf)
    assert "[U+" not in said
    for name in NAMES[:-1]:
        assert name in said, name


def test_a_date_after_a_right_to_left_name_is_not_turned_round() -> None:
    for name in ("محمد", "דנה כהן"):
        said = words(certificate.render({**PAGE, "overline": f"{name}, 2026-11-29 12:00:00 UTC"}, AT))
        assert "2026-11-29 12:00:00 UTC" in said, said


@pytest.mark.django_db
def test_an_emoji_in_a_name_does_not_stop_it(agency: Agency, lena: User, request: pytest.FixtureRequest) -> None:
    lena.person.name = "Lena 😀\u202e"
    lena.person.save()
    said = page_one(made(agency, request.getfixturevalue("approval")))
    assert "Lena [U+1F600][U+202E] (Legal approver)" in said


@pytest.mark.django_db
def test_a_revoked_approval_says_so_at_the_top(agency: Agency, approval: SignOff) -> None:
    ended = revoke_sign_off(
        actor=agency.lena,
        sign_off=approval,
        reason="The terms were misread",
        reauthentication=reauthenticate(actor=agency.lena, password=PASSWORD),
    )
    said = page_one(made(agency, approval))
    assert f"Revoked since {instant(ended.signed_at)}" in said
    assert "Revoked by Lena: The terms were misread" in said
    assert "Approved for commercial use within scope" not in said


@pytest.mark.django_db
def test_a_hold_is_told_as_suspended(agency: Agency, approval: SignOff) -> None:
    place_hold(actor=agency.lena, clip=approval.clip, reason="A complaint")
    said = page_one(made(agency, approval))
    assert "Suspended The approval is stopped for now" in said
    assert "A complaint" not in said


@pytest.mark.django_db
def test_it_names_releases_and_exceptions(agency: Agency, told: Clip) -> None:
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
    bundle = made(agency, world.sign(agency.lena, version))
    assert "It rests on 1 exception(s) that two people approved" in page_one(bundle)
    said = whole(bundle)
    assert "Person: Mia Kern, real; Model release: Mia Kern. The runner" in said
    assert "Brand or product: Nordwind, invented" in said
    assert "Model release: Mia Kern, from 2026-01-01 until 2027-12-31; Cinema," in said
    assert "AT, DE; AI: yes" in said
    assert "Purposes Advertising Product Running shoes (sport) Alterations Format only" in said
    assert "Human authorship Bob cut it." in said


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
    said = whole(made(agency, world.sign(agency.lena, version)))
    assert "Recognisable Mia Kern, runner Releases Model release: Mia Kern, from 2026-01-01 until 2027-12-31" in said
    assert "Territories Worldwide" in said
    assert "Purposes" not in said


@pytest.mark.django_db
def test_the_same_evidence_at_the_same_moment_gives_the_same_pages(agency: Agency, approval: SignOff) -> None:
    evidence, now = evidence_for(agency, approval), timezone.now()
    one, other = (certificate.issue(evidence, verifier_sha256=digest * 32, at=now) for digest in ("ab", "cd"))
    first = certificate.pages(evidence, one)
    assert first == certificate.pages(evidence, one)
    assert first != certificate.pages(evidence, other)
    assert certificate.seal(first, one).startswith(first)


@pytest.mark.django_db
def test_the_signed_record_is_attached_byte_for_byte(bundle: Bundle) -> None:
    attached = PdfReader(folder(bundle) / "data/certificate.pdf").attachments
    for name in ("record.json", "signoff.json"):
        assert attached[name] == [(folder(bundle) / "data" / name).read_bytes()], name


def test_it_declares_itself_an_archival_pdf_and_is_tagged() -> None:
    pdf = certificate.render(PAGE, AT)
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata.title == "Certificate of clearance"  # type: ignore[union-attr]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # type: ignore[index]  # noqa: E712 (an object of the PDF's)


EVIL = '#panic() $x$ *b* @ref <label> // \\ `raw` [#read("/etc/passwd")] #import "@preview/x:1.0.0": * <b>x</b><script>'


def test_words_are_never_markup() -> None:
    said = words(certificate.render({**PAGE, "state": {**STATE, "label": EVIL, "words": [EVIL]}}, AT))
    assert said.replace(" ", "").count(EVIL.replace(" ", "")) == 2


@pytest.mark.django_db
def test_case_23_html_and_markup_in_a_prompt_is_only_words_in_the_certificate(
    agency: Agency, clip: Clip, client: Client
) -> None:
    """A prompt that would be HTML, typst or a path stands on the page as it was typed, and drew nothing in."""
    prompt = write_prompt(actor=agency.alice, shot=agency.shot, text=EVIL)
    world.add_generation(clip, replace(agency, prompt=prompt), launcher=agency.alice, route="Vofy")
    sign_off = world.sign(agency.lena, world.ready_to_sign(agency, clip))
    client.force_login(agency.lena)
    there = client.post(f"/sign-offs/{sign_off.pk}/certificates/")
    runner.drain()
    answer = client.get(f"{there.headers['Location']}download")
    pdf = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    said = words(pdf)
    assert said.replace(" ", "").count(EVIL.replace(" ", "")) == 1
    assert "root:" not in said
    assert [*PdfReader(io.BytesIO(pdf)).attachments] == ["record.json", "signoff.json"]


@pytest.mark.django_db
def test_however_much_there_is_to_say_page_one_holds_the_five_answers(agency: Agency, approval: SignOff) -> None:
    """The longest of everything, a poster and three states' words: the first page ends with how to check it, and the second begins anew."""
    evidence = evidence_for(agency, approval)
    evidence.clip.original_name = "x" * 255
    evidence.clip.project.name, evidence.clip.project.client.name = "P" * 200, "C" * 200
    version = evidence.version
    version.uses, version.purposes = list(Use.values), list(Purpose.values)
    version.product, version.category, version.restrictions, version.disclosure = (
        "W " * 100,
        "w " * 50,
        "r " * 4000,
        "d " * 4000,
    )
    version.territories = [a + b for a in "ABCDEFGH" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    version.time_zone = "America/Argentina/ComodRivadavia"
    evidence.governing.name = "G " * 150
    terms = evidence.members[0]
    terms.terms_version.source.title = "T " * 150
    exception = Override(
        block="disclosure-missing", reason="r " * 900, requested_by=agency.ada, approved_by=agency.lena, expires_at=AT
    )
    crowded = replace(evidence, members=[terms] * 9, overrides=[exception] * 3)
    pages = PdfReader(
        io.BytesIO(certificate.pages(crowded, certificate.issue(crowded, verifier_sha256="ab" * 32)))
    ).pages
    first, second = (" ".join(page.extract_text().split()) for page in pages[:2])
    assert "ab" * 32 in first
    assert second.startswith("What was signed")
