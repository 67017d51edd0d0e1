"""The shot board and the animatic through the pages and the API: order, ranges, statuses, what plays; the file and the timeline in
tests/reviews/interchange/test_animatic.py.
"""

import json
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generations.actions.shots import edit_shot, select_take
from generations.models import Clip, Project, Shot
from reviews.actions.holds import place_hold
from reviews.models import Animatic
from sorahub.ledger.models import Event
from sorahub.lib.ids import uuid7
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db
FOUR = ["SC010-SH010", "SC010-SH020", "SC020-SH010", "SC020-SH020"]


@pytest.fixture
def shots(agency: Agency) -> list[Shot]:
    """Four shots of Aurora, in order."""
    more = [
        Shot(project=agency.aurora, code=code, position=place, created_by=agency.alice)
        for place, code in enumerate(FOUR)
        if place
    ]
    return [agency.shot, *Shot.objects.bulk_create(more)]


@pytest.fixture
def alice(agency: Agency) -> Browser:
    """Alice's browser."""
    return logged_in(agency.alice)


def order(project: Project) -> list[tuple[int, str]]:
    """The board as it is stored."""
    return list(Shot.objects.filter(project=project).on_the_board().values_list("position", "code"))


def script(browser: Browser, shot: Shot, **fields: Any) -> Any:
    """Move a shot as the board's script does."""
    return browser.post(reverse("reviews:shot-move", args=[shot.pk]), fields, headers={"Accept": "application/json"})


def test_a_shot_is_moved_and_moved_back_and_a_stale_board_moves_nothing(
    agency: Agency, shots: list[Shot], alice: Browser
) -> None:
    page = alice.get(reverse("reviews:board", args=[agency.aurora.pk])).content.decode()
    assert [page.index(code) for code in FOUR] == sorted(page.index(code) for code in FOUR)
    moved = script(alice, shots[3], to=1, version=0).json()
    assert moved == {"words": "Moved SC020-SH020 to place 1.", "before": 4, "after": 1, "version": 1}
    assert order(agency.aurora) == [*enumerate(["SC020-SH020", *FOUR[:3]])]
    stale = script(alice, shots[0], to=4, version=0)
    assert (stale.status_code, stale.json()["code"]) == (409, "board-changed")
    assert "shown as it is now" in stale.json()["detail"]
    assert order(agency.aurora) == [*enumerate(["SC020-SH020", *FOUR[:3]])]
    by_form = alice.post(reverse("reviews:shot-move", args=[shots[0].pk]), {"to": 4, "version": 0}, follow=True)
    assert "Your move was not made" in by_form.content.decode()
    undone = script(alice, shots[3], to=moved["before"], version=moved["version"])
    assert undone.json()["after"] == 4
    assert order(agency.aurora) == [*enumerate(FOUR)]
    assert script(alice, shots[0], to=99).json()["after"] == 4
    for wrong in ({"to": 0}, {"to": "x"}, {}):
        assert script(alice, shots[0], **wrong).status_code == 400
    before = order(agency.aurora)
    assert script(logged_in(agency.bob), shots[0], to=1).status_code == 403
    assert script(logged_in(agency.carol), shots[0], to=1).status_code == 404
    assert order(agency.aurora) == before


def test_shots_are_inserted_edited_archived_and_restored(agency: Agency, shots: list[Shot], alice: Browser) -> None:
    new = f"{reverse('generations:shot-new', args=[agency.aurora.pk])}?after={shots[0].pk}"
    alice.post(new, {"code": "SC010-SH015", "title": "Between", "intended_frames": 30})
    assert [code for _, code in order(agency.aurora)][:3] == ["SC010-SH010", "SC010-SH015", "SC010-SH020"]
    between = Shot.objects.get(code="SC010-SH015")
    said = {"code": "SC010-SH016", "title": "Later", "intended_frames": 48, "standing": "omitted"}
    assert alice.post(reverse("reviews:shot-edit", args=[between.pk]), said).status_code == 302
    taken = alice.post(reverse("reviews:shot-edit", args=[between.pk]), said | {"code": FOUR[0]})
    assert "already exists" in taken.content.decode()
    between.refresh_from_db()
    assert (between.code, between.intended_frames, between.standing) == ("SC010-SH016", 48, "omitted")
    alice.post(reverse("reviews:shot-archive", args=[shots[1].pk]), follow=True)
    assert order(agency.aurora) == [*enumerate([FOUR[0], "SC010-SH016", FOUR[2], FOUR[3]])]
    page = alice.get(reverse("reviews:board-live", args=[agency.aurora.pk])).content.decode()
    assert "Restore SC010-SH020" in page
    assert "SC010-SH020" not in alice.get(f"/projects/{agency.aurora.pk}/").content.decode()
    alice.post(reverse("reviews:shot-restore", args=[shots[1].pk]))
    assert order(agency.aurora) == [*enumerate([FOUR[0], "SC010-SH016", FOUR[2], FOUR[3], FOUR[1]])]


