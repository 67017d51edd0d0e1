"""The pages where takes are compared and chosen: what each kind of person finds there, and what they never find."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Batch, Character, Clip, Generation, Prompt, Reference, Rendition, Shot
from generations.models.clip import ClipGrant
from reviews.actions.admission import Admission
from reviews.actions.choosing import shortlist
from reviews.actions.reviews import add_to_review, revoke_review, send_review
from reviews.models import Pick, Review, Stage, Tag
from sorahub.accounts.models import User
from sorahub.ledger.models import Event
from tests.people import Agency, provider_account
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core
PEOPLE = ("alice", "bob", "lena", "ada", "dora", "carol")


def generated(agency: Agency, clip: Clip, words: str, version: int, **more: Any) -> Generation:
    """Say that the clip was generated from these words."""
    unwanted = more.pop("unwanted", "")
    prompt = Prompt.objects.create(
        shot=agency.shot, version=version, text=words, negative=unwanted, created_by=agency.alice
    )
    params = {"seconds": 4, "size": "1280x720", **more.pop("params", {})}
    return Generation.objects.create(
        project=clip.project, prompt=prompt, account=provider_account(), model="sora-2", capability_version="1",
        state="succeeded", remote_id=f"video_{clip.pk}", clip=clip, estimate_micro=400_000, settled_micro=410_000,
        params=params, created_by=agency.alice, **more,
    )  # fmt: skip


@pytest.fixture
def second(agency: Agency, clip: Clip) -> Clip:
    return world.add_clip(agency.aurora, agency.alice, grey=40, shot=agency.shot)


def address(*clips: Clip) -> str:
    return "/compare/?" + "&".join(f"clip={clip.pk}" for clip in clips)


def grant(guest: User, *clips: Clip) -> None:
    for clip in clips:
        if not clip.project.memberships.filter(user=guest).exists():
            clip.project.memberships.create(user=guest)
        ClipGrant.objects.create(clip=clip, user=guest, granted_by=clip.created_by)


def test_two_takes_are_compared_by_whoever_sees_both(agency: Agency, clip: Clip, second: Clip) -> None:
    grant(agency.dora, clip)
    answers = {name: logged_in(getattr(agency, name)).get(address(clip, second)).status_code for name in PEOPLE}
    assert answers == {"alice": 200, "bob": 200, "lena": 200, "ada": 200, "dora": 404, "carol": 404}
    assert Client().get(address(clip, second)).status_code == 302


def test_words_and_settings_are_told_apart_for_the_agency(agency: Agency, clip: Clip, second: Clip) -> None:
    generated(agency, clip, "A harbour at dawn", 2, actual={"model": "sora-2", "seconds": 4})
    generated(
        agency, second, "A quiet harbour at dusk", 3, params={"seconds": 8}, actual={"seconds": 6, "model": "sora-2"}
    )
    answer = logged_in(agency.bob).get(address(clip, second))
    made, page = answer.context["made"], answer.content.decode()
    length = next(line for line in made.differing if line.label == "Length")
    assert [(cell.text, cell.used) for cell in length.cells] == [("4 s", ""), ("8 s", "6 s")]
    assert "Picture" in [line.label for line in made.equal]
    assert '<ins><span class="visually-hidden">Added: </span>quiet </ins>' in page
    assert '<del><span class="visually-hidden">Left out: </span>dawn</del>' in page
    assert "provider says 6 s" in page
    assert "0.41 USD" in page


def test_what_was_sent_is_compared_and_not_what_the_prompt_says(agency: Agency, clip: Clip, second: Clip) -> None:
    shots = [{"prompt": "A pier", "seconds": 4}, {"prompt": "A gull", "seconds": 4}]
    asked = {"negative": "people", "shots": shots, "characters": ["c_1"]}
    one = generated(agency, clip, "A harbour", 2, params=asked, unwanted="text")
    other = generated(agency, second, "A harbour", 3, unwanted="text")
    file = Reference.objects.create(
        project=clip.project, kind="image", sha256="a" * 64, size=1, media_type="image/png", storage_key="x",
        original_name="pier.png", source="Own", created_by=agency.alice,
    )  # fmt: skip
    one.given.create(reference=file, role="first_frame", position=0)
    Character.objects.create(
        project=clip.project, account=one.account, reference=file, name="Otto", state="ready", remote_id="c_1",
        created_by=agency.alice,
    )  # fmt: skip
    browser = logged_in(agency.bob)
    made = browser.get(address(clip, second)).context["made"]
    told = {line.label: [cell.text for cell in line.cells] for line in made.differing}
    assert told["Characters"] == ["Otto", "–"]
    assert told["Shots"] == ["1. A pier (4 s); 2. A gull (4 s)", "–"]
    assert ["".join(piece.text for piece in each.pieces if piece.kind != "removed") for each in made.negatives] == [
        "people",
        "",
    ]
    page = browser.get(f"/clips/{clip.pk}/").content.decode()
    for words in ("Otto", "A gull", "people", "pier.png", f"/references/{file.pk}/", "First frame"):
        assert words in page
    assert "Not:</span> text" not in browser.get(f"/generations/{other.pk}/").content.decode()


def test_a_guest_compares_their_own_clips_and_learns_nothing_of_how_they_were_made(
    agency: Agency, clip: Clip, second: Clip
) -> None:
    generated(agency, clip, "A secret harbour", 2)
    generated(agency, second, "Another secret", 3)
    third = world.add_clip(agency.aurora, agency.alice, grey=41, shot=agency.shot)
    for each in (clip, second):
        Rendition.objects.create(
            clip=each, kind="guest_proxy", storage_key="x", sha256="0" * 64, size=1, media_type="video/mp4"
        )
    shortlist(actor=agency.bob, clip=clip)
    grant(agency.dora, clip, second)
    answer = logged_in(agency.dora).get(address(clip, second))
    page = answer.content.decode()
    assert (answer.status_code, answer.context["made"]) == (200, None)
    assert [take.picture.src for take in answer.context["takes"]] == [
        f"/clips/{each.pk}/renditions/guest_proxy" for each in (clip, second)
    ]
    for word in ("secret", "sora-2", "USD", "Creative", str(third.pk), "/original", "/select/", "/pick/", "takes/"):
        assert word not in page
    assert {take.mark for take in answer.context["takes"]} == {""}


def reviewed(agency: Agency, clips: list[Clip], *shows: str) -> Review:
    stage = Stage.objects.filter(project=agency.aurora, name="Client").first() or world.staged(agency)["Client"]
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=stage, title="Rough cut", clips=clips,
        people=[agency.dora], admission=Admission(shows=shows),
    )  # fmt: skip


@pytest.mark.parametrize(
    "shows",
    [(), ("prompts",), ("provider",), ("costs",), ("internal",), ("prompts", "provider", "costs")],
    ids="-".join,
)
def test_a_guest_is_told_of_the_making_what_the_review_turns_on_and_nothing_else(
    agency: Agency, clip: Clip, second: Clip, shows: tuple[str, ...]
) -> None:
    used = {"model": "sora-2-2026", "tokens": 77_777}
    generated(agency, clip, "A secret harbour", 2, actual=used)
    generated(agency, second, "Another secret", 3, params={"seconds": 8}, actual=used)
    reviewed(agency, [clip, second], *shows)
    answer = logged_in(agency.dora).get(address(clip, second))
    page = answer.text.split("<main")[1]
    assert "Catalogue entry" not in page
    secrets = {"prompts": ("secret", "8 s"), "provider": ("sora-2-2026", "sandbox"), "costs": ("0.41 USD", "77777")}
    told = {name: [words for words in each if words in page] for name, each in secrets.items()}
    assert told == {name: list(each) if name in shows else [] for name, each in secrets.items()}
    for never in ("Launched by", "Account 1", "Creative"):
        assert never not in page
    assert (answer.context["made"] is None) == (not set(shows) & set(secrets))


def test_what_one_review_tells_of_one_take_is_not_told_of_another(agency: Agency, clip: Clip, second: Clip) -> None:
    generated(agency, clip, "A secret harbour", 2)
    generated(agency, second, "Another secret", 3)
    telling = reviewed(agency, [clip], "prompts")
    reviewed(agency, [second])
    browser = logged_in(agency.dora)
    assert browser.get(address(clip, second)).context["made"] is None
    add_to_review(actor=agency.alice, review=telling, clips=[second])
    assert len(browser.get(address(clip, second)).context["made"].prompts) == 2
    revoke_review(actor=agency.alice, review=telling)
    assert browser.get(address(clip, second)).status_code == 404
    reviewed(agency, [clip])
    assert browser.get(address(clip, second)).context["made"] is None


def test_one_take_alone_is_put_beside_the_selected_or_the_newest_other(
    agency: Agency, clip: Clip, second: Clip
) -> None:
    third = world.add_clip(agency.aurora, agency.alice, grey=41, shot=agency.shot)
    browser = logged_in(agency.bob)
    assert browser.get(address(clip)).headers["Location"] == address(clip, third)
    Shot.objects.filter(pk=agency.shot.pk).update(selected_clip=second)
    assert browser.get(address(clip)).headers["Location"] == address(clip, second)


def test_nothing_to_compare_is_said_in_words(agency: Agency, clip: Clip) -> None:
    browser = logged_in(agency.bob)
    assert "One take alone cannot be compared" in browser.get(address(clip)).content.decode()
    assert "Choose takes to compare" in browser.get("/compare/").content.decode()


def test_what_cannot_be_compared(agency: Agency, clip: Clip, second: Clip) -> None:
    browser = logged_in(agency.bob)
    hidden = world.add_clip(agency.borealis, agency.ada, grey=200)
    assert browser.get(address(clip, hidden)).status_code == 404
    assert browser.get(f"{address(clip)}&clip={uuid4()}").status_code == 404
    assert browser.get("/compare/?clip=nonsense").status_code == 404
    five = [world.add_clip(agency.aurora, agency.alice, grey=50 + n, shot=agency.shot) for n in range(3)]
    too_many = browser.get(address(clip, second, *five))
    assert (too_many.status_code, "At most four" in too_many.content.decode()) == (400, True)
    assert browser.get(address(clip, second, *five[:2])).status_code == 200


def test_the_pickers_offer_the_takes_of_the_shot_first(agency: Agency, clip: Clip, second: Clip) -> None:
    lone = world.add_clip(agency.aurora, agency.alice, grey=60)
    world.add_clip(agency.borealis, agency.ada, grey=61)
    offers = logged_in(agency.bob).get(address(clip, second)).context["offers"]
    assert [(label, [pk for pk, _ in each]) for label, each in offers] == [
        (f"Takes of {agency.shot}", [second.pk, clip.pk]),
        ("Other clips, newest first", [lone.pk]),
    ]


def test_the_grid_is_for_the_projects_people(agency: Agency, clip: Clip) -> None:
    grant(agency.dora, clip)
    at = f"/projects/{agency.aurora.pk}/takes/"
    answers = {name: logged_in(getattr(agency, name)).get(at).status_code for name in PEOPLE}
    assert answers == {"alice": 200, "bob": 200, "lena": 200, "ada": 200, "dora": 404, "carol": 404}
    assert 'data-choose="shortlisted"' in logged_in(agency.bob).get(at).content.decode()
    assert "data-choose" not in logged_in(agency.lena).get(at).content.decode()


def shown(browser: Client, agency: Agency, **query: str) -> list[Any]:
    answer = browser.get(f"/projects/{agency.aurora.pk}/takes/", query)
    assert answer.status_code == 200
    return [each.card.pk for each in answer.context["choices"]] if "choices" in answer.context else []


def test_the_lists_and_their_counts(agency: Agency, clip: Clip, second: Clip) -> None:
    third = world.add_clip(agency.aurora, agency.alice, grey=41)
    browser = logged_in(agency.bob)
    browser.post(f"/clips/{clip.pk}/pick/", {"mark": "shortlisted"})
    browser.post(f"/clips/{second.pk}/pick/", {"mark": "rejected"})
    browser.post(f"/clips/{clip.pk}/select/")
    lists = {
        name: shown(browser, agency, show=name) for name in ("all", "shortlisted", "rejected", "undecided", "selected")
    }
    assert lists == {
        "all": [third.pk, second.pk, clip.pk],
        "shortlisted": [clip.pk],
        "rejected": [second.pk],
        "undecided": [third.pk],
        "selected": [clip.pk],
    }
    counts = browser.get(f"/projects/{agency.aurora.pk}/takes/").context["counts"]
    assert {name: count for name, _, count in counts} == {name: len(each) for name, each in lists.items()}
    assert shown(browser, agency, shot=str(agency.shot.pk)) == [second.pk, clip.pk]
    assert shown(browser, agency, q="dawn sc010") == [second.pk, clip.pk]
    assert shown(browser, agency, q="harbour.mp4", sort="oldest") == [clip.pk, second.pk, third.pk]
    assert shown(browser, agency, sort="shot") == [second.pk, clip.pk, third.pk]
    assert "No take is like that" in browser.get(f"/projects/{agency.aurora.pk}/takes/?q=nothing").content.decode()


def test_ticked_clips_without_a_shot_become_its_next_takes_and_then_stay(agency: Agency, clip: Clip) -> None:
    first, later, elsewhere = (
        world.add_clip(project, agency.ada, grey=grey)
        for grey, project in ((60, agency.aurora), (61, agency.aurora), (62, agency.borealis))
    )
    browser, grid = logged_in(agency.alice), f"/projects/{agency.aurora.pk}/takes/"
    assert shown(browser, agency, shot="none") == [later.pk, first.pk]
    assert 'id="filing"' in browser.get(grid).content.decode()
    assert 'id="filing"' not in logged_in(agency.bob).get(grid).content.decode()
    assert "File under a shot" in browser.get(f"/clips/{first.pk}/").content.decode()
    asked = {"clip": [str(later.pk), str(first.pk)], "shot": str(agency.shot.pk), "next": grid}
    assert (
        "Filed under SC010-SH010 as takes 2 to 3." in browser.post(f"{grid}file/", asked, follow=True).content.decode()
    )
    takes = Clip.objects.filter(shot=agency.shot).order_by("take").values_list("pk", "take")
    assert list(takes) == [(clip.pk, 1), (first.pk, 2), (later.pk, 3)]
    assert Event.objects.filter(kind="clip.filed").count() == 2
    assert browser.post(f"/clips/{first.pk}/select/").status_code == 302
    fresh = world.add_clip(agency.aurora, agency.alice, grey=63)
    mixed = browser.post(f"{grid}file/", {**asked, "clip": [str(fresh.pk), str(first.pk)]}, follow=True)
    assert "is filed already" in mixed.content.decode()
    assert browser.post(f"{grid}file/", {**asked, "clip": [str(elsewhere.pk)]}).status_code == 404
    other = logged_in(agency.ada).post(f"{grid}file/", {**asked, "clip": [str(elsewhere.pk)]}, follow=True)
    assert "belongs to another project" in other.content.decode()
    Clip.objects.filter(pk=fresh.pk).update(withdrawn_at=timezone.now())
    gone = browser.post(f"{grid}file/", {**asked, "clip": [str(fresh.pk)]}, follow=True)
    assert "This clip is withdrawn. Nothing was filed." in gone.content.decode()
    assert Clip.objects.filter(pk__in=[fresh.pk, elsewhere.pk], shot=None, take=1).count() == 2
    assert Event.objects.filter(kind="clip.filed").count() == 2


def test_the_grid_is_narrowed_to_a_batch_a_model_a_tag(agency: Agency, clip: Clip, second: Clip) -> None:
    batch = Batch.objects.create(project=agency.aurora, name="Light", created_by=agency.alice)
    for taken in (clip, second):
        made = world.add_generation(taken, agency, launcher=agency.alice)
    Generation.objects.filter(pk=made.pk).update(batch=batch, model="kling-v3")
    browser = logged_in(agency.bob)
    browser.post("/tags/", {"name": "Night", "clip": [str(clip.pk)]})
    tag, page = Tag.objects.get(), f"/projects/{agency.aurora.pk}/takes/"
    assert shown(browser, agency, batch=str(batch.pk)) == [second.pk]
    assert shown(browser, agency, model="Sora-2") == shown(browser, agency, tag=str(tag.pk)) == [clip.pk]
    assert shown(browser, agency, batch=str(uuid4())) == []
    answer = browser.get(page, {"batch": str(batch.pk), "model": "kling-v3", "sort": "oldest"})
    without = [("Batch: Light", "model=kling-v3&sort=oldest"), ("Model: kling-v3", f"batch={batch.pk}&sort=oldest")]
    assert answer.context["chips"] == without
    assert f'<input type="hidden" name="batch" value="{batch.pk}">' in answer.content.decode()
    here, ranking = browser.get(f"/batches/{batch.pk}/").content.decode(), f"/projects/{agency.aurora.pk}/rankings/new/"
    assert (f"{page}?batch={batch.pk}" in here, f"{ranking}?batch={batch.pk}" in here) == (True, False)
    Generation.objects.filter(clip=clip).update(batch=batch)
    alice = logged_in(agency.alice)
    assert f"{ranking}?batch={batch.pk}" in alice.get(f"/batches/{batch.pk}/").content.decode()
    assert f"{ranking}?shot={agency.shot.pk}" in alice.get(f"/shots/{agency.shot.pk}/").content.decode()


def crowd(agency: Agency, clip: Clip, many: int) -> None:
    """Write more takes that share the clip's bytes, over a few shots."""
    have = Clip.objects.count()
    shots = [
        Shot(project=agency.aurora, code=f"S{have + n}", position=n % 3, created_by=agency.alice) for n in range(4)
    ]
    Shot.objects.bulk_create(shots)
    values = {
        field.attname: getattr(clip, field.attname) for field in Clip._meta.concrete_fields if field.attname != "id"
    }
    rows = [
        Clip(**{**values, "sha256": f"{have + n:064x}", "shot_id": shots[n % 4].pk, "take": 100 + have + n})
        for n in range(many)
    ]
    Clip.objects.bulk_create(rows)
    Pick.objects.bulk_create(Pick(clip=row, mark="shortlisted", by=agency.bob) for row in rows[::2])


