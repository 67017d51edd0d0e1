"""The pages of a client's library, the page of one file, its API, and the launch form's places."""

from itertools import count

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from generations import catalog
from generations.actions.orders import Wish, order_of
from generations.models import Membership, Project, Reference, ReferenceLabel
from generations.web.slot_picker import place_for
from tests.generations.web.conftest import Login
from tests.people import Agency, project, provider_account
from tests.reviews import world

pytestmark = pytest.mark.django_db
_number = count(1)


def kept(where: Project, name: str, *roles: str, tags: tuple[str, ...] = (), **facts: object) -> Reference:
    """A row as it stands after measuring; its bytes are looked at by nobody here."""
    values: dict[str, object] = {
        "kind": "image", "sha256": f"{next(_number):064x}", "size": 9_000, "media_type": "image/png", "storage_key": "x",
        "width": 1280, "height": 720, "source": "Archive", "rights": "Order 7", "licence": "own_work", "ai_use": "yes",
        "depicts": "no", "created_by": where.created_by, **facts,
    }  # fmt: skip
    row = Reference.objects.create(project=where, original_name=name, **values)
    words = [("role", word) for word in roles] + [("tag", word) for word in tags]
    ReferenceLabel.objects.bulk_create(ReferenceLabel(reference=row, kind=kind, word=word) for kind, word in words)
    return row


def names(browser: Browser, agency: Agency, **asked: str) -> list[str]:
    """What the library shows for a question."""
    answer = browser.get(f"/clients/{agency.north.pk}/references/", asked)
    assert answer.status_code == 200
    return [card.row.original_name for card in answer.context["cards"]]


def test_the_library_shows_each_file_once_narrows_and_keeps_the_walls(agency: Agency, login: Login) -> None:
    aura = project(agency.north, "AURA", agency.alice, agency.alice)
    closed = project(agency.north, "CLOSED", agency.ada)
    cup = kept(agency.aurora, "cup.png", "style", tags=("tea",), credit="Ann Lee")
    kept(aura, "cup again.png", sha256=cup.sha256)
    kept(aura, "voice.wav", "voice", kind="audio", width=None, height=None, licence="stock", licence_number="ST-77")
    kept(aura, "old.png", licensed_until="2026-01-01")
    kept(aura, "away.png", archived_at="2026-01-01T00:00Z")
    kept(closed, "hidden.png")
    kept(agency.borealis, "theirs.png", sha256=cup.sha256)
    alice = login(agency.alice)
    assert names(alice, agency) == ["old.png", "voice.wav", "cup again.png"]
    assert names(login(agency.bob), agency) == ["cup.png"]  # he takes part in one project alone
    for asked, found in (
        ({"q": "ann lee"}, ["cup.png"]),
        ({"q": "ST-77"}, ["voice.wav"]),
        ({"q": "tea"}, ["cup.png"]),
        ({"kind": "audio"}, ["voice.wav"]),
        ({"role": "style"}, ["cup.png"]),
        ({"tag": "tea"}, ["cup.png"]),
        ({"licence": "stock"}, ["voice.wav"]),
        ({"standing": "cautions"}, ["old.png"]),
        ({"standing": "archived"}, ["away.png"]),
        ({"kind": "nonsense", "after": "nonsense"}, ["old.png", "voice.wav", "cup again.png"]),
    ):
        assert names(alice, agency, **asked) == found, asked
    page = alice.get(f"/clients/{agency.north.pk}/references/", {"into": str(agency.aurora.pk)}).content.decode()
    assert page.count("Use in Aurora") == 2
    assert "In Aurora already" in page
    assert "Its licence ended on 2026-01-01" in page
    assert alice.get(f"/clients/{agency.south.pk}/references/").status_code == 404


def test_a_library_costs_the_same_queries_however_long(agency: Agency, login: Login) -> None:
    browser, counts = login(agency.alice), []
    for much in (3, 40):
        for number in range(much):
            kept(agency.aurora, f"{much}-{number}.png", "style", depicts="yes", depicted="Mia")
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(f"/clients/{agency.north.pk}/references/").content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert 'rel="next"' in page