def test_the_range_belongs_to_the_selected_take(agency: Agency, shots: list[Shot], alice: Browser) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=shots[0])
    other = world.add_clip(agency.aurora, agency.alice, shot=shots[0], grey=120)
    address = reverse("reviews:shot-edit", args=[shots[0].pk])
    trim = {"trim": "yes", "first": 3, "last": 8, "clip": str(clip.pk)}
    assert "Select a take first" in alice.post(address, trim).content.decode()
    alice.post(reverse("reviews:shot-take", args=[shots[0].pk]), {"clip": str(clip.pk)})
    assert alice.post(address, trim).status_code == 302
    found = Shot.objects.get(pk=shots[0].pk)
    assert (found.selected_clip_id, found.source_in, found.source_out) == (clip.pk, 2, 7)
    for wrong in ({"first": 13}, {"last": 13}, {"first": 9}, {"clip": str(other.pk)}):
        assert alice.post(address, trim | wrong).status_code == 200
    found.refresh_from_db()
    assert (found.source_in, found.source_out) == (2, 7)
    alice.post(reverse("reviews:shot-take", args=[shots[0].pk]), {"clip": str(other.pk)})
    found.refresh_from_db()
    assert (found.selected_clip_id, found.source_in, found.source_out) == (other.pk, 0, None)
    api = alice.post(
        f"/api/v1/shots/{found.pk}/trim/", json.dumps({"source_in": 1, "source_out": 11}), "application/json"
    )
    assert (api.json()["source_in"], api.json()["source_out"]) == (1, None)


def test_the_board_says_how_far_each_shot_is_with_as_many_queries_for_a_hundred(
    agency: Agency, shots: list[Shot], alice: Browser, clip: Clip
) -> None:
    stages = world.staged(agency)
    select_take(actor=agency.alice, shot=shots[0], clip=clip)
    world.add_clip(agency.aurora, agency.alice, shot=shots[1], grey=70)

    def statuses() -> list[str]:
        return [card["status"] for card in alice.get(f"/api/v1/stories/{agency.aurora.pk}/").json()["board"]]

    assert statuses() == ["selected", "choose", "empty", "empty"]
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    assert statuses()[0] == "approved"
    world.sign(agency.lena, world.draft(agency.bob, clip, world.governing(agency.lena)))
    assert statuses()[0] == "cleared"
    place_hold(actor=agency.lena, clip=clip, reason="A claim came in")
    assert statuses()[0] == "stopped"

    pages = [reverse(f"reviews:{name}", args=[agency.aurora.pk]) for name in ("board", "animatic")]
    counted = [_queries(alice, page) for page in pages]
    Shot.objects.bulk_create(
        Shot(project=agency.aurora, code=f"S{n}", position=n, created_by=agency.alice) for n in range(4, 100)
    )
    for number, shot in enumerate(Shot.objects.filter(code__startswith="S", position__gte=90)):
        select_take(
            actor=agency.alice, shot=shot, clip=world.add_clip(agency.aurora, agency.alice, shot=shot, grey=number)
        )
    assert [_queries(alice, page) for page in pages] == counted
    assert max(counted) <= 26


def test_pages_lead_to_some_of_many_takes_and_to_the_others_when_asked(
    agency: Agency, shots: list[Shot], alice: Browser, clip: Clip
) -> None:
    more = []
    for number in range(2, 15):
        copy = Clip.objects.get(pk=clip.pk)
        copy.pk, copy.take, copy.sha256, copy.storage_key = uuid7(), number, f"{number:064x}", f"k{number}"
        copy.save(force_insert=True)
        more.append(copy)
    select_take(actor=agency.alice, shot=shots[0], clip=more[1])
    page = alice.get(reverse("reviews:clip", args=[more[4].pk]))  # take 6
    assert [each.take for each in page.context["takes"]] == [14, 13, 12, 11, 10, 8, 7, 6, 5, 4, 3]
    assert f"/projects/{agency.aurora.pk}/takes/?shot={shots[0].pk}" in page.content.decode()
    others = alice.get(reverse("reviews:clip-carry-takes", args=[more[4].pk]))
    assert [each.take for each in others.context["takes"]] == [9, 2, 1]
    board = alice.get(reverse("reviews:board-live", args=[agency.aurora.pk])).content.decode()
    assert "Take 3 of 14" in board and "<option" not in board
    choices = reverse("reviews:shot-take-choices", args=[shots[0].pk])
    assert choices in board
    offered = alice.get(choices).content.decode()
    assert f'<option value="{more[1].pk}" selected>Take 3</option>' in offered and offered.count("<option") == 15


