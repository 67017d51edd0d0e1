"""Search on both databases by one table of cases: what is found by which query, by whom, and never a moment too late."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client as Browser

from generations.models import Clip, ClipGrant, Generation, Membership, Project, Prompt, Reference, ReferenceLabel, Shot
from reviews.actions import custom_fields, saved_views, tagging
from reviews.actions.annotate import delete_annotation, resolve_annotation, write_annotation
from reviews.actions.decide import decide
from reviews.actions.presence import reauthenticate
from reviews.actions.rewording import edit_annotation
from reviews.actions.searching import index
from reviews.actions.searching.asking import NEWEST, Question, ask
from reviews.actions.searching.facets import facets
from reviews.actions.searching.hits import hits
from reviews.actions.searching.narrowing import Narrowing
from reviews.actions.sign import revoke_sign_off
from reviews.actions.standing import standing_of
from reviews.models import Annotation, SavedView, SearchEntry, Stage, Tag, Tagging, TermsVersion
from reviews.rules import search_words
from reviews.rules.stages import STANDS, stands
from sorahub.accounts.models import User
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from sorahub.lib.ids import uuid7
from tests.people import PASSWORD, Agency, provider_account
from tests.reviews import world

pytestmark = pytest.mark.core

PROMPTS = {
    "de": "Ein Mädchen läuft über die Straße, im Hintergrund ein Fachwerkhaus",
    "ja": "海辺の夕日、カメラはゆっくりと右へ",
    "en": "A lighthouse in the golden hour, gulls overhead; rain later",
    "reversed": "An hour in golden light, no rain",
    "fr": "Un café près de l’océan, façade rouge",
    "ko": "한국어로 쓴 설명",
}
CASES: list[tuple[str, set[str]]] = [
    ("strasse", {"de"}),
    ("STRASSE", {"de"}),
    ("madchen", {"de"}),
    ("Mädchen läuft", {"de"}),
    ("fachwerk*", {"de"}),
    ("fachwerk", set()),
    ("夕日", {"ja"}),
    ("海", {"ja"}),
    ("日夕", set()),
    ("カメラ", {"ja"}),
    ("ｶﾒﾗ", {"ja"}),
    ("한국", {"ko"}),
    ("golden hour", {"en", "reversed"}),
    ('"golden hour"', {"en"}),
    ('"golden ho"*', {"en"}),
    ("golden -rain", set()),
    ('golden -"golden hour"', {"reversed"}),
    ("gull*", {"en"}),
    ("gull", set()),
    ("cafe l'ocean", {"fr"}),
    ("FAÇADE", {"fr"}),
    ("hour; DROP TABLE 'x' & | ! <-> :* AND NOT NEAR(", set()),
    ("'", set()),
]
WRONG = {
    '"golden': "not closed",
    "-rain": "at least one word",
    "a*": "too short",
    "*": "star needs",
    "modle:sora": "no filter",
    "kind:film": "not known",
    "after:yesterday": "no day",
    "size:big": "no size",
    "x" * 301: "longer than",
    "a b c d e f g h i j k l m n o p q": "more than 16",
}


def found(user: User, text: str = "", **chosen: Any) -> list[tuple[str, Any]]:
    """What this person finds, as kinds and ids."""
    return [(row.kind, row.object_id) for row in ask(user, Question(text, Narrowing(**chosen))).rows]


@pytest.fixture
def prompts(agency: Agency) -> dict[Any, str]:
    """The prompts of the table, by id."""
    rows = {
        name: Prompt.objects.create(shot=agency.shot, version=number + 2, text=text, created_by=agency.alice)
        for number, (name, text) in enumerate(PROMPTS.items())
    }
    return {row.pk: name for name, row in rows.items()}


def test_the_same_words_find_the_same_on_both_databases(agency: Agency, prompts: dict[Any, str]) -> None:
    for text, wanted in CASES:
        names = {prompts.get(pk, "other") for _, pk in found(agency.alice, text, kind="prompt")}
        assert text == "'" or names == wanted, text
    for text, words in WRONG.items():
        with pytest.raises(InvalidInput, match=words) as caught:
            ask(agency.alice, Question(text))
        assert caught.value.code == "bad-query"
    samples = [*PROMPTS.values(), "İstanbul ŁÓDŹ smørrebrød Ⅷ ① ﬁne Привет ёж が ไทย हिन्दी x² foo_bar it's 😀", ""]
    assert index.engine().words_of(connection, samples) == [search_words.words(text).split() for text in samples]
    assert index.faults(connection) == []


def test_highlights_escape_what_was_written_and_mark_what_was_looked_for(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    body = "x " * 200 + "<script>alert(1)</script> the Golden Hour, twice: golden hours"
    write_annotation(actor=agency.alice, clip=clip, id=uuid7(), frame_in=0, frame_out=1, body=body)
    browser = Browser()
    browser.force_login(agency.alice)
    passage = browser.get("/api/v1/search/", {"q": '"golden hour"', "kind": "note"}).json()["results"][0]["passage"]
    assert "&lt;script&gt;" in passage and "<script>" not in passage
    assert passage.count("<mark>") == 1 and "<mark>Golden Hour</mark>" in passage and passage.startswith("… ")
    page = browser.get("/search/", {"q": "golden hour*"}).content.decode()
    assert "<mark>hours</mark>" in page and "alert(1)</script>" not in page
    assert browser.get("/search/", {"q": '"golden'}).status_code == 422
    assert "not closed" in browser.get("/search/", {"q": '"golden'}).content.decode()


def test_no_change_is_found_too_late(agency: Agency) -> None:
    """Each change is found inside its own transaction; one that is rolled back never was."""
    alice, clip = agency.alice, world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    note = write_annotation(actor=alice, clip=clip, id=uuid7(), frame_in=0, frame_out=1, body="Kumquat")
    assert found(alice, "kumquat") == [("note", note.pk)] == found(alice, "is:open kumquat")
    edit_annotation(actor=alice, annotation=note, body="Pomelo", frame_in=0, frame_out=1, category="general")
    assert found(alice, "kumquat") == [] and found(alice, "pomelo") == [("note", note.pk)]
    resolve_annotation(actor=alice, annotation=note)
    assert found(alice, "pomelo is:open") == [] and found(alice, "pomelo is:resolved") == [("note", note.pk)]
    delete_annotation(actor=alice, annotation=note)
    assert found(alice, "pomelo") == []
    Shot.objects.filter(pk=agency.shot.pk).update(title="Tamarind")
    assert {kind for kind, _ in found(alice, "tamarind")} == {"shot", "clip"}
    Project.objects.filter(pk=agency.aurora.pk).update(name="Durian")
    assert found(alice, "durian") == [("project", agency.aurora.pk)]
    generation = world.add_generation(clip, agency, launcher=alice)
    assert ("clip", clip.pk) in found(alice, "lighthouse") and generation.prompt == agency.prompt
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Prompt.objects.create(shot=agency.shot, version=99, text="Rambutan", created_by=alice)
        assert len(found(alice, "rambutan")) == 1
        raise ZeroDivisionError
    assert found(alice, "rambutan") == []
    before = set(SearchEntry.objects.values_list("kind", "object_id", "state", "model"))
    assert (
        index.rebuild(connection) == len(before)
        and set(SearchEntry.objects.values_list("kind", "object_id", "state", "model")) == before
    )
    assert index.faults(connection) == []


def test_generations_are_found_by_what_became_of_them(agency: Agency) -> None:
    things = _world(agency)
    alice, made = agency.alice, things["near generation"]
    hit = [("generation", made.pk)]
    for text in ("sc100 kind:generation", "model:zebra is:failed", "refused", f'"{made.account.name}"'):
        assert found(alice, text) == hit, text
    Generation.objects.filter(pk=made.pk).update(state="submit_unknown", error_message="Timeout")
    assert (
        found(alice, "refused") == [] == found(alice, "zebra is:failed")
        and found(alice, "timeout is:unanswered") == hit
    )
    type(made.account).objects.filter(pk=made.account_id).update(name="Okapi")
    Shot.objects.filter(pk=things["near shot"].pk).update(code="SC777")
    assert found(alice, "okapi sc777") == hit
    answer = hits(alice, ask(alice, Question("okapi")))
    assert (
        "".join(piece.text for piece in answer[0].title) == "SC777 · zebra-1"
        and "Sent, answer missing" in answer[0].facts
    )
    browser = Browser()
    browser.force_login(alice)
    assert f"/generations/{made.pk}/" in browser.get("/search/?q=okapi").content.decode()
    assert index.faults(connection) == []


def _world(agency: Agency) -> dict[str, Any]:
    """The same words on both sides, seen by different people."""
    lena = agency.lena
    things: dict[str, Any] = {}
    Membership.objects.get_or_create(project=agency.aurora, user=agency.dora)
    Membership.objects.get_or_create(project=agency.borealis, user=agency.carol)
    far = Shot.objects.create(project=agency.borealis, code="SC900", title="Zebra", created_by=agency.ada)
    near = Shot.objects.create(project=agency.aurora, code="SC100", title="Zebra", created_by=agency.alice)
    for side, shot, maker in (("near", near, agency.alice), ("far", far, agency.ada)):
        things[f"{side} shot"] = shot
        things[f"{side} prompt"] = Prompt.objects.create(shot=shot, version=1, text="Zebra", created_by=maker)
        clip = world.add_clip(shot.project, maker, grey=60 if side == "near" else 90, shot=shot, route="Zebra route")
        things[f"{side} clip"] = clip
        things[f"{side} reference"] = Reference.objects.create(
            project=shot.project, kind="image", sha256=f"{len(things):064x}", size=1, media_type="image/png", storage_key="none",
            original_name="zebra.png", source="-", rights="-", created_by=maker,
        )  # fmt: skip
        things[f"{side} generation"] = Generation.objects.create(
            project=shot.project, prompt=things[f"{side} prompt"], account=provider_account(), model="zebra-1", capability_version="1",
            state="failed", error_message="Refused", estimate_micro=0, created_by=maker,
        )  # fmt: skip
        for visibility in ("internal", "client", "legal"):
            things[f"{side} {visibility} note"] = Annotation.objects.create(
                clip=clip,
                clip_sha256=clip.sha256,
                frame_in=0,
                frame_out=1,
                body="Zebra",
                visibility=visibility,
                author=maker,
            )
    things["terms"] = world.capture(lena, text="Zebra terms")
    return things


SEEN: dict[str, Callable[[str], bool]] = {
    "alice": lambda name: name.startswith("near") or name == "terms",
    "bob": lambda name: (name.startswith("near") and "legal" not in name) or name == "terms",
    "lena": lambda name: name.startswith("near") or name == "terms",
    "ada": lambda name: name != "near legal note",  # the far one is her own
    "dora": lambda name: name in {"near clip", "near client note"},
    "carol": lambda name: False,
}
MODELS: dict[str, Any] = {
    "shot": Shot, "prompt": Prompt, "clip": Clip, "reference": Reference, "project": Project, "note": Annotation, "terms": TermsVersion,
    "generation": Generation,
}  # fmt: skip


def test_what_a_person_may_not_see_is_not_found_not_counted_and_not_marked(agency: Agency) -> None:
    things = _world(agency)
    ClipGrant.objects.create(clip=things["near clip"], user=agency.dora, granted_by=agency.alice)
    names = {row.pk: name for name, row in things.items()}
    for who, sees in SEEN.items():
        user = getattr(agency, who)
        wanted = {name for name in things if sees(name)}
        answer = ask(user, Question("zebra"))
        assert {names[row.object_id] for row in answer.rows} == wanted, who
        assert answer.count == len(wanted) and {names[hit.id] for hit in hits(user, answer)} == wanted
        counted = {
            facet.name: {value.label: value.count for value in facet.values} for facet in facets(user, answer.rows)
        }
        assert sum(counted.get("kind", {}).values()) == len(wanted)
        if who != "ada":
            assert "South" not in str(counted) and "Borealis" not in str(counted)
        for kind, model in MODELS.items():
            rows = model.objects.visible_to(user)
            own = set((rows.standing() if kind == "note" else rows).values_list("pk", flat=True))
            entries = set(SearchEntry.objects.visible_to(user).filter(kind=kind).values_list("object_id", flat=True))
            assert entries == (own if user.kind != "guest" or kind in {"clip", "note"} else set()), (who, kind)


def test_guests_learn_nothing_from_what_they_ask(agency: Agency) -> None:
    """Neither by a word of the prompt, the file's name, the route or the hash, nor by leaving one out, nor by a filter."""
    things = _world(agency)
    clip, dora = things["near clip"], agency.dora
    ClipGrant.objects.create(clip=clip, user=dora, granted_by=agency.alice)
    inside = ("harbour", "vofy", '"zebra route"', clip.sha256, "h264", "sora*")
    assert [found(dora, text) for text in inside] == [[]] * len(inside)
    assert ("clip", clip.pk) in found(dora, "zebra -harbour -route") and ("clip", clip.pk) in found(
        dora, "zebra", model="none", tag=uuid7()
    )
    assert [facet.name for facet in facets(dora, ask(dora, Question("zebra")).rows)] == ["kind", "state"]
    for text in ("model:sora zebra", "tag:hero zebra", "project:AURORA zebra", "by:alice zebra", "client:north zebra"):
        with pytest.raises(InvalidInput):
            ask(dora, Question(text))


