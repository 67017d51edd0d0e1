"""Deliverables through the pages: cleared or not made, labelled where a duty asks, marked, signed, read again; the original untouched."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import c2pa
import pytest
from django.conf import settings as hub
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from generations.media.calls import PROVENANCE_LIMITS
from generations.media.child import run
from generations.models import Clip, ProvenanceReport, Upload
from reviews.actions.deliverables import grant_deliverable, request_deliverable
from reviews.actions.disclosures import make_rule
from reviews.actions.holds import place_hold
from reviews.models import Deliverable, Delivery, SignOff
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib import content_signing, numbering, storage
from sorahub.lib.errors import Conflict, Forbidden, Refused
from tests.generations.factories import uploaded_clip
from tests.generations.media.authority import SOURCE_TYPE, XMP_UUID, Authority, attesting, listening
from tests.generations.media.clips import make_clip
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db
LABEL = {"Label": "1", "ContentProducer": "001191110000", "ProduceID": "v-17"}
DUTY: dict[str, Any] = {
    "title": "Label", "territories": ["DE"], "duty": "Say so at the start.", "source": "A law", "sourced_on": date(2026, 1, 1),
    "label": "AI-generated", "label_seconds": 2, "label_position": "bottom-right",
}  # fmt: skip
PLAN = {"rule": "label", "version": 1, "plan": "Burned in at the start", "exempt": False, "reason": ""}
IPTC, PLUS = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}", "{http://ns.useplus.org/ldf/xmp/1.0/}"


@pytest.fixture(scope="module")
def provider() -> Authority:
    """A provider that signs what it makes."""
    return Authority()


@pytest.fixture
def marked_clip(agency: Agency, provider: Authority, tmp_path: Path) -> Clip:
    """A clip of three seconds as a provider hands it out: signed, with an AIGC label."""
    raw = make_clip(
        tmp_path / "raw.mp4", frames=72, size=(64, 64), sound=False, tags={"AIGC": json.dumps(LABEL)},
        movflags="use_metadata_tags+faststart",
    )  # fmt: skip
    return uploaded_clip(agency.alice, agency.aurora, provider.sign(raw, tmp_path / "signed.mp4"), shot=agency.shot)


def ask(user: User, clip: Clip) -> Any:
    """Press the button of the rights page."""
    return logged_in(user).post(reverse("reviews:deliverable-request", args=[clip.pk]), world.SCOPE)


def made_of(user: User, clip: Clip) -> Deliverable:
    """Have a deliverable made, and return its row, whatever became of it."""
    assert ask(user, clip).status_code == 302
    runner.drain()
    return Deliverable.objects.latest("created_at")


def stored(row: Deliverable) -> Path:
    return Path(hub.MEDIA_ROOT) / row.storage_key


def xmp_of(path: Path) -> ET.Element:
    """Read XMP as anybody would: the box by its identifier, then plain XML."""
    data = path.read_bytes()
    start = data.index(XMP_UUID) + 16
    return ET.fromstring(data[start : data.index(b"</x:xmpmeta>", start) + 12].partition(b"?>\n")[2])  # noqa: S314 (ours)


def as_a_stranger_reads_it(data: Path) -> tuple[str, dict[str, Any]]:
    """Ask c2pa's own reader with our root: the state, and everything it says."""
    how = {
        "trust": {"user_anchors": content_signing.anchors().own, "trust_config": "1.3.6.1.5.5.7.3.4\n"},
        "verify": {"remote_manifest_fetch": False},
    }
    with c2pa.Context.from_dict(how) as context, data.open("rb") as file:
        reader = c2pa.Reader("video/mp4", file, context=context)
        return str(reader.get_validation_state()), json.loads(reader.json())


