"""An installation without checklists and duties begins with those that come with the hub, by one button of counsel's."""

import pytest
from django.urls import reverse

from reviews.actions.checklists import retire_checklist
from reviews.actions.seeds import seed_rights
from reviews.models import ChecklistTemplate, DisclosureRule
from sorahub.ledger.models import Event
from tests.people import Agency
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]
BRING_IN = reverse("reviews:rights-seeds")
PAGES = [reverse("reviews:checklists"), reverse("reviews:duties")]


@pytest.mark.parametrize("page", PAGES)
def test_the_empty_pages_offer_it_to_counsel_until_something_is_there(agency: Agency, page: str) -> None:
    assert f'action="{BRING_IN}"' in logged_in(agency.lena).get(page).text
    assert BRING_IN not in logged_in(agency.bob).get(page).text
    seed_rights()
    assert BRING_IN not in logged_in(agency.lena).get(page).text


def test_it_is_not_offered_again_to_an_agency_that_retired_it(agency: Agency) -> None:
    seed_rights()
    retire_checklist(actor=agency.lena, checklist=ChecklistTemplate.objects.get())
    page = logged_in(agency.lena).get(PAGES[0]).text
    assert "No checklist yet" in page
    assert BRING_IN not in page


def test_counsel_brings_it_in_and_reads_it_on_the_page_that_they_came_from(agency: Agency) -> None:
    browser = logged_in(agency.lena)
    answer = browser.post(BRING_IN, {"back": "duties"}, follow=True)
    assert answer.redirect_chain == [(PAGES[1], 302)]
    assert "Brought in: Rights of a clip, EU: say that" in answer.text
    assert (ChecklistTemplate.objects.count(), DisclosureRule.objects.count()) == (1, 5)
    assert DisclosureRule.objects.filter(status="reported", made_by=None).count() == 5
    told = Event.objects.filter(kind__in=["checklist.made", "disclosure_rule.made"])
    assert set(told.values_list("actor", flat=True)) == {agency.lena.pk}
    again = browser.post(BRING_IN, {"back": "//elsewhere"}, follow=True)
    assert again.redirect_chain == [(PAGES[0], 302)]
    assert "it is all there already" in again.text
    assert DisclosureRule.objects.count() == 5


def test_nobody_else_brings_it_in(agency: Agency) -> None:
    for who, status in ((agency.alice, 403), (agency.bob, 403), (agency.ada, 403), (agency.dora, 404)):
        assert logged_in(who).post(BRING_IN).status_code == status
    assert not ChecklistTemplate.objects.exists()
    assert not DisclosureRule.objects.exists()