def test_filters_facets_and_pages(agency: Agency, prompts: dict[Any, str]) -> None:
    things = _world(agency)
    alice, clip = agency.alice, things["near clip"]
    narrow = (
        "shape:square",
        "zebra model:sora",
        "size:64x64 by:me",
        "project:aurora after:2026-01-01",
        "client:nor",
        "-model:kling",
    )
    for text in (f"kind:clip {each}" for each in narrow):
        assert found(alice, text) == [("clip", clip.pk)], text
    assert (
        found(alice, "kind:clip -shape:square")
        == []
        == found(alice, "project:borealis zebra")
        == found(alice, "before:2020-01-01")
    )
    pages, cursor = [], ""
    while True:
        answer = ask(alice, Question("", Narrowing(), NEWEST, cursor, 3))
        pages += [(row.kind, row.object_id) for row in answer.page]
        cursor = answer.next_cursor
        if not cursor:
            break
    assert pages == found(alice) and len(pages) == len(set(pages)) > 9
    ranked = [row.rank for row in ask(alice, Question("golden hour")).rows]
    assert ranked == sorted(ranked, reverse=True)


def test_more_than_are_counted_is_said_and_can_still_be_walked(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews.actions.searching.asking.MOST", 4)
    Prompt.objects.bulk_create(
        Prompt(shot=agency.shot, version=n, text="Quince", created_by=agency.alice) for n in range(10, 19)
    )
    answer = ask(agency.alice, Question("quince", size=3))
    assert (answer.count, answer.more, len(answer.page)) == (4, True, 3)
    seen, cursor = [], ""
    for _ in range(3):
        answer = ask(agency.alice, Question("quince", Narrowing(), NEWEST, cursor, 3))
        seen += [row.object_id for row in answer.page]
        cursor = answer.next_cursor
    assert len(seen) == len(set(seen)) == 9 and cursor == ""


def test_tags_are_of_one_client_and_kept_in_order_by_administrators(agency: Agency) -> None:
    things = _world(agency)
    alice, ada, clip, shot = agency.alice, agency.ada, things["near clip"], things["near shot"]
    assert tagging.tag_things(actor=alice, name=" Hero  Shot ", targets=[("clip", clip.pk), ("shot", shot.pk)]) == 2
    assert tagging.tag_things(actor=agency.bob, name="hero shot", targets=[("clip", clip.pk)]) == 0
    tag = Tag.objects.get()
    assert (tag.name, tag.client) == ("Hero Shot", agency.north)
    assert (
        set(found(alice, 'tag:"hero shot"')) == {("clip", clip.pk), ("shot", shot.pk)} == set(found(alice, tag=tag.pk))
    )
    assert found(agency.ada, "zebra kind:clip -tag:hero-shot") == [("clip", things["far clip"].pk)]
    with pytest.raises(NotFound):
        tagging.tag_things(actor=alice, name="hero", targets=[("clip", clip.pk), ("clip", things["far clip"].pk)])
    refusals = (
        lambda: tagging.tag_things(actor=agency.dora, name="x", targets=[("clip", clip.pk)]),
        lambda: tagging.rename_tag(actor=alice, tag=tag, name="Best"),
        lambda: tagging.archive_tag(actor=alice, tag=tag),
    )
    for refused in refusals:
        with pytest.raises(Forbidden):
            refused()
    assert (
        list(Tag.objects.values_list("name", "archived_at")) == [("Hero Shot", None)] and Tagging.objects.count() == 2
    )
    tagging.tag_things(actor=alice, name="Heros", targets=[("clip", clip.pk), ("prompt", things["near prompt"].pk)])
    other = Tag.objects.get(name="Heros")
    with pytest.raises(Conflict, match="Merge"):
        tagging.rename_tag(actor=ada, tag=other, name="HERO SHOT")
    tagging.merge_tags(actor=ada, tag=other, into=tag)
    assert Tag.objects.count() == 1 and Tagging.objects.count() == 3
    tagging.archive_tag(actor=ada, tag=tag)
    with pytest.raises(Conflict, match="archived"):
        tagging.tag_things(actor=alice, name="Hero shot", targets=[("clip", clip.pk)])
    tagging.restore_tag(actor=ada, tag=tag)
    assert tagging.untag_things(actor=alice, tag=tag, targets=[("clip", clip.pk)]) == 1
    assert not Tag.objects.visible_to(agency.carol).exists() and not Tag.objects.visible_to(agency.dora).exists()


def test_clips_are_found_by_where_their_approval_stands(agency: Agency) -> None:
    """As the board says it, the last signature included; a project of the signature alone, and one without stages, too."""
    clips = [world.add_clip(agency.aurora, agency.alice, grey=10 * number) for number in range(4)]
    world.add_clip(agency.borealis, agency.ada)
    version = world.ready_to_sign(agency, clips[0])
    stages = {each.name: each for each in Stage.objects.filter(project=agency.aurora)}
    world.approve(clips[1], stages["Creative"], agency.bob)
    wrong = {"verdict": "changes_requested", "reason": "Too dark", "reason_kind": "other"}
    decide(actor=agency.bob, clip=clips[2], stage=stages["Creative"], seen_sha256=clips[2].sha256, **wrong)

    def standing() -> dict[str, set[Any]]:
        told = {word: {pk for _, pk in found(agency.ada, f"review:{word}")} for word in STANDS}
        states = {pk: stands(each) for pk, each in standing_of(list(Clip.objects.all())).items()}
        assert told == {word: {pk for pk, said in states.items() if said == word} for word in STANDS}
        facet = next(each for each in facets(agency.ada, ask(agency.ada, Question("")).rows) if each.name == "review")
        assert {each.value: each.count for each in facet.values} == {
            word: len(pks) for word, pks in told.items() if pks
        }
        return told

    assert standing() == {
        "approved": {clips[0].pk},
        "changes": {clips[2].pk},
        "open": {clips[1].pk, clips[3].pk},
        "signed": set(),
    }
    signed = world.sign(agency.lena, version)
    assert standing()["signed"] == {clips[0].pk} == {pk for _, pk in found(agency.bob, review="signed")}
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=signed, reason="A doubt", reauthentication=proof)
    assert standing()["approved"] == {clips[0].pk}
    world.sign(agency.lena, world.draft(agency.bob, clips[0], version.governing_set), "rejected", "The logo")
    assert clips[0].pk in standing()["changes"]
    assert len(found(agency.ada, "kind:clip -review:changes")) == 3
    with pytest.raises(InvalidInput):
        found(agency.dora, "review:open")


