"""Checklists on their pages: rows without JavaScript, what is wrong beside its field, history, and who may write."""

from typing import Any

import pytest
from django.urls import reverse

from reviews.actions.checklists import make_checklist, revise_checklist
from reviews.models import ChecklistTemplate
from tests.people import Agency
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]
NEW = reverse("reviews:checklist-new")


def rows(*questions: dict[str, Any], **said: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"title": "Broadcast", **said}
    sent |= {"questions-TOTAL_FORMS": str(len(questions)), "questions-INITIAL_FORMS": "0"}
    for number, one in enumerate(questions):
        given = {"required": "on", "clears_with": ["yes"], **one}
        sent |= {f"questions-{number}-{name}": value for name, value in given.items() if value}
    return sent


def words_of(answer: Any) -> list[str]:
    return [str(one["question"].value() or "") for one in answer.context["questions"].forms]


def test_a_checklist_is_made_and_read(agency: Agency) -> None:
    browser = logged_in(agency.lena)
    sent = rows({"question": "Is it ours?", "help": "Section 3"}, {"question": "May we?", "required": ""}, market="de")
    answer = browser.post(NEW, {**sent, "client": str(agency.north.pk)}, follow=True)
    made = ChecklistTemplate.objects.get()
    assert (made.client, made.market) == (agency.north, "DE")
    assert [(one["key"], one["required"]) for one in made.questions] == [("is-it-ours", True), ("may-we", False)]
    assert answer.redirect_chain == [(reverse("reviews:checklist", args=[made.pk]), 302)]
    assert "Is it ours?" in answer.text
    assert made.sha256 in answer.text
    listed = logged_in(agency.bob).get(reverse("reviews:checklists"))
    assert "Broadcast" in listed.text
    assert NEW not in listed.text


def test_rows_are_added_moved_and_taken_out_and_nothing_typed_is_lost(agency: Agency) -> None:
    browser = logged_in(agency.lena)
    two = rows({"question": "One?", "key": "one"}, {"question": "Two?", "help": "Look", "clears_with": ["no", "yes"]})
    added = browser.post(NEW, {**two, "row": "add"})
    assert (added.status_code, words_of(added)) == (200, ["One?", "Two?", ""])
    assert "field__error" not in added.text
    moved = browser.post(NEW, {**two, "row": "up-1"})
    assert words_of(moved) == ["Two?", "One?"]
    first = moved.context["questions"].forms[0]
    assert (first["help"].value(), sorted(first["clears_with"].value())) == ("Look", ["no", "yes"])
    assert moved.context["questions"].forms[1]["key"].value() == "one"
    assert words_of(browser.post(NEW, {**two, "row": "remove-0"})) == ["Two?"]
    assert words_of(browser.post(NEW, {**two, "row": "remove-9"})) == ["One?", "Two?"]
    assert words_of(browser.post(NEW, {**two, "row": "nonsense"})) == ["One?", "Two?"]
    assert ChecklistTemplate.objects.count() == 0


def test_what_is_wrong_is_said_beside_its_field(agency: Agency) -> None:
    sent = rows(
        {"question": "Ours?"}, {"question": ""}, {"question": "Known?", "clears_with": ["unknown"]}, market="Mars"
    )
    answer = logged_in(agency.lena).post(NEW, sent)
    assert answer.status_code == 422
    assert answer.context["questions"].forms[1].errors == {"question": ["Write the question."]}
    sent["questions-1-question"] = "May we?"
    answer = logged_in(agency.lena).post(NEW, sent)
    assert answer.status_code == 422
    assert "cannot be cleared with" in str(answer.context["questions"].forms[2].errors["clears_with"])
    assert "two-letter country code" in str(answer.context["form"].errors["market"])
    assert ChecklistTemplate.objects.count() == 0


def test_an_edit_shows_what_changed_and_the_older_version_stays(agency: Agency) -> None:
    asked = [{"key": "ours", "question": "Is it ours?", "clears_with": ["yes"]}]
    first = make_checklist(actor=agency.lena, title="Broadcast", questions=asked)
    browser, edit = logged_in(agency.lena), reverse("reviews:checklist-edit", args=[first.pk])
    begun = browser.get(edit)
    assert words_of(begun) == ["Is it ours?"]
    sent = rows({"question": "Is all of it ours?", "key": "ours"})
    answer = browser.post(edit, sent, follow=True)
    second = ChecklistTemplate.objects.get(version=2)
    assert "What changed since version 1" in answer.text
    assert "Is it ours? (must be answered; clears with yes)" in answer.text
    older = browser.get(reverse("reviews:checklist", args=[first.pk]))
    assert "There is a newer version" in older.text
    assert reverse("reviews:checklist", args=[second.pk]) in older.text
    assert reverse("reviews:checklist-retire", args=[first.pk]) not in older.text


def test_a_stale_edit_is_told_and_keeps_what_was_typed(agency: Agency) -> None:
    asked = [{"key": "ours", "question": "Is it ours?", "clears_with": ["yes"]}]
    first = make_checklist(actor=agency.lena, title="Broadcast", questions=asked)
    revise_checklist(actor=agency.lena, checklist=first, title="Newer", questions=asked)
    edit = reverse("reviews:checklist-edit", args=[first.pk])
    answer = logged_in(agency.lena).post(edit, rows({"question": "Mine?", "key": "ours"}))
    assert (answer.status_code, words_of(answer)) == (422, ["Mine?"])
    assert "Somebody made version 2 of “Broadcast” meanwhile." in answer.text
    assert ChecklistTemplate.objects.count() == 2


def test_a_checklist_is_retired_and_offered_again(agency: Agency) -> None:
    asked = [{"key": "ours", "question": "Is it ours?", "clears_with": ["yes"]}]
    first = make_checklist(actor=agency.lena, title="Broadcast", questions=asked)
    browser = logged_in(agency.lena)
    retire = reverse("reviews:checklist-retire", args=[first.pk])
    browser.post(retire)
    assert "Broadcast" not in browser.get(reverse("reviews:checklists")).text
    assert "Broadcast" in browser.get(reverse("reviews:checklists"), {"show": "retired"}).text
    again = browser.post(retire, follow=True)
    assert "Somebody made version 2" in again.text
    gone = ChecklistTemplate.objects.get(version=2)
    answer = browser.post(
        reverse("reviews:checklist-edit", args=[gone.pk]), rows({"question": "Is it ours?", "key": "ours"})
    )
    assert answer.status_code == 302
    assert ChecklistTemplate.objects.newest().get().retired is False


def test_an_empty_list_says_what_to_do(agency: Agency) -> None:
    assert NEW in logged_in(agency.lena).get(reverse("reviews:checklists")).text
    text = logged_in(agency.alice).get(reverse("reviews:checklists")).text
    assert "A legal approver makes them." in text