@pytest.mark.parametrize("sort", ["newest", "oldest", "shot"])
def test_the_grid_is_walked_page_by_page_without_losing_a_take(agency: Agency, clip: Clip, sort: str) -> None:
    crowd(agency, clip, 150)
    browser, seen, after = logged_in(agency.bob), [], ""
    while True:
        context = browser.get(
            f"/projects/{agency.aurora.pk}/takes/", {"after": after, "sort": sort, "part": "1"}
        ).context
        seen += [each.card.pk for each in context["choices"]]
        if not (after := context["next_after"]):
            break
    assert len(seen) == len(set(seen)) == 151


def test_few_takes_and_many_cost_the_same(agency: Agency, clip: Clip, second: Clip) -> None:
    generated(agency, clip, "A harbour", 2)
    browser, counts = logged_in(agency.bob), []
    for many in (10, 300):
        crowd(agency, clip, many)
        for at in (f"/projects/{agency.aurora.pk}/takes/", address(clip, second)):
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(at).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert counts[0] <= 9
    assert counts[1] <= 16


def test_a_script_gets_facts_and_a_form_goes_back_to_its_page(agency: Agency, clip: Clip, second: Clip) -> None:
    browser = logged_in(agency.bob)
    back = browser.post(f"/clips/{clip.pk}/pick/", {"mark": "rejected", "next": address(clip, second)})
    assert (back.status_code, back.headers["Location"]) == (302, address(clip, second))
    away = browser.post(f"/clips/{clip.pk}/pick/", {"mark": "", "next": "https://elsewhere.example/"})
    assert away.headers["Location"] == f"/clips/{clip.pk}/"
    script = {"Accept": "application/json"}
    chosen = browser.post(f"/clips/{clip.pk}/select/", headers=script)
    assert chosen.json() == {"words": "Take 1 is selected.", "selected": True, "before": ""}
    assert browser.post(f"/clips/{second.pk}/select/", headers=script).json()["before"] == str(clip.pk)