def test_the_story_plays_selected_takes_and_cards_and_leaves_as_a_timeline(
    agency: Agency, shots: list[Shot], alice: Browser, tmp_path: Path
) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=shots[0])
    world.add_clip(agency.aurora, agency.alice, shot=shots[1], grey=120)
    select_take(actor=agency.alice, shot=shots[0], clip=clip)
    Shot.objects.filter(pk=shots[0].pk).update(intended_frames=20, source_in=2, source_out=9)
    Shot.objects.filter(pk=shots[3].pk).update(standing="omitted")
    told = alice.get(f"/api/v1/stories/{agency.aurora.pk}/").json()
    assert [(each["kind"], each["start"], each["length"], each["moving"]) for each in told["pieces"]] == [
        ("take", 0, 20, 8), ("card", 20, 48, 0), ("card", 68, 48, 0),
    ]  # fmt: skip
    page = alice.get(reverse("reviews:animatic", args=[agency.aurora.pk]))
    assert page.context["story"]["pieces"][0]["src"] == reverse("generations:clip-original", args=[clip.pk])
    assert "1 take in it is not signed off" in page.content.decode()
    newest = alice.get(reverse("reviews:animatic", args=[agency.aurora.pk]), {"newest": "yes"})
    assert [each["kind"] for each in newest.context["story"]["pieces"]] == ["take", "take", "card"]

    answer = alice.get(reverse("reviews:timeline", args=[agency.aurora.pk]), {"slates": "yes"})
    assert answer["Content-Disposition"] == 'attachment; filename="AURORA_animatic.otio"'
    (tmp_path / "story.otio").write_bytes(answer.content)
    timeline = otio.adapters.read_from_file(str(tmp_path / "story.otio"))
    assert timeline.duration() == otio.opentime.RationalTime(116 + 3 * 24, 24)
    first = timeline.find_clips()[0]
    assert (first.source_range.start_time.value, first.source_range.duration.value) == (2, 8)
    assert (first.available_range().duration.value, first.metadata["sorahub"]["sha256"]) == (12, clip.sha256)
    assert first.media_reference.target_url.startswith("AURORA_SC010-SH010_take1_")
    held = timeline.find_clips()[1]
    assert (held.source_range.start_time.value, held.source_range.duration.value) == (9, 12)
    assert isinstance(held.effects[0], otio.schema.FreezeFrame)
    event = Event.objects.get(kind="timeline.exported")
    assert json.loads(event.body)["clips"] == [clip.sha256]
    world.staged(agency)
    for address in (f"/projects/{agency.aurora.pk}/timeline.otio", f"/projects/{agency.aurora.pk}/animatic/"):
        assert logged_in(agency.dora).get(address).status_code == 404
    assert Event.objects.filter(kind="timeline.exported").count() == 1


def test_an_animatic_without_shots_or_too_long_is_not_begun(agency: Agency, alice: Browser) -> None:
    address = reverse("reviews:animatic-request", args=[agency.aurora.pk])
    said = {"size": "640x360", "slates": "both", "sound": "on"}
    Shot.objects.filter(project=agency.aurora).update(intended_frames=3600 * 24 + 1)
    assert "at most an hour" in alice.post(address, said).content.decode()
    assert "Select a valid choice" in alice.post(address, said | {"size": "8000x8000"}).content.decode()
    Shot.objects.filter(project=agency.aurora).update(standing="omitted")
    assert "add a shot first" in alice.post(address, said).content.decode()
    assert not Animatic.objects.exists()


def _queries(browser: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


def test_of_two_who_change_a_shot_at_once_neither_is_lost(agency: Agency, shots: list[Shot], alice: Browser) -> None:
    """In the API what is left out is not read before the lock; on the page what was shown comes back beside what was made of it."""
    stale = shots[0]
    Shot.objects.filter(pk=stale.pk).update(title="By bob", intended_frames=30)
    edit_shot(actor=agency.alice, shot=stale, code="SC099")
    found = Shot.objects.get(pk=stale.pk)
    assert (found.code, found.title, found.intended_frames) == ("SC099", "By bob", 30)
    address = reverse("reviews:shot-edit", args=[stale.pk])
    form = alice.get(address).context["form"]
    shown = {each.html_name: each.value() for each in form} | {each.html_initial_name: each.value() for each in form}
    assert 'name="initial-title"' in alice.get(address).content.decode()
    Shot.objects.filter(pk=stale.pk).update(title="By bob again")
    assert alice.post(address, shown | {"standing": "on_hold", "intended_frames": ""}).status_code == 302
    found.refresh_from_db()
    assert (found.title, found.standing, found.intended_frames) == ("By bob again", "on_hold", None)


def test_very_long_shots_have_a_length(agency: Agency, shots: list[Shot], alice: Browser) -> None:
    Shot.objects.filter(project=agency.aurora).update(intended_frames=2_500_000)
    for way in ("reviews:board", "reviews:animatic"):
        assert alice.get(reverse(way, args=[agency.aurora.pk])).status_code == 200
    assert "28:56:06:16" in alice.get(f"/shots/{shots[0].pk}/").content.decode()
    asked = {"intended_frames": 1_000_001}
    refused = alice.patch(f"/api/v1/shots/{shots[0].pk}/", asked, content_type="application/json")
    assert refused.status_code == 400
