"""The search page: constant questions to the database, and what stands on clips', shots' and clients' pages."""

from threading import Thread

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Clip, Prompt, Reference, Shot
from reviews.actions.annotate import write_annotation
from reviews.actions.custom_fields import define_field, set_values
from reviews.actions.saved_views import save_view
from reviews.actions.searching.asking import Question, ask
from reviews.actions.searching.narrowing import Narrowing
from reviews.models import CustomField, CustomValue, SavedView, Tag, Tagging
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7
from tests.people import Agency, user
from tests.reviews import world


def test_page_and_api_ask_as_often_for_many_as_for_few(agency: Agency) -> None:
    browser = Browser()
    browser.force_login(agency.alice)
    counts = []
    clip = world.add_clip(agency.aurora, agency.alice, grey=250, shot=agency.shot)
    for batch in (1, 30):
        for number in range(batch):
            Prompt.objects.create(
                shot=agency.shot, version=2 + batch + number, text="A lighthouse", created_by=agency.alice
            )
            clip = (
                world.add_clip(agency.aurora, agency.alice, grey=batch + 3 * number, shot=agency.shot)
                if number < 3
                else clip
            )
            write_annotation(actor=agency.alice, clip=clip, id=uuid7(), frame_in=0, frame_out=1, body="lighthouse")
        for path in ("/search/?q=light*", "/api/v1/search/?q=light*&page_size=100"):
            browser.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(path).status_code == 200
            counts.append(len(captured))
    assert counts[:2] == counts[2:] and max(counts) <= 24


def test_prompts_and_references_lead_to_their_own_places(agency: Agency) -> None:
    file = Reference.objects.create(
        project=agency.aurora, kind="image", sha256="0" * 64, size=1, media_type="image/png", storage_key="none",
        original_name="pier.png", source="-", rights="-", created_by=agency.alice,
    )  # fmt: skip
    browser = Browser()
    browser.force_login(agency.alice)
    prompt = agency.prompt
    page = f"/shots/{prompt.shot_id}/prompts/?version={prompt.version}#v{prompt.version}"
    for asked, url in (("kind:prompt lighthouse", page), ("kind:reference pier", f"/references/{file.pk}/")):
        assert [card.url for card in browser.get("/search/", {"q": asked}).context["cards"]] == [url]


def test_a_tag_is_taken_off_where_it_was_found(agency: Agency) -> None:
    browser = Browser()
    browser.force_login(agency.alice)
    thing = f"prompt:{agency.prompt.pk}"
    browser.post("/tags/", {"thing": thing, "name": "Hero"})
    page, off = f"/search/?tag={Tag.objects.get().pk}", f"/tags/{Tag.objects.get().pk}/remove/"
    shown = browser.get(page).content.decode()
    assert f'action="{off}"' in shown and f'value="{thing}"' in shown
    agency.aurora.archived_at = timezone.now()
    agency.aurora.save()
    assert f'action="{off}"' not in browser.get(page).content.decode()


