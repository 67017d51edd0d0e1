"""Duties of disclosure on their pages: by territory, narrowed by a question, with history; written by counsel alone."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from reviews.actions.disclosures import make_rule
from reviews.actions.seeds import seed_rights
from reviews.models import DisclosureRule
from tests.people import Agency
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]
LIST, NEW = reverse("reviews:duties"), reverse("reviews:duty-new")
SENT = {
    "title": "Label", "territories": "fr, DE", "duty": "Say so.", "uses": ["television"], "depicts": ["person"],
    "applies_from": "2026-08-02", "status": "reported", "source": "A law", "sourced_on": "2026-01-01",
}  # fmt: skip


def titles(answer: Any) -> list[str]:
    return [one.rule.key for _, rows in answer.context["groups"] for one in rows]


def test_a_duty_is_written_down_and_read(agency: Agency) -> None:
    answer = logged_in(agency.lena).post(NEW, SENT, follow=True)
    made = DisclosureRule.objects.get()
    assert (made.territories, made.uses, made.applies_from) == (["DE", "FR"], ["television"], date(2026, 8, 2))
    assert answer.redirect_chain == [(reverse("reviews:duty", args=[made.pk]), 302)]
    assert "Reported, not confirmed" in answer.text
    listed = logged_in(agency.alice).get(LIST)
    assert titles(listed) == ["label"]
    assert NEW not in listed.text


def test_the_list_goes_by_territory_and_says_source_and_status(agency: Agency) -> None:
    seed_rights()
    answer = logged_in(agency.bob).get(LIST)
    assert [(len(places), len(rows)) for places, rows in answer.context["groups"]] == [(27, 1), (1, 1), (1, 3)]
    assert "Art. 50(4)" in answer.text
    assert "read on 22 Nov 2026" in answer.text
    assert "is a pointer, not legal advice" in answer.text


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({"territory": "fr", "use": "television", "first": "2027-03-01", "last": "2027-03-31"}, ["eu-deepfake"]),
        ({"territory": "FR", "use": "television", "first": "2026-08-01"}, []),
        ({"territory": "US", "use": "internal", "first": "2027-03-01"}, ["us-endorsements", "us-ca-latent-disclosure"]),
        ({"territory": "Austria", "use": "cinema", "first": "2027-03-01"}, ["eu-deepfake"]),
        ({"first": "2025-09-01", "use": "cinema"}, ["cn-labels", "us-endorsements"]),
        ({"territory": "CN", "last": "2025-08-31"}, []),
        ({"territory": "CN", "last": "2025-09-01"}, ["cn-labels"]),
    ],
)
def test_what_applies_there_for_this_then(agency: Agency, asked: dict[str, str], keys: list[str]) -> None:
    seed_rights()
    answer = logged_in(agency.alice).get(LIST, asked)
    assert (answer.status_code, titles(answer)) == (200, keys)
    assert ("That is no finding that none exists." in answer.text) == (not keys)


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"territory": "Narnia"}, "territory", "Not a two-letter country code"),
        ({"first": "2027-03-31", "last": "2027-03-01"}, "last", "The last day comes before the first."),
        ({"use": "radio"}, "use", "not one of the available choices"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(
    agency: Agency, asked: dict[str, str], field: str, words: str
) -> None:
    answer = logged_in(agency.alice).get(LIST, asked)
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[field])


def test_an_edit_says_whether_records_are_asked_anew(agency: Agency) -> None:
    browser = logged_in(agency.lena)
    browser.post(NEW, SENT)
    first = DisclosureRule.objects.get()
    edit = reverse("reviews:duty-edit", args=[first.pk])
    begun = browser.get(edit).context["form"]
    assert (begun["territories"].value(), begun["uses"].value()) == (["DE", "FR"], ["television"])
    confirmed = browser.post(edit, {**SENT, "status": "confirmed"}, follow=True)
    assert "goes on counting" in confirmed.text
    second = DisclosureRule.objects.get(version=2)
    wider = {**SENT, "status": "confirmed", "territories": "FR, DE, PL"}
    answer = browser.post(reverse("reviews:duty-edit", args=[second.pk]), wider, follow=True)
    assert "Records that met the older one are asked anew." in answer.text
    assert "DE, FR, PL" in answer.text
    stale = browser.post(edit, {**SENT, "duty": "Other"})
    assert (stale.status_code, DisclosureRule.objects.count()) == (422, 3)
    assert "Somebody made version 3 of “Label” meanwhile." in stale.text


def test_a_duty_is_retired_and_taken_up_again(agency: Agency) -> None:
    browser = logged_in(agency.lena)
    browser.post(NEW, SENT)
    first = DisclosureRule.objects.get()
    answer = browser.post(reverse("reviews:duty-retire", args=[first.pk]), follow=True)
    assert "no record is asked for it any more" in answer.text
    assert titles(browser.get(LIST)) == []
    assert titles(browser.get(LIST, {"show": "retired"})) == ["label"]
    gone = DisclosureRule.objects.get(version=2)
    edit = reverse("reviews:duty-edit", args=[gone.pk])
    assert browser.get(edit).context["form"]["status"].value() == "reported"
    assert browser.post(edit, SENT).status_code == 302
    assert titles(browser.get(LIST)) == ["label"]


def test_what_is_wrong_is_said_beside_its_field(agency: Agency) -> None:
    wrong = {**SENT, "territories": "Narnia", "duty": "", "applies_until": "2026-01-01"}
    answer = logged_in(agency.lena).post(NEW, wrong)
    assert answer.status_code == 422
    assert sorted(answer.context["form"].errors) == ["applies_until", "duty", "territories"]
    assert "NARNIA" in answer.text
    assert DisclosureRule.objects.count() == 0


def test_an_empty_list_says_what_to_do(agency: Agency) -> None:
    assert NEW in logged_in(agency.lena).get(LIST).text
    assert "A legal approver writes them down." in logged_in(agency.alice).get(LIST).text


def test_what_an_address_shows_is_escaped(agency: Agency) -> None:
    said: dict[str, Any] = {
        "title": "<b>L</b>",
        "territories": ["FR"],
        "duty": "<script>",
        "source": "S",
        "sourced_on": date(2026, 1, 1),
    }
    row = make_rule(actor=agency.lena, **said)
    text = logged_in(agency.bob).get(reverse("reviews:duty", args=[row.pk])).text
    assert "<b>L</b>" not in text
    assert "&lt;script&gt;" in text