@pytest.mark.long
def test_a_deliverable_carries_label_xmp_and_credentials_and_its_source_stays_as_it_was(
    agency: Agency, marked_clip: Clip, tmp_path: Path
) -> None:
    make_rule(actor=agency.lena, **DUTY)
    restricted = "No <b>alcohol</b> & tobacco"
    version = world.ready_to_sign(agency, routed(marked_clip), disclosures=[PLAN], restrictions=restricted)
    signed = world.sign(agency.lena, version)
    original = storage.path_for(marked_clip.storage_key, hub.MEDIA_ROOT)
    before = (storage.sha256_of(original), original.stat().st_mtime_ns)
    row = made_of(agency.alice, marked_clip)
    assert (row.state, row.error_message, row.sign_off) == ("ready", "", signed)
    assert (storage.sha256_of(original), original.stat().st_mtime_ns) == before
    assert [each["step"] for each in row.steps] == ["labelled", "encoded", "described", "sealed"]
    assert row.labels == [{"text": "AI-generated", "start": 0, "seconds": 2, "position": "bottom-right"}]
    fates = {each["mark"]: (each["state"], each["words"]) for each in row.marks}
    assert fates["Content Credentials"][0] == "kept"
    assert fates["Content Credentials"][1].endswith("were present in the source, and are kept as an ingredient.")
    assert fates["AIGC label"][0] == "kept"
    number = numbering.number_of(signed.payload_sha256)
    _has_its_licence_in_xmp(xmp_of(stored(row)), number, restricted)
    state, report = as_a_stranger_reads_it(stored(row))
    assert state == "Trusted"
    manifest = report["manifests"][report["active_manifest"]]
    said = next(each["data"] for each in manifest["assertions"] if each["label"] == "org.sorahub.clearance")
    assert (said["certificate"], said["record_sha256"]) == (number, version.sha256)
    assert said["verify_at"] == f"http://localhost:8000/verify/{number}"
    assert not any(person.person.name in json.dumps(manifest) for person in (agency.alice, agency.lena, agency.bob))
    parent = manifest["ingredients"][0]
    assert (parent["relationship"], parent["active_manifest"]) == ("parentOf", _own_manifest(marked_clip))
    _one_flipped_byte_shows(stored(row), tmp_path)
    page = logged_in(agency.alice).get(reverse("reviews:clip-rights", args=[marked_clip.pk])).content.decode()
    assert "are kept as an ingredient" in page
    assert "Signed by a test authority" in page
    got: Any = logged_in(agency.alice).get(reverse("reviews:deliverable-download", args=[row.pk]))
    assert b"".join(got.streaming_content) == stored(row).read_bytes()
    delivery = Delivery.objects.get()
    assert (delivery.manner, delivery.sha256, delivery.sign_off) == ("marked", row.sha256, signed)
    kinds = list(Event.objects.filter(kind__startswith="deliverable").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["deliverable.requested", "deliverable.made", "deliverable.downloaded"]


def routed(clip: Clip) -> Clip:
    """Say that the clip came by Vofy, whose terms the tests have."""
    Clip.objects.filter(pk=clip.pk).update(declared_route="Vofy")
    return Clip.objects.get(pk=clip.pk)


def _own_manifest(clip: Clip) -> str:
    return str(ProvenanceReport.objects.get(clip=clip).c2pa["report"]["active_manifest"])


def _has_its_licence_in_xmp(meta: ET.Element, number: str, restricted: str) -> None:
    """Read as text, whatever markup people typed."""
    said = {each.tag: " ".join("".join(each.itertext()).split()) for each in meta.iter()}
    assert said[f"{IPTC}DigitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert said[f"{IPTC}AISystemUsed"] == "sora-2 through Vofy"
    assert f"{IPTC}AIPromptInformation" not in said
    assert said[f"{PLUS}LicenseID"] == number
    assert (said[f"{PLUS}LicenseStartDate"], said[f"{PLUS}LicenseEndDate"]) == ("2026-01-01", "2027-12-31")
    assert said[f"{PLUS}OtherConstraints"] == restricted
    assert said[f"{PLUS}RegionConstraints"] == "Only in: Austria, Germany"
    assert said[f"{PLUS}ModelReleaseStatus"].endswith("/MR-NAP")
    assert said[f"{PLUS}LicenseeName"] == "North"


def _one_flipped_byte_shows(path: Path, folder: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"mdat") + 60] ^= 1
    (folder / "flipped.mp4").write_bytes(data)
    assert as_a_stranger_reads_it(folder / "flipped.mp4")[0] == "Invalid"


def test_without_a_duty_the_picture_is_the_sources_own_and_prompts_leave_only_where_they_may(
    agency: Agency, clip: Clip, signed: SignOff, settings: Settings
) -> None:
    settings.DELIVER_PROMPTS = True
    row = made_of(agency.alice, clip)
    assert [each["step"] for each in row.steps] == ["copied", "described", "sealed"]
    said = {each.tag: each.text for each in xmp_of(stored(row)).iter()}
    assert said[f"{IPTC}DigitalSourceType"] == SOURCE_TYPE
    assert said[f"{IPTC}AIPromptInformation"] == "A harbour"
    digest = storage.sha256_of(stored(row))
    assert row.sha256 == digest
    (told,) = Browser().get(f"/verify/{digest}", headers={"Accept": "application/json"}).json()["certificates"]
    assert (told["found_by"], told["state"]) == ("deliverable", "valid"), "a stranger who drops it learns how it stands"


def test_what_is_not_cleared_is_not_made_and_what_was_made_does_not_leave_any_more(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    refused = logged_in(agency.alice).post(
        reverse("reviews:deliverable-request", args=[clip.pk]), {**world.SCOPE, "use": "cinema"}
    )
    assert refused.status_code == 422
    assert not Deliverable.objects.exists()
    with pytest.raises(Forbidden):
        request_deliverable(actor=agency.dora, clip=clip, **world.SCOPE)
    asked = request_deliverable(actor=agency.alice, clip=clip, **world.SCOPE)
    assert request_deliverable(actor=agency.alice, clip=clip, **world.SCOPE) == asked
    with pytest.raises(Conflict):
        grant_deliverable(actor=agency.alice, deliverable=asked)
    place_hold(actor=agency.lena, clip=clip, reason="A claim")
    runner.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.error_code, asked.storage_key) == ("failed", "not-cleared", "")
    assert not [*(Path(hub.MEDIA_ROOT) / "deliverables").glob(f"*{asked.pk}*")]
    Deliverable.objects.filter(pk=asked.pk).update(
        state="ready", sha256="0" * 64, size=1, storage_key="deliverables/x.mp4"
    )
    asked.refresh_from_db()
    (Path(hub.MEDIA_ROOT) / "deliverables" / "x.mp4").write_bytes(b"x")
    with pytest.raises(Conflict, match="not the one that was verified"):
        grant_deliverable(actor=agency.alice, deliverable=asked)
    Deliverable.objects.filter(pk=asked.pk).update(
        sha256=storage.sha256_of(Path(hub.MEDIA_ROOT) / "deliverables/x.mp4")
    )
    asked.refresh_from_db()
    with pytest.raises(Refused) as stopped:
        grant_deliverable(actor=agency.alice, deliverable=asked)
    assert [each["code"] for each in stopped.value.reasons] == ["hold"]
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("days", "state", "words"), [(None, "ready", "No certificate is set up"), (-1, "failed", "Test Studio expired on")]
)
def test_no_certificate_is_said_and_an_expired_one_is_refused(
    agency: Agency,
    clip: Clip,
    signed: SignOff,
    settings: Settings,
    tmp_path: Path,
    days: int | None,
    state: str,
    words: str,
) -> None:
    settings.C2PA_TEST_AUTHORITY = False
    if days is not None:
        studio = Authority(days)
        for name, text in (("C2PA_CERT", studio.chain), ("C2PA_KEY", studio.key)):
            (tmp_path / name).write_text(text)
            setattr(settings, name, str(tmp_path / name))
    row = made_of(agency.alice, clip)
    assert row.state == state
    page = logged_in(agency.alice).get(reverse("reviews:clip-rights", args=[clip.pk])).content.decode()
    assert words in page
    assert words in (row.error_message or row.credentials["why_not"])
    if state == "ready":
        assert b"c2pa" not in stored(row).read_bytes()
        assert {each.text for each in xmp_of(stored(row)).iter(f"{PLUS}LicenseID")} == {
            numbering.number_of(signed.payload_sha256)
        }