def test_refusals_are_told_in_words_and_change_nothing(agency: Agency, clip: Clip) -> None:
    script = {"Accept": "application/json"}
    odd = logged_in(agency.bob).post(f"/clips/{clip.pk}/pick/", {"mark": "loved"}, headers=script)
    assert (odd.status_code, odd.json()["detail"]) == (400, "Unknown.")
    lena = logged_in(agency.lena).post(f"/clips/{clip.pk}/pick/", {"mark": "rejected"}, headers=script)
    assert (lena.status_code, "may not" in lena.json()["detail"]) == (403, True)
    Clip.objects.filter(pk=clip.pk).update(withdrawn_at=timezone.now())
    withdrawn = logged_in(agency.bob).post(f"/clips/{clip.pk}/pick/", {"mark": "rejected"})
    assert (withdrawn.status_code, "withdrawn" in withdrawn.content.decode()) == (409, True)
    lone = world.add_clip(agency.aurora, agency.alice, grey=60)
    shotless = logged_in(agency.bob).post(f"/clips/{lone.pk}/select/", headers=script)
    assert (shotless.status_code, shotless.json()["code"]) == (400, "no-shot")
    assert Pick.objects.count() == 0
    assert not Shot.objects.exclude(selected_clip=None).exists()


def test_the_ways_to_it(agency: Agency, clip: Clip, second: Clip) -> None:
    browser = logged_in(agency.bob)
    assert f"/compare/?clip={clip.pk}" in browser.get(f"/clips/{clip.pk}/").content.decode()
    shot = browser.get(f"/shots/{agency.shot.pk}/").content.decode()
    assert f"/compare/?clip={second.pk}&amp;clip={clip.pk}" in shot
    grid = f"/projects/{agency.aurora.pk}/takes/"
    assert f"{grid}?shot={agency.shot.pk}" in shot
    assert grid in browser.get(f"/projects/{agency.aurora.pk}/").content.decode()