def test_the_librarys_words_are_tags_of_references_and_counted_as_they_are_found(agency: Agency) -> None:
    things = _world(agency)
    near, shot = things["near reference"], things["near shot"]
    tagging.tag_things(actor=agency.alice, name="hero", targets=[("shot", shot.pk), ("reference", near.pk)])
    for reference in (near, things["far reference"]):
        for word in ("Hero", "Café  wall"):
            ReferenceLabel.objects.create(reference=reference, kind="tag", word=word)
    assert set(found(agency.alice, "tag:hero")) == {("shot", shot.pk), ("reference", near.pk)}
    assert found(agency.alice, 'tag:"cafe wall" zebra') == [("reference", near.pk)]
    assert len(found(agency.ada, "tag:hero")) == 3
    for user in (agency.alice, agency.ada):
        told = next(each for each in facets(user, ask(user, Question("")).rows) if each.name == "tag")
        assert [each.count for each in told.values] == [len(found(user, tag=each.value)) for each in told.values]
        assert {each.label for each in told.values} == {"hero", "Hero", "Café  wall"} - (
            {"Hero"} if user == agency.alice else set()
        )


def test_a_clients_own_fields_are_checked_found_counted_and_exported(agency: Agency) -> None:
    things = _world(agency)
    alice, ada, clip = agency.alice, agency.ada, things["near clip"]
    define = custom_fields.define_field
    with pytest.raises(Forbidden):
        define(actor=alice, client=agency.north, on="clip", name="Flight", sort="text")
    for wrong in ({"name": "Model"}, {"name": "9"}, {"sort": "choice"}, {"on": "project"}):
        with pytest.raises(InvalidInput):
            define(actor=ada, client=agency.north, **{"on": "clip", "name": "Flight", "sort": "text", **wrong})
    said = {"Flight": "choice", "Spend": "number", "Air date": "date", "Sound ok": "yes_no", "Agency code": "text"}
    fields = {
        name: define(actor=ada, client=agency.north, on="clip", name=name, sort=sort, choices=["Spring", "Autumn"])
        for name, sort in said.items()
    }
    values = {
        "Flight": "Spring",
        "Spend": "1200.50",
        "Air date": "2026-12-01",
        "Sound ok": "true",
        "Agency code": "AB-7 long",
    }
    with pytest.raises(InvalidInput) as caught:
        custom_fields.set_values(
            actor=alice, kind="clip", pk=clip.pk,
            values={fields["Flight"].pk: "Winter", fields["Spend"].pk: "much", fields["Sound ok"].pk: "yes"},
        )  # fmt: skip
    assert set(caught.value.fields) == {str(fields["Flight"].pk), str(fields["Spend"].pk)}
    custom_fields.set_values(
        actor=alice, kind="clip", pk=clip.pk, values={fields[name].pk: text for name, text in values.items()}
    )
    hit = [("clip", clip.pk)]
    for text in ("flight:spring", "spend:1200.5", "spend:>1000", "spend:<=1200.5", "air-date:2026-12-01", "air-date:>2026-11-30", "sound-ok:yes",
                 "agency-code:ab-7"):  # fmt: skip
        assert found(alice, text) == hit, text
    assert (
        found(alice, "flight:autumn") == [] == found(alice, "spend:>2000") == found(alice, "kind:clip -flight:spring")
    )
    assert found(alice, fields=((fields["Flight"].pk, "Spring"),)) == hit
    counted = {facet.label for facet in facets(alice, ask(alice, Question("zebra")).rows)}
    assert {"Flight", "Sound ok"} <= counted
    with pytest.raises(NotFound):
        custom_fields.set_values(
            actor=alice, kind="clip", pk=things["far clip"].pk, values={fields["Flight"].pk: "Spring"}
        )
    browser = Browser()
    browser.force_login(alice)
    tagging.tag_things(actor=alice, name="=cmd", targets=[("clip", clip.pk)])
    lines = b"".join(browser.get("/search/export.csv", {"q": "kind:clip"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert "Flight: Spring" in lines and "'=cmd" in lines
    custom_fields.set_values(actor=alice, kind="clip", pk=clip.pk, values={fields["Flight"].pk: ""})
    assert found(alice, "flight:spring") == []


def test_views_are_kept_shared_and_show_no_more_than_one_may_see(agency: Agency) -> None:
    things = _world(agency)
    alice, bob = agency.alice, agency.bob
    mine = saved_views.save_view(actor=alice, name="Zebras", query="?q=zebra&kind=clip&after_row=1_2_3")
    assert mine.query == "q=zebra&kind=clip" and not SavedView.objects.visible_to(bob).exists()
    with pytest.raises(Conflict):
        saved_views.save_view(actor=alice, name="Zebras", query="q=x")
    with pytest.raises(NotFound):
        saved_views.save_view(actor=alice, name="Far", query="q=x", shared="project", project=agency.borealis)
    with pytest.raises(Forbidden):
        saved_views.save_view(actor=agency.dora, name="All", query="q=x", shared="hub")
    saved_views.change_view(actor=alice, view=mine, name="Our zebras", shared="project", project=agency.aurora)
    assert SavedView.objects.visible_to(bob).get() == mine and not SavedView.objects.visible_to(agency.carol).exists()
    for refused in (
        lambda: saved_views.delete_view(actor=bob, view=mine),
        lambda: saved_views.make_default(actor=bob, view=mine),
    ):
        with pytest.raises(Forbidden):
            refused()
    saved_views.change_view(actor=alice, view=mine, name="Our zebras", shared="hub")
    browser = Browser()
    browser.force_login(agency.lena)
    shown = browser.get(f"/search/?{mine.query}").content.decode()
    assert str(things["near clip"].pk) in shown and str(things["far clip"].pk) not in shown and "Our zebras" in shown
    browser.force_login(alice)
    assert browser.post(f"/search/views/{mine.pk}/", {"do": "default"}).status_code == 302
    assert browser.get("/search/").headers["Location"] == "/search/?q=zebra&kind=clip"
    assert browser.post(f"/search/views/{mine.pk}/", {"do": "delete"}).status_code == 302
    assert not SavedView.objects.exists()