def test_the_page_of_a_file_changes_what_is_said_and_shows_what_was(agency: Agency, login: Login) -> None:
    cup, aura = kept(agency.aurora, "cup.png"), project(agency.north, "AURA", agency.alice, agency.alice)
    alice, address = login(agency.alice), f"/references/{cup.pk}/"
    said = {
        "source": "Ann",
        "rights": "Order 7",
        "licence": "stock",
        "licence_number": "",
        "ai_use": "yes",
        "depicts": "no",
    }
    assert "without it nobody can prove it" in alice.post(address, said).content.decode()
    assert (
        alice.post(
            address, {**said, "licence_number": "ST-1", "tags": "tea, cups ,tea", "roles": ["style"]}
        ).status_code
        == 302
    )
    page = alice.get(address).content.decode()
    for words in ("<del>Archive</del> → Ann", "<del>Own work</del> → Stock licence", "<del>nothing</del> → tea, cups"):
        assert words in page
    alice.post(f"{address}reuse/", {"project": str(aura.pk)})
    twin = Reference.objects.get(project=aura)
    assert (twin.brought_from, twin.licence_number) == (cup, "ST-1")
    alice.post(f"{address}archive/")
    assert "No new launch is given this file" in alice.get(address).content.decode()
    assert "Archived" in alice.get(f"/projects/{agency.aurora.pk}/references/?kind=archived").content.decode()


def test_the_player_leads_to_making_a_frame_or_the_take_a_reference(agency: Agency, login: Login) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    alice, address = login(agency.alice), f"/clips/{clip.pk}/reference/"
    assert f'href="{address}?frame=0"' in alice.get(f"/clips/{clip.pk}/").text
    assert address not in login(agency.bob).get(f"/clips/{clip.pk}/").text
    form = alice.get(f"{address}?frame=4").text
    assert f"Frame 5 of {clip}" in form
    assert 'value="5"' in form
    said = {"project": str(agency.aurora.pk), "depicts": "no", "roles": ["first_frame"]}
    assert "has 12 frames" in alice.post(f"{address}?frame=4", {**said, "frame": "13"}).text
    made = alice.post(f"{address}?frame=4", {**said, "frame": "5"}, follow=True).text
    assert f'<a href="/clips/{clip.pk}/?frame=4">Frame 5 of {clip}</a>' in made
    row = Reference.objects.get()
    assert (row.from_frame, row.depicts, row.kind) == (4, "no", "image")
    again = alice.post(f"/api/v1/clips/{clip.pk}/reference/", {"frame": 4}, content_type="application/json")
    assert (again.status_code, again.json()["id"], again.json()["from_clip"]) == (200, str(row.pk), str(clip.pk))
    whole = alice.post(f"/api/v1/clips/{clip.pk}/reference/", {"roles": ["motion"]}, content_type="application/json")
    assert (whole.status_code, whole.json()["sha256"], whole.json()["from_frame"]) == (201, clip.sha256, None)


def test_the_api_lists_describes_reuses_and_tells_what_was_said(agency: Agency, login: Login) -> None:
    cup, aura = kept(agency.aurora, "cup.png", "style"), project(agency.north, "AURA", agency.alice, agency.alice)
    kept(aura, "mug.png", licence="unknown")
    alice, base = login(agency.alice), f"/api/v1/references/{cup.pk}/"
    listed = alice.get("/api/v1/references/", {"client": str(agency.north.pk), "role": "style", "q": "cup"}).json()
    assert [(each["original_name"], each["roles"]) for each in listed["results"]] == [("cup.png", ["style"])]
    told = alice.post(
        f"{base}describe/", {"licence": "cc_by", "credit": "Ann", "tags": ["tea"]}, content_type="application/json"
    ).json()
    assert (told["licence_url"], told["tags"]) == ("https://creativecommons.org/licenses/by/4.0/", ["tea"])
    changes = alice.get("/api/v1/reference-changes/", {"reference": str(cup.pk)}).json()["results"]
    assert changes[0]["before"]["licence"] == "own_work"
    twice = [alice.post(f"{base}reuse/", {"project": str(aura.pk)}, content_type="application/json") for _ in range(2)]
    assert [each.status_code for each in twice] == [201, 200]
    assert twice[0].json()["id"] == twice[1].json()["id"]
    assert alice.get(f"{base}cautions/").json() == {"cautions": []}
    Membership.objects.create(project=agency.borealis, user=agency.alice)
    away = alice.post(f"{base}reuse/", {"project": str(agency.borealis.pk)}, content_type="application/json")
    assert (away.status_code, away.json()["code"]) == (400, "other-client")


