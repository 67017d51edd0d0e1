"""From which clips a clip was made: declared with an upload or afterwards, never taken back, never in a circle."""

import itertools
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generations.actions.descent import declare_parent
from generations.models import Clip, ClipParent, Membership
from generations.models.descent import ancestors, descendants, direct_parents
from sorahub.accounts.models import User
from sorahub.jobs.runner import drain
from sorahub.ledger.models import AppendOnlyViolation, Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.generations.factories import small_mp4
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(agency: Agency) -> list[Clip]:
    """Three clips; the second is declared to be made from the first, the third from the second."""
    clips = [world.add_clip(agency.aurora, agency.alice, grey=grey) for grey in (60, 70, 80)]
    for parent, clip in itertools.pairwise(clips):
        declare_parent(actor=agency.alice, clip=clip, parent=parent, operation="Cut to 6 s")
    return clips


def refused(error: type[DomainError], actor: User, clip: Clip, parent: Clip, words: str = "Cut") -> DomainError:
    before = (ClipParent.objects.count(), Event.objects.count())
    with pytest.raises(error) as caught:
        declare_parent(actor=actor, clip=clip, parent=parent, operation=words)
    assert (ClipParent.objects.count(), Event.objects.count()) == before
    return caught.value


def test_a_parent_is_declared_once_and_ledgered_by_hash(agency: Agency, chain: list[Clip]) -> None:
    row = ClipParent.objects.get(clip=chain[1])
    assert (row.parent, row.operation, row.declared_by) == (chain[0], "Cut to 6 s", agency.alice)
    event = Event.objects.filter(kind="clip.parent_declared", subject_id=chain[1].pk).get()
    assert json.loads(event.body)["parent_sha256"] == chain[0].sha256
    assert "Cut" not in event.body
    assert refused(Conflict, agency.alice, chain[1], chain[0]).code == "parent-declared"
    with pytest.raises(AppendOnlyViolation):
        row.delete()


def test_parents_of_parents_are_found_in_one_query_for_each_step(
    chain: list[Clip], django_assert_num_queries: object
) -> None:
    first, second, third = (clip.pk for clip in chain)
    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's fixture
        behind = ancestors([third, second])
    assert [set(behind.of(each)) for each in (third, second, first)] == [{second, first}, {first}, set()]
    assert descendants([first]).of(first) == {second, third}
    assert behind.ends(third)
    assert direct_parents(third) == {second: "Cut to 6 s"}


def test_a_circle_is_refused_and_so_is_the_clip_itself(agency: Agency, chain: list[Clip]) -> None:
    assert refused(Conflict, agency.alice, chain[0], chain[2]).code == "parent-circle"
    assert refused(InvalidInput, agency.alice, chain[0], chain[0]).fields == {"parent": "Choose another clip."}
    assert "operation" in refused(InvalidInput, agency.alice, chain[2], chain[0], "  ").fields


def test_only_producers_declare_and_only_from_what_they_see(agency: Agency, chain: list[Clip]) -> None:
    elsewhere = world.add_clip(agency.borealis, agency.ada, grey=90)
    refused(NotFound, agency.alice, chain[0], elsewhere)
    refused(NotFound, agency.alice, elsewhere, chain[0])
    for other in (agency.bob, agency.lena, agency.dora, agency.ada):
        refused(Forbidden, other, chain[2], chain[0])


def test_a_remix_is_made_from_the_clip_of_its_source(agency: Agency, chain: list[Clip]) -> None:
    source = world.add_generation(chain[0], agency, launcher=agency.alice)
    remix = world.add_clip(agency.aurora, agency.alice, grey=100)
    made = world.add_generation(remix, agency, launcher=agency.alice)
    type(made).objects.filter(pk=made.pk).update(source=source)
    assert ancestors([remix.pk]).of(remix.pk) == {chain[0].pk}
    assert direct_parents(remix.pk) == {chain[0].pk: ""}
    assert remix.pk in descendants([chain[0].pk]).of(chain[0].pk)
    assert refused(Conflict, agency.alice, chain[0], remix).code == "parent-circle"


def story(path: Path, **more: object) -> dict[str, object]:
    file = SimpleUploadedFile(path.name, path.read_bytes(), "video/mp4")
    return {"file": file, "declared_model": "editor", "declared_route": "Vofy", "declaration": "on", **more}


def test_an_upload_names_its_parents_on_the_page(agency: Agency, chain: list[Clip], tmp_path: Path) -> None:
    page = reverse("generations:upload", args=[agency.aurora.pk])
    browser = logged_in(agency.alice)
    assert "Made from clips of this project" in browser.get(page).text
    short = story(small_mp4(tmp_path / "cut.mp4"), made_from=[str(chain[0].pk), str(chain[2].pk)])
    refusal = browser.post(page, short)
    assert "Say what was done" in refusal.text
    told = story(tmp_path / "cut.mp4", made_from=short["made_from"], operation="Joined")
    assert browser.post(page, told).status_code == 302
    drain()
    made = Clip.objects.get(original_name="cut.mp4")
    assert direct_parents(made.pk) == {chain[0].pk: "Joined", chain[2].pk: "Joined"}
    assert {row.declared_by for row in made.made_from.all()} == {agency.alice}


def test_an_upload_names_its_parents_by_the_api(agency: Agency, chain: list[Clip], tmp_path: Path) -> None:
    browser = logged_in(agency.alice)
    told = story(small_mp4(tmp_path / "cut.mp4"), made_from=[str(chain[0].pk)], operation="Re-encoded")
    answer = browser.post("/api/v1/uploads/", {**told, "project": str(agency.aurora.pk)})
    assert answer.status_code == 202, answer.text
    drain()
    assert direct_parents(Clip.objects.get(original_name="cut.mp4").pk) == {chain[0].pk: "Re-encoded"}
    hidden = world.add_clip(agency.borealis, agency.ada, grey=90)
    again = story(tmp_path / "cut.mp4", made_from=[str(hidden.pk)], operation="Re-encoded")
    assert browser.post("/api/v1/uploads/", {**again, "project": str(agency.aurora.pk)}).status_code == 400


def test_the_same_bytes_again_add_no_circle(agency: Agency, chain: list[Clip], tmp_path: Path) -> None:
    path = tmp_path / "harbour.mp4"
    path.write_bytes(world.video_bytes(60))
    browser = logged_in(agency.alice)
    told = story(path, made_from=[str(chain[2].pk), str(chain[0].pk)], operation="Re-encoded")
    assert browser.post(reverse("generations:upload", args=[agency.aurora.pk]), told).status_code == 302
    drain()
    assert not chain[0].made_from.exists()


def test_a_parent_of_another_project_needs_both_projects(agency: Agency, chain: list[Clip]) -> None:
    Membership.objects.create(project=agency.borealis, user=agency.alice)
    elsewhere = world.add_clip(agency.borealis, agency.ada, grey=90)
    assert declare_parent(actor=agency.alice, clip=chain[0], parent=elsewhere, operation="Cut").parent == elsewhere