def test_while_the_authority_of_time_is_away_nothing_is_signed_without_it(
    agency: Agency, clip: Clip, signed: SignOff, settings: Settings
) -> None:
    settings.C2PA_TSA_URL = "http://127.0.0.1:1/tsa"
    row = made_of(agency.alice, clip)
    assert (row.state, row.error_code, row.sha256) == ("requested", "time-authority-away", "")
    job = Job.objects.get(key=f"deliverable.make:{row.pk}")
    assert (job.state, job.error_code) == ("queued", "time-authority-away")
    settings.HTTP_ALLOWED_PRIVATE_NETWORKS = ()
    blocked = made_of(agency.bob, clip)
    assert (blocked.state, blocked.error_code) == ("failed", "time-authority-blocked")


@pytest.mark.long
def test_a_time_that_is_attested_is_under_the_signature_and_nothing_else_of_the_network_is_asked(
    agency: Agency, clip: Clip, signed: SignOff, settings: Settings, tmp_path: Path
) -> None:
    with attesting(tmp_path) as (url, asked):
        settings.C2PA_TSA_URL = url
        row = made_of(agency.alice, clip)
    assert (row.state, row.error_message, len(asked)) == ("ready", "", 1)
    assert f"its time attested by {url}" in row.steps[-1]["words"]
    _, report = as_a_stranger_reads_it(stored(row))
    assert report["manifests"][report["active_manifest"]]["signature_info"]["time"].startswith("20")


