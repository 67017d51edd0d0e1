"""A clause is marked by selecting its words: browsers count in UTF-16, the clause in code points."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from reviews.models import Clause
from tests.e2e.rooms import collect_static
from tests.people import Agency
from tests.reviews import world

SELECT = """words => {
    const walker = document.createTreeWalker(document.querySelector("[data-clause-text]"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.lastIndexOf(words);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        return;
    }
}"""


@pytest.mark.django_db(transaction=True)
def test_selected_words_become_a_clause(live_server: LiveServer, agency: Agency, page: Page) -> None:
    collect_static()
    text = "🎬🎬 You own it.\nElsewhere: you own it.\nAnd again: you own it.\n"
    version = world.capture(agency.lena, text=text)
    browser = Client()
    browser.force_login(agency.lena)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": browser.cookies[name].value, "url": live_server.url}])
    page.goto(live_server.url + reverse("reviews:terms-version", args=[version.pk]))
    page.evaluate(SELECT, " you own it.")
    page.get_by_role("button", name="Mark the selected passage").click()
    page.get_by_label("Topic").select_option("ownership")
    page.get_by_role("button", name="Mark it").click()
    page.get_by_text("The clause is marked.").wait_for()
    clause = Clause.objects.get()
    assert (clause.start, clause.quote, clause.topic) == (text.rindex("you own it."), "you own it.", "ownership")
