"""A client's library: one file in several projects, what is said about it and was said before, files put away, and the walls."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from generations.actions import clip_references, reference_intakes, reference_library, references, transfers
from generations.models import Membership, Project, Reference, ReferenceChange, ReferenceIntake, Transfer
from generations.pipeline import reference_measuring
from generations.pipeline.places import transfer_path
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.generations.factories import png, small_mp4
from tests.people import Agency, project
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]
STORY = {"source": "Client archive", "rights": "Order 7"}


def kept(
    agency: Agency, where: Project | None = None, *, size: tuple[int, int] = (32, 18), **facts: object
) -> references.Added:
    """A picture that alice kept in Aurora, or elsewhere."""
    file = SimpleUploadedFile("cup.png", png(*size))
    said = {**STORY, **facts}
    return references.receive_reference(
        actor=agency.alice,
        project=where or agency.aurora,
        file=file,
        original_name="cup.png",
        facts=said,  # type: ignore[arg-type]
    )


def sent(actor: User, where: Project, name: str, body: bytes) -> Transfer:
    """A file that came in pieces."""
    row = transfers.open_transfer(actor=actor, project=where, purpose="reference", original_name=name, size=len(body))
    for offset in range(0, len(body), row.chunk_size):
        piece = body[offset : offset + row.chunk_size]
        sum_ = hashlib.sha256(piece).hexdigest()
        row = transfers.receive_chunk(actor=actor, transfer=row, offset=offset, sha256=sum_, body=piece)
    return transfers.finish_transfer(actor=actor, transfer=row)


def test_a_file_goes_to_another_project_without_a_second_copy_and_never_to_another_client(agency: Agency) -> None:
    cup = kept(
        agency, licence="stock", licence_number="ST-1", credit="Ann", ai_use="yes", roles=["style"], tags=["tea"]
    ).reference
    drain()
    second = project(agency.north, "AURA", agency.alice, agency.alice)
    before = sorted(path for path in Path(settings.MEDIA_ROOT).rglob(f"{cup.sha256}*"))
    cup.refresh_from_db()
    added = reference_library.reuse_reference(actor=agency.alice, reference=cup, project=second)
    twin = added.reference
    assert added.new
    assert (twin.storage_key, twin.sha256, twin.preview_key) == (cup.storage_key, cup.sha256, cup.preview_key)
    assert twin.preview_key
    assert sorted(Path(settings.MEDIA_ROOT).rglob(f"{cup.sha256}*")) == before
    assert (twin.brought_from, twin.created_by, twin.licence_number) == (cup, agency.alice, "ST-1")
    assert [(each.kind, each.word) for each in twin.labels.all()] == [("role", "style"), ("tag", "tea")]
    assert Event.objects.filter(kind="reference.reused", subject_id=twin.pk).count() == 1
    again = reference_library.reuse_reference(actor=agency.alice, reference=cup, project=second)
    assert (again.new, again.reference) == (False, twin)
    Membership.objects.create(project=agency.borealis, user=agency.alice)
    with pytest.raises(InvalidInput) as refused:
        reference_library.reuse_reference(actor=agency.alice, reference=cup, project=agency.borealis)
    assert refused.value.code == "other-client"
    with pytest.raises(Forbidden):
        reference_library.reuse_reference(actor=agency.bob, reference=cup, project=agency.aurora)
    second.memberships.all().delete()
    with pytest.raises(NotFound):
        reference_library.reuse_reference(actor=agency.alice, reference=cup, project=second)
    assert Reference.objects.count() == 2


def test_the_same_bytes_say_where_they_are_already(agency: Agency) -> None:
    first = kept(agency, licence="own_work", ai_use="yes")
    assert (first.new, first.elsewhere) == (True, None)
    again = kept(agency, licence="stock", licence_number="9")
    assert (again.new, again.reference, again.reference.licence) == (False, first.reference, "own_work")
    assert "is here already" in again.words()
    other = kept(agency, project(agency.north, "AURA", agency.alice, agency.alice))
    assert (other.new, other.elsewhere, other.reference.licence) == (True, first.reference, "own_work")
    assert "is in Aurora too" in other.words()
    hidden = project(agency.south, "SUD", agency.ada, agency.alice)
    assert kept(agency, hidden).elsewhere is None  # another client's file is not told of


def test_a_take_or_a_frame_of_it_becomes_a_reference_that_says_so(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, grey=60, shot=agency.shot)
    said: dict[str, Any] = {"actor": agency.alice, "clip": clip, "frame": 7}
    added = clip_references.reference_from_clip(**said, roles=["first_frame"])
    row = added.reference
    assert (added.new, row.from_clip, row.from_frame, row.depicts) == (True, clip, 7, "unknown")
    assert row.source.startswith(f"Frame 8 of {clip}, uploaded, made with sora-2")
    with Image.open(storage.path_for(row.storage_key, Path(settings.MEDIA_ROOT))) as picture:
        assert (picture.size, row.width) == ((clip.width, clip.height), clip.width)
        assert abs(picture.convert("L").getpixel((32, 32)) - 67) <= 1  # type: ignore[operator]  # the shade of the eighth
    assert clip_references.reference_from_clip(**said).reference == row
    by_hand = references.add_reference(
        actor=agency.alice, project=agency.aurora, original_name="take.mp4", source="Client archive", rights="Ours",
        file=SimpleUploadedFile("take.mp4", world.video_bytes(60)),
    )  # fmt: skip
    take = clip_references.reference_from_clip(actor=agency.alice, clip=clip)
    assert (take.new, take.reference, take.reference.source) == (False, by_hand, "Client archive")
    assert (take.reference.from_clip, take.reference.from_frame, take.reference.sha256) == (clip, None, clip.sha256)
    bodies = [json.loads(each.body) for each in Event.objects.filter(kind="reference.from_clip").order_by("seq")]
    assert [(each["clip_sha256"], each["frame"]) for each in bodies] == [(clip.sha256, 7), (clip.sha256, None)]
    second = project(agency.north, "AURA", agency.alice, agency.alice)
    twin = reference_library.reuse_reference(actor=agency.alice, reference=row, project=second).reference
    assert (twin.from_clip, twin.from_frame) == (clip, 7)


def test_a_clip_that_is_out_of_use_or_out_of_reach_becomes_no_reference(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, grey=60)

    def refused(error: type[DomainError], **said: Any) -> str:
        with pytest.raises(error) as caught:
            clip_references.reference_from_clip(**{"actor": agency.alice, "clip": clip, "frame": 0, **said})
        assert not Reference.objects.exists()
        return caught.value.code

    assert refused(InvalidInput, frame=12) == "no-such-frame"
    refused(InvalidInput, roles=["voice"])
    refused(Forbidden, actor=agency.bob)
    refused(NotFound, clip=world.add_clip(agency.borealis, agency.ada, grey=70))
    Membership.objects.create(project=agency.borealis, user=agency.alice)
    assert refused(InvalidInput, project=agency.borealis) == "other-client"
    clip.withdrawn_at = timezone.now()
    assert refused(Conflict) == "clip-withdrawn"


def test_what_was_said_before_is_kept_and_ledgered_without_names(agency: Agency) -> None:
    cup = kept(agency, depicted="Mia Torres").reference
    assert cup.depicts == "yes"
    twin = reference_library.reuse_reference(
        actor=agency.alice, reference=cup, project=project(agency.north, "AURA", agency.alice, agency.alice)
    ).reference
    until = dt.date(2027, 5, 1)
    reference_library.describe_reference(
        actor=agency.alice,
        reference=cup,
        everywhere=True,
        licence="cc_by",
        credit="Ann",
        licensed_until=until,
        roles=["subject"],
    )
    reference_library.describe_reference(actor=agency.alice, reference=cup, depicted="Mia Torres\nOtto")
    reference_library.describe_reference(
        actor=agency.alice, reference=cup, depicted="Mia Torres\nOtto"
    )  # nothing changes
    changes = list(ReferenceChange.objects.filter(reference=cup).order_by("pk"))
    assert [sorted(each.after) for each in changes] == [
        ["credit", "licence", "licence_url", "licensed_until", "roles"], ["depicted"],
    ]  # fmt: skip
    assert (changes[0].before["licence"], changes[1].before["depicted"]) == ("unknown", "Mia Torres")
    twin.refresh_from_db()
    assert (twin.licence, twin.licensed_until, twin.depicted) == ("cc_by", until, "Mia Torres")
    assert twin.licence_url == "https://creativecommons.org/licenses/by/4.0/"
    events = Event.objects.filter(kind="reference.described")
    assert events.count() == 3
    assert not any("Mia" in each.body or "Ann" in each.body for each in events)
    assert json.loads(events.order_by("seq")[0].body)["after"]["licence"] == "cc_by"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"licence": "stock"}, "licence_number"),
        ({"licence": "cc_by_sa"}, "credit"),
        ({"licence": "mine"}, "licence"),
        ({"licence_url": "ftp://example.com/x"}, "licence_url"),
        ({"depicts": "no", "depicted": "Mia"}, "depicts"),
        ({"roles": ["voice"]}, "roles"),
        ({"roles": ["extra"]}, "roles"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"source": " "}, "source"),
    ],
)
def test_facts_that_cannot_be_are_refused_and_nothing_changes(
    agency: Agency, facts: dict[str, object], field: str
) -> None:
    cup = kept(agency, licence="own_work").reference
    with pytest.raises(InvalidInput) as refused:
        reference_library.describe_reference(actor=agency.alice, reference=cup, **facts)  # type: ignore[arg-type]
    assert [*refused.value.fields] == [field]
    cup.refresh_from_db()
    assert (cup.licence, cup.source, ReferenceChange.objects.count()) == ("own_work", "Client archive", 0)


def test_a_deed_goes_with_its_licence_and_an_own_address_stays(agency: Agency) -> None:
    cup, said = kept(agency, licence="cc_by", credit="Ann").reference, []
    for facts in (
        {},
        {"licence": "cc0", "licence_url": cup.licence_url},  # the page sends what it showed
        {"licence": "own_work"},
        {"licence": "cc_by", "licence_url": "https://creativecommons.org/licenses/by/3.0/"},
        {"credit": "Ann Lee"},
    ):
        reference_library.describe_reference(actor=agency.alice, reference=cup, **facts)  # type: ignore[arg-type]
        said.append(cup.licence_url.removeprefix("https://creativecommons.org/"))
    assert said == ["licenses/by/4.0/", "publicdomain/zero/1.0/", "", "licenses/by/3.0/", "licenses/by/3.0/"]


def test_what_cannot_be_said_is_refused_before_any_bytes_are_taken(agency: Agency) -> None:
    transfer = sent(agency.alice, agency.aurora, "cup.png", png())
    wrong: list[tuple[str, dict[str, object]]] = [
        ("tags", {"tags": ["x" * 41]}), ("roles", {"roles": ["extra"]}), ("licence_number", {"licence": "stock"}),
    ]  # fmt: skip
    for field, facts in wrong:
        with pytest.raises(InvalidInput) as refused:
            reference_intakes.keep_transfer(actor=agency.alice, transfer=transfer, **{**STORY, **facts})  # type: ignore[arg-type]
        assert [*refused.value.fields] == [field]
        with pytest.raises(InvalidInput) as refused:
            kept(agency, size=(41, 23), **facts)  # type: ignore[arg-type]
        assert [*refused.value.fields] == [field]
    transfer.refresh_from_db()
    assert (transfer.state, ReferenceIntake.objects.count()) == ("ready", 0)
    name = hashlib.sha256(png(41, 23)).hexdigest()
    assert not [*Path(settings.MEDIA_ROOT).rglob(f"*{name}*")]


def test_roles_and_tags_that_do_not_change_are_not_written_anew(agency: Agency) -> None:
    cup = kept(agency, roles=["style"], tags=["tea", "red"]).reference
    before = {each.word: each.pk for each in cup.labels.all()}
    reference_library.describe_reference(
        actor=agency.alice, reference=cup, credit="Ann", roles=["style"], tags=["tea ", "blue"]
    )
    after = {each.word: each.pk for each in cup.labels.all()}
    assert [*after] == ["style", "tea", "blue"]
    assert after["style"] == before["style"]
    assert sorted(ReferenceChange.objects.get().after) == ["credit", "tags"]


def test_a_file_in_pieces_is_measured_by_a_job_and_known_bytes_are_not_looked_at_again(
    agency: Agency, tmp_path: Path
) -> None:
    body = small_mp4(tmp_path / "walk.mp4", frames=24).read_bytes()
    facts = {
        **STORY,
        "licence": "own_work",
        "roles": ["motion", "voice"],
        "tags": ["walk"],
        "licensed_until": dt.date(2028, 1, 1),
    }
    transfer = sent(agency.alice, agency.aurora, "walk.mp4", body)
    intake = reference_intakes.keep_transfer(actor=agency.alice, transfer=transfer, **facts)  # type: ignore[arg-type]
    assert (intake.state, Reference.objects.count()) == ("measuring", 0)
    drain()
    intake.refresh_from_db()
    row = Reference.objects.get()
    assert (intake.state, intake.reference, intake.facts) == ("kept", row, {})
    assert (row.kind, row.duration_ms, row.licensed_until, row.created_by) == (
        "video",
        1000,
        dt.date(2028, 1, 1),
        agency.alice,
    )
    assert [each.word for each in row.labels.all()] == ["motion", "walk"]  # a video has no voice of its own
    assert row.preview_key
    assert not transfer_path(transfer).exists()
    assert reference_intakes.keep_transfer(actor=agency.alice, transfer=transfer, **facts) == intake  # type: ignore[arg-type]
    second = sent(agency.alice, agency.aurora, "again.mp4", body)
    known = reference_intakes.keep_transfer(actor=agency.alice, transfer=second, **STORY)  # type: ignore[arg-type]
    assert (known.state, known.known, known.reference) == ("kept", True, row)
    assert not transfer_path(second).exists()
    bad = sent(agency.alice, agency.aurora, "picture.png", b"not a picture at all")
    refused = reference_intakes.keep_transfer(actor=agency.alice, transfer=bad, **STORY)  # type: ignore[arg-type]
    drain()
    refused.refresh_from_db()
    assert refused.state == "refused"
    assert refused.words.startswith("This is not a JPEG")
    assert (Reference.objects.count(), ReferenceIntake.objects.count()) == (1, 3)
    third = sent(agency.alice, agency.aurora, "more.mp4", body + b"x")
    with pytest.raises(InvalidInput):
        reference_intakes.keep_transfer(actor=agency.alice, transfer=third, source="", rights="")
    third.refresh_from_db()
    assert (third.state, ReferenceIntake.objects.count()) == ("ready", 3)


def test_what_is_put_away_comes_back_once(agency: Agency) -> None:
    cup = kept(agency).reference
    with pytest.raises(Forbidden):
        reference_library.archive_reference(actor=agency.bob, reference=cup)
    assert reference_library.archive_reference(actor=agency.alice, reference=cup).archived_at is not None
    with pytest.raises(Conflict):
        reference_library.archive_reference(actor=agency.alice, reference=cup)
    second = project(agency.north, "AURA", agency.alice, agency.alice)
    with pytest.raises(Conflict):
        reference_library.reuse_reference(actor=agency.alice, reference=cup, project=second)
    assert "archived; bring it back" in kept(agency).words()
    assert reference_library.restore_reference(actor=agency.alice, reference=cup).archived_at is None
    assert Reference.objects.count() == 1


def test_a_file_whose_job_was_killed_every_time_is_told_of(agency: Agency) -> None:
    transfer = sent(agency.alice, agency.aurora, "cup.png", png())
    intake = reference_intakes.keep_transfer(actor=agency.alice, transfer=transfer, **STORY)  # type: ignore[arg-type]
    assert reference_measuring.end_dead() == 0
    Job.objects.filter(kind="reference.measure").update(state="dead")
    assert reference_measuring.end_dead() == 1
    intake.refresh_from_db()
    assert (intake.state, Reference.objects.count()) == ("refused", 0)
