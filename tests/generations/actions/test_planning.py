"""Projects, members, shots, prompts, references, provider accounts: who may, what is refused, what is told."""

from pathlib import Path
from wave import open as wave_file

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from generations.actions import references
from generations.actions.projects import add_member, archive_project, create_project, remove_member
from generations.actions.prompts import write_prompt
from generations.actions.provider_accounts import add_account, change_account, request_test
from generations.actions.references import add_reference
from generations.actions.shots import add_shot, select_take
from generations.announcements import project_created
from generations.models import Membership, Project, Prompt, ProviderAccount, Reference, Shot
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.generations.factories import png, small_mp4
from tests.people import Agency

pytestmark = pytest.mark.django_db


def test_a_project_begins_with_its_creator_and_is_announced_in_its_transaction(agency: Agency) -> None:
    heard: list[tuple[Project, object]] = []

    def listen(sender: object, project: Project, actor: object, **_: object) -> None:
        heard.append((project, actor))

    project_created.connect(listen)
    try:
        project = create_project(actor=agency.alice, client=agency.north, name="Comet", code="COMET", rate_num=25)
    finally:
        project_created.disconnect(listen)
    assert heard == [(project, agency.alice)]
    assert list(project.memberships.values_list("user", flat=True)) == [agency.alice.pk]
    event = Event.objects.get(kind="project.created")
    assert event.chain.client_id == agency.north.pk
    assert "Comet" not in event.body


def test_a_project_is_not_begun_with_a_code_in_use_or_for_an_unseen_client(agency: Agency) -> None:
    with pytest.raises(Conflict):
        create_project(actor=agency.alice, client=agency.north, name="Again", code="AURORA")
    with pytest.raises(NotFound):
        create_project(actor=agency.alice, client=agency.south, name="Theirs", code="THEIRS")
    with pytest.raises(Forbidden):
        create_project(actor=agency.bob, client=agency.north, name="Mine", code="MINE")
    with pytest.raises(InvalidInput) as wrong:
        create_project(actor=agency.alice, client=agency.north, name="Comet", code="no spaces")
    assert "code" in wrong.value.fields
    assert Project.objects.count() == 2


def test_members_come_and_go(agency: Agency) -> None:
    add_member(actor=agency.alice, project=agency.aurora, user=agency.ada)
    add_member(actor=agency.alice, project=agency.aurora, user=agency.ada)
    remove_member(actor=agency.alice, project=agency.aurora, user=agency.bob)
    assert not Project.objects.visible_to(agency.bob).filter(pk=agency.aurora.pk).exists()
    kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["project.member_added", "project.member_removed"]
    with pytest.raises(NotFound):
        remove_member(actor=agency.alice, project=agency.aurora, user=agency.bob)
    with pytest.raises(NotFound):
        add_member(actor=agency.alice, project=agency.borealis, user=agency.alice)
    assert not Membership.objects.filter(project=agency.borealis, user=agency.alice).exists()


def test_an_archived_project_takes_nothing_new(agency: Agency) -> None:
    project = archive_project(actor=agency.alice, project=agency.aurora)
    with pytest.raises(Conflict, match="archived"):
        add_shot(actor=agency.alice, project=project, code="SC020")
    with pytest.raises(Conflict):
        archive_project(actor=agency.alice, project=project)
    assert Shot.objects.count() == 1


def test_shots_are_added_at_the_end_and_codes_are_unique(agency: Agency) -> None:
    shot = add_shot(actor=agency.alice, project=agency.aurora, code=" SC020 ", intended_frames=48)
    assert (shot.code, shot.position, shot.intended_frames) == ("SC020", 1, 48)
    with pytest.raises(Conflict):
        add_shot(actor=agency.alice, project=agency.aurora, code="SC020")
    with pytest.raises(Forbidden):
        add_shot(actor=agency.bob, project=agency.aurora, code="SC030")
    assert Shot.objects.count() == 2
    assert select_take(actor=agency.alice, shot=shot, clip=None).selected_clip is None


def test_new_words_are_the_next_version(agency: Agency) -> None:
    second = write_prompt(actor=agency.alice, shot=agency.shot, text="At dusk", parent=agency.prompt)
    assert (second.version, second.parent) == (2, agency.prompt)
    other = add_shot(actor=agency.alice, project=agency.aurora, code="SC020")
    with pytest.raises(InvalidInput):
        write_prompt(actor=agency.alice, shot=other, text="Elsewhere", parent=second)
    with pytest.raises(InvalidInput):
        write_prompt(actor=agency.alice, shot=agency.shot, text="  ")
    with pytest.raises(Forbidden):
        write_prompt(actor=agency.lena, shot=agency.shot, text="Mine")
    assert Prompt.objects.count() == 2