def test_a_place_offers_what_is_meant_for_it_first_and_says_why_others_do_not_fit(agency: Agency) -> None:
    row = catalog.capability("volcengine-ark", "seedance-2.0", "reference_to_video")
    plain, meant = kept(agency.aurora, "plain.png"), kept(agency.aurora, "meant.png", "style")
    kept(agency.aurora, "tiny.png", width=200, height=200)
    kept(agency.aurora, "heavy.png", size=40_000_000)
    kept(agency.aurora, "gif.webm", kind="video", media_type="video/webm", duration_ms=3_000)
    kept(
        agency.aurora,
        "long.wav",
        "voice",
        kind="audio",
        media_type="audio/wav",
        duration_ms=20_000,
        width=None,
        height=None,
    )
    rows = list(Reference.objects.prefetch_related("labels").order_by("pk"))
    images, _, sounds = (place_for(slot, rows) for slot in row.slots)
    assert [*images.references] == [meant, plain]
    reasons = {each.original_name: words for each, words in images.unfit}
    assert reasons["tiny.png"] == "The image is 200x200; each side must have at least 300 pixels."
    assert reasons["heavy.png"] == "A reference may have at most 30 MB."
    assert reasons["gif.webm"] == "It is a video; images go here."
    assert {each.original_name: words for each, words in sounds.unfit}["long.wav"].startswith("The audio lasts 20.0 s")
    assert images.title == "Subject and style: reference images"


def test_a_role_of_people_is_taken_for_the_place_that_serves_it(agency: Agency) -> None:
    cup, account = kept(agency.aurora, "cup.png"), provider_account(route="volcengine-ark")
    wish = Wish("seedance-2.0", "reference_to_video", {"seconds": 5, "size": "1280x720"}, [(cup, "style")])
    assert order_of(agency.prompt, account, wish).given == ((cup, "reference"),)


def test_the_shelf_of_a_launch_offers_what_the_project_lacks_with_its_places(agency: Agency, login: Login) -> None:
    aura = project(agency.north, "AURA", agency.alice, agency.alice)
    account = provider_account(route="sandbox-ark")
    cup = kept(agency.aurora, "cup.png")
    kept(aura, "cup too.png", sha256=cup.sha256)
    mug = kept(aura, "mug.png", depicts="yes", depicted="Mia")
    kept(aura, "tiny.png", width=9, height=9)
    kept(agency.borealis, "theirs.png")
    address = f"/prompts/{agency.prompt.pk}/references/"
    asked = {"model": f"{account.pk}|seedance-2.0|reference_to_video"}
    found = login(agency.alice).get(address, asked).context["found"]
    assert [(each["row"].original_name, each["places"]) for each in found] == [
        ("mug.png", [("image-reference", "Subject and style: reference images")]),
        ("tiny.png", []),
    ]
    assert found[0]["row"] == mug
    assert found[0]["cautions"] == ["no release of Mia is linked"]
    assert found[1]["why"].startswith("The image is 9x9")
    assert login(agency.bob).get(address, asked).status_code == 403


def test_where_a_file_came_from_is_told_to_those_who_see_it(agency: Agency, login: Login) -> None:
    secret = project(agency.north, "SECRET", agency.ada)
    cup = kept(secret, "cup.png")
    twin = kept(agency.aurora, "cup.png", sha256=cup.sha256, brought_from=cup)
    for person, told in ((agency.alice, False), (agency.ada, True)):
        page = login(person).get(f"/references/{twin.pk}/").content.decode()
        assert ("Brought from" in page, "Secret" in page, str(cup.pk) in page) == (told, told, told)