def test_a_clips_page_takes_tags_and_fields_and_says_what_is_wrong(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    browser = Browser()
    browser.force_login(agency.ada)
    made = {"name": "Spend", "on": "clip", "sort": "number"}
    assert browser.post(f"/clients/{agency.north.pk}/fields/", made).status_code == 302
    again = browser.post(f"/clients/{agency.north.pk}/fields/", made)
    assert (again.status_code, f'value="{made["name"]}"' in again.content.decode()) == (422, True), (
        "nothing typed is lost"
    )
    field = CustomField.objects.get()
    browser.force_login(agency.alice)
    page = f"/clips/{clip.pk}/"
    assert f'hx-get="{page}labels/"' in browser.get(page).content.decode()
    back = browser.post("/tags/", {"thing": f"clip:{clip.pk}", "name": "Hero", "next": page})
    assert back.headers["Location"] == page
    wrong = browser.post(f"{page}labels/", {f"field-{field.pk}": "much"})
    assert wrong.status_code == 422 and "Write a number" in wrong.content.decode() and not CustomValue.objects.exists()
    assert browser.post(f"{page}labels/", {f"field-{field.pk}": "12.50"}).status_code == 302
    shown = browser.get(f"{page}labels/").content.decode()
    assert "Hero" in shown and 'value="12.5"' in shown
    assert browser.get("/search/", {"q": "spend:12.5 tag:hero"}).context["count"] == 1
    assert browser.post(f"/tags/{Tag.objects.get().pk}/remove/", {"thing": f"clip:{clip.pk}"}).status_code == 302
    assert not Tagging.objects.exists()
    Tag.objects.create(client=agency.north, name="Heroes", key="heroes", created_by=agency.alice)
    browser.force_login(agency.ada)
    labels = browser.get(f"/clients/{agency.north.pk}/labels/").content.decode()
    assert "Merge “Hero” into another tag?" in labels and 'required><option value="">Choose a tag' in labels
    browser.force_login(agency.alice)
    assert browser.post("/tags/", {"thing": "clip:nonsense", "name": "x"}).status_code == 404


def test_a_view_of_a_projects_takes_is_kept_for_its_people(agency: Agency) -> None:
    browser = Browser()
    browser.force_login(agency.alice)
    page = f"/projects/{agency.aurora.pk}/takes/"
    kept = {
        "name": "The best",
        "place": "takes",
        "query": "show=shortlisted&sort=shot",
        "project": str(agency.aurora.pk),
        "shared": "project",
    }
    assert browser.post("/search/views/", kept).status_code == 302
    browser.force_login(agency.bob)
    shown = browser.get(f"{page}?show=shortlisted&sort=shot").content.decode()
    assert "The best" in shown and 'href="?show=shortlisted&amp;sort=shot" aria-current="page"' in shown
    assert "The best" not in browser.get("/search/").content.decode()


def test_what_makes_no_sense_is_said_and_breaks_nothing(agency: Agency) -> None:
    define_field(actor=agency.ada, client=agency.north, on="clip", name="Weight", sort="number")
    field = CustomField.objects.get()
    browser = Browser()
    browser.force_login(agency.alice)
    for asked in (
        {"q": "weight:NaN"},
        {f"field-{field.pk}": "Infinity"},
        {"q": "a\0b"},
        {"model": "a\0b"},
        {"q": "-rain kind:note"},
    ):
        assert browser.get("/search/", asked).status_code == 422, asked
    for asked in ({"q": "after:0001-01-01"}, {"q": "before:9999-12-31"}):
        assert browser.get("/search/", asked).status_code == 200, asked
    assert browser.post("/tags/", {"thing": f"shot:{agency.shot.pk}", "name": "he\0ro"}).status_code == 302
    assert Tag.objects.get().name == "he ro"


def test_a_choice_that_is_offered_no_more_stays_said_and_keeps_who_said_it(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    field = define_field(
        actor=agency.ada, client=agency.north, on="clip", name="Flight", sort="choice", choices=["one", "two"]
    )
    set_values(actor=agency.alice, kind="clip", pk=clip.pk, values={field.pk: "two"})
    before = CustomValue.objects.get()
    CustomField.objects.filter(pk=field.pk).update(choices=["one", "three"])
    browser = Browser()
    browser.force_login(agency.bob)
    page = f"/clips/{clip.pk}/labels/"
    assert '<option value="two" selected>two (offered no more)</option>' in browser.get(page).content.decode()
    assert browser.post(page, {f"field-{field.pk}": "two"}).status_code == 302
    after = CustomValue.objects.get()
    assert (after.text, after.set_by, after.set_at) == ("two", agency.alice, before.set_at)


def test_a_view_for_everybody_is_for_those_who_see_its_project(agency: Agency) -> None:
    save_view(actor=agency.alice, name="Harbours", query="q=harbour", shared="hub", project=agency.aurora)
    outsider = user("nora", Kind.REVIEWER)
    assert SavedView.objects.visible_to(agency.bob).count() == 1
    assert not SavedView.objects.visible_to(outsider).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_changes_of_one_thing_at_once_are_both_indexed(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)

    def rename() -> None:
        try:
            Clip.objects.filter(pk=clip.pk).update(original_name="zeppelin.mp4")
        finally:
            connection.close()

    with transaction.atomic():
        Shot.objects.filter(pk=agency.shot.pk).update(title="Lighthouse")
        other = Thread(target=rename)
        other.start()
        other.join(0.5)  # it waits for the entry that this transaction has written
        assert other.is_alive()
    other.join(10)
    for word in ("lighthouse", "zeppelin"):
        found = ask(agency.alice, Question(word, Narrowing(kind="clip")))
        assert [row.object_id for row in found.rows] == [clip.pk], word