@pytest.mark.long
def test_a_parent_that_was_tampered_with_is_named(agency: Agency, provider: Authority, tmp_path: Path) -> None:
    raw = make_clip(tmp_path / "raw.mp4", frames=6, size=(64, 64), sound=False)
    signed = provider.sign(raw, tmp_path / "signed.mp4")
    data = bytearray(signed.read_bytes())
    data[data.index(b"mdat") + 60] ^= 1
    signed.write_bytes(data)
    clip = routed(uploaded_clip(agency.alice, agency.aurora, signed, shot=agency.shot))
    world.sign(agency.lena, world.ready_to_sign(agency, clip))
    row = made_of(agency.alice, clip)
    assert row.state == "ready"
    broken = [each["words"] for each in row.marks if each["state"] == "broken"]
    assert any("assertion.bmffHash.mismatch" in words for words in broken)
    page = logged_in(agency.lena).get(reverse("reviews:clip-rights", args=[clip.pk])).content.decode()
    assert "Present, and they do not verify" in page


def _upload(user: User, agency: Agency, path: Path, name: str) -> Upload:
    """Send a file through the page, and let the jobs run."""
    with path.open("rb") as file:
        sent = logged_in(user).post(
            reverse("generations:upload", args=[agency.aurora.pk]),
            {
                "file": file,
                "shot": str(agency.shot.pk),
                "declared_model": "sora-2",
                "declared_route": "Vofy",
                "declaration": "on",
            },
        )
    assert sent.status_code == 302, sent.context["form"].errors
    runner.drain()
    return Upload.objects.latest("created_at")