def test_an_image_is_kept_once_with_its_rights(agency: Agency) -> None:
    def add(content: bytes) -> Reference:
        file = SimpleUploadedFile("frame.png", content)
        return add_reference(
            actor=agency.alice,
            project=agency.aurora,
            file=file,
            original_name="../frame.png",
            source="Client",
            rights="Own",
        )

    kept = add(png())
    assert (kept.kind, kept.media_type, kept.original_name) == ("image", "image/png", "frame.png")
    assert (Path(settings.MEDIA_ROOT) / kept.storage_key).read_bytes() == png()
    assert add(png()) == kept
    for wrong, code in ((b"", "not-a-reference"), (b"<svg xmlns=''/>", "not-a-reference"), (png()[:60], "damaged")):
        with pytest.raises(InvalidInput) as refused:
            add(wrong)
        assert refused.value.code == code
    assert Reference.objects.count() == 1


@pytest.mark.parametrize("kind", ["video", "audio", "image"])
def test_each_kind_of_reference_is_measured_and_has_its_own_limit(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file = {"video": small_mp4, "audio": wave, "image": picture}[kind](tmp_path / f"a.{SUFFIX[kind]}")
    facts = {"actor": agency.alice, "project": agency.aurora, "original_name": file.name}
    monkeypatch.setitem(references.LARGEST, kind, 50)
    with pytest.raises(InvalidInput) as refused:
        add_reference(**facts, file=file, source="Us", rights="Ours")  # type: ignore[arg-type]
    assert refused.value.code == "too-large"
    assert not Reference.objects.exists()
    assert not list((Path(settings.MEDIA_ROOT) / "incoming").glob("*.part"))
    monkeypatch.undo()
    kept = add_reference(**facts, file=file, source="Us", rights="Ours")  # type: ignore[arg-type]
    measured = (kept.kind, kept.width, kept.height, kept.duration_ms, kept.rate_num, kept.rate_den)
    assert measured == MEASURED[kind]
    assert file.read_bytes() == (Path(settings.MEDIA_ROOT) / kept.storage_key).read_bytes()


SUFFIX = {"video": "mp4", "audio": "wav", "image": "png"}
MEASURED = {
    "video": ("video", 160, 90, 500, 24, 1),
    "audio": ("audio", None, None, 500, None, None),
    "image": ("image", 64, 36, None, None, None),
}


def wave(path: Path) -> Path:
    """Half a second of silence."""
    with wave_file(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes(bytes(48_000))
    return path


def picture(path: Path) -> Path:
    path.write_bytes(png())
    return path


def account(agency: Agency, **changes: object) -> ProviderAccount:
    facts = {"name": "Sandbox", "route": "sandbox", "dialect": "openai_videos", "base_url": "http://localhost:9/v1/"}
    return add_account(actor=agency.ada, **{**facts, "api_key": "sk-0123456789abcd", **changes})  # type: ignore[arg-type]


def test_an_accounts_secrets_are_sealed_and_only_administrators_add_one(agency: Agency) -> None:
    added = account(agency)
    assert (added.api_key, added.key_hint, added.base_url) == ("sk-0123456789abcd", "abcd", "http://localhost:9/v1")
    assert "sk-0123456789abcd" not in added.sealed_key
    assert "sk-0123456789abcd" not in Event.objects.get(kind="account.added").body
    with pytest.raises(Conflict):
        account(agency)
    with pytest.raises(InvalidInput) as refused:
        account(agency, name="Odd", base_url="ftp://example.com")
    assert "base_url" in refused.value.fields
    with pytest.raises(Forbidden):
        change_account(actor=agency.alice, account=added, enabled=False)
    assert ProviderAccount.objects.get().enabled


def test_changing_an_account_keeps_the_key_that_is_not_given(agency: Agency) -> None:
    added = account(agency)
    changed = change_account(actor=agency.ada, account=added, api_key="", plan="Tier 5", max_in_flight=3)
    assert (changed.api_key, changed.plan, changed.max_in_flight) == ("sk-0123456789abcd", "Tier 5", 3)
    with pytest.raises(InvalidInput):
        change_account(actor=agency.ada, account=added, poll_owner="me")


def test_testing_an_account_writes_the_result_on_it(agency: Agency) -> None:
    tested = request_test(actor=agency.ada, account=account(agency))
    assert tested.tested_at is None
    drain()
    tested.refresh_from_db()
    assert tested.test_passed is False
    assert tested.test_message


def test_a_route_that_the_catalogue_does_not_know_is_refused(agency: Agency) -> None:
    with pytest.raises(InvalidInput) as caught:
        account(agency, route="nonesuch")
    assert "compatible" in caught.value.fields["route"]
    assert not ProviderAccount.objects.exists()