def test_case_22_a_lost_mark_is_said_and_takes_a_lawyers_reason(
    agency: Agency, marked_clip: Clip, tmp_path: Path
) -> None:
    stripped = make_clip(tmp_path / "export.mp4", frames=72, size=(64, 64), sound=False)
    export = _upload(agency.alice, agency, stripped, "export.mp4").clip
    assert export is not None
    browser = logged_in(agency.alice)
    told = browser.post(
        reverse("reviews:made-from", args=[export.pk]),
        {"from-parent": str(marked_clip.pk), "from-operation": "re-encoded"},
    )
    assert told.status_code == 302
    lost = f"were present in the source, and were lost in the export of {marked_clip} (re-encoded)."
    page = browser.get(reverse("reviews:clip-rights", args=[export.pk])).content.decode()
    assert "Marks were lost" in page
    assert lost in page
    assert f"AIGC label was present in the source, and was lost in the export of {marked_clip}" in page
    governing = world.approved(agency, export)
    world.draft(agency.bob, routed(marked_clip), governing)
    version = world.draft(agency.bob, export, governing)
    address = reverse("reviews:sign", args=[version.pk])
    lawyer = logged_in(agency.lena)
    assert lost in lawyer.get(address).content.decode()
    signing = {"shown_sha256": version.sha256, "meaning": "approved", "password": PASSWORD, "reason": ""}
    refused = lawyer.post(address, signing)
    assert refused.status_code == 422
    assert "say why it may be approved all the same" in refused.content.decode()
    assert not SignOff.objects.exists()
    reason = "The client asked for a clean master; the label is shown in the player."
    assert lawyer.post(address, {**signing, "reason": reason}).status_code == 302
    approval = SignOff.objects.get()
    assert (approval.meaning, approval.reason) == ("approved", reason)
    assert json.loads(approval.payload)["reason"] == reason


def _jumbf_that_lies() -> bytes:
    """A C2PA box whose inner superbox says that it is almost four gibibytes long."""
    inner = b"\xff\xff\xff\xf0jumb\x00\x00\x00\x26jumdc2pa" + bytes(64)
    content = (
        b"uuid" + bytes.fromhex("D8FEC3D61B0E483C92975828877EC481") + bytes(4) + b"manifest\x00" + bytes(8) + inner
    )
    return (len(content) + 4).to_bytes(4, "big") + content


def _hostile(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files whose boxes lie about their sizes."""
    sound = make_clip(folder / "sound.mp4", frames=3, size=(64, 64), sound=False).read_bytes()
    for name, tail in (
        ("beyond", b"\xff\xff\xff\xf0uuid" + XMP_UUID),
        ("beyond64", b"\x00\x00\x00\x01uuid" + (1 << 62).to_bytes(8, "big") + XMP_UUID),
        ("jumbf", _jumbf_that_lies()),
    ):
        path = folder / f"{name}.mp4"
        path.write_bytes(sound + tail)
        yield name, path


def test_case_23_a_malicious_upload_asks_nobody_and_takes_no_memory(
    agency: Agency, provider: Authority, tmp_path: Path
) -> None:
    with listening() as (url, asked):
        raw = make_clip(tmp_path / "raw.mp4", frames=3, size=(64, 64), sound=False)
        pointing = provider.sign(raw, tmp_path / "pointing.mp4", remote_url=url)
        clip = _upload(agency.alice, agency, pointing, "pointing.mp4").clip
        assert clip is not None
        report = ProvenanceReport.objects.get(clip=clip)
        assert (report.c2pa_state, report.c2pa["reason"]) == ("not_checked", "remote_manifest")
        page = logged_in(agency.lena).get(reverse("reviews:clip-rights", args=[clip.pk])).content.decode()
        assert "Nobody asked it: http://127.0.0.1:" in page
        world.sign(agency.lena, world.ready_to_sign(agency, clip))
        row = made_of(agency.alice, clip)
        assert row.state == "ready", row.error_message
        assert url not in ET.tostring(xmp_of(stored(row)), encoding="unicode")
        assert asked == []
    for name, path in _hostile(tmp_path):
        received = _upload(agency.alice, agency, path, path.name)
        found = {"beyond": ("refused", "damaged"), "beyond64": ("refused", "damaged"), "jumbf": ("ingested", "")}[name]
        assert (received.state, received.error_code) == found, name
        if received.clip is not None:
            assert ProvenanceReport.objects.get(clip=received.clip).c2pa_state == "present_invalid"
            assert _peak(path) < _peak(raw) + 32 * 1024**2


def _peak(path: Path) -> int:
    """The most memory that reading its marks took; begins with what the parent had."""
    request = {"path": str(path), "name": path.name, "anchors": "", "own_anchors": "", "largest_checked": 1 << 30}
    return run("provenance", request, PROVENANCE_LIMITS).peak_memory
