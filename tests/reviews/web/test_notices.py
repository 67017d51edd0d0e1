"""The list behind the bell, and what is mailed."""

import pytest
from django.urls import reverse

from generations.models import Clip
from reviews.models import Notice
from reviews.web import notices
from sorahub.accounts.models import User
from sorahub.accounts.preferences import wants_mail
from tests.people import Agency
from tests.reviews.notes import mention, note
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db
LIST, COUNT = "/notices/", "/notices/count/"


def test_the_bell_counts_and_the_list_leads_to_the_frame(agency: Agency, clip: Clip) -> None:
    browser = logged_in(agency.alice)
    assert "Nothing new" in browser.get(LIST).text
    first = note(agency.bob, clip, f"{mention(agency.alice)} look <b>")
    note(agency.bob, clip, mention(agency.alice))
    assert "2 unread" in browser.get(COUNT).text
    page = browser.get(LIST).text
    assert page.count("Bob mentioned you in a note</button>") == 2
    assert "@Alice look &lt;b&gt;" in page
    assert f'hx-get="{COUNT}"' in page
    row = Notice.objects.get(annotation=first)
    answer = browser.post(reverse("reviews:notice-go", args=[row.pk]))
    assert answer.headers["Location"] == f"/clips/{clip.pk}/?frame=3&note={first.pk}"
    assert "1 unread" in browser.get(COUNT).text
    assert browser.post("/notices/read/").headers["Location"] == LIST
    assert browser.get(COUNT).text.strip() == ""
    assert "Mark all read" not in browser.get(LIST).text


def test_a_page_that_outlives_its_session_gets_nothing_into_its_bell(agency: Agency) -> None:
    browser = logged_in(agency.alice)
    browser.logout()
    answer = browser.get(COUNT, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_unread_ones_come_first_over_pages(agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "PAGE", 2)
    browser = logged_in(agency.alice)
    for number in range(5):
        note(agency.bob, clip, f"{mention(agency.alice)} No. {number}")
    newest = Notice.objects.order_by("-id")[0]
    browser.post(reverse("reviews:notice-go", args=[newest.pk]), {"stay": "1"})
    address, found = LIST, []
    while address:
        page = browser.get(address).text
        found += [int(part[0]) for part in page.split("@Alice No. ")[1:]]
        address = LIST + page.split(f'rel="next" href="{LIST}')[1].split('"')[0] if 'rel="next"' in page else ""
    assert found == [3, 2, 1, 0, 4]
    assert browser.get(LIST, {"after": "damaged"}).status_code == 200


def test_notices_are_ones_own(agency: Agency, clip: Clip) -> None:
    note(agency.bob, clip, mention(agency.alice))
    row = Notice.objects.get()
    for other in (agency.bob, agency.lena, agency.ada, agency.carol):
        assert logged_in(other).post(reverse("reviews:notice-go", args=[row.pk])).status_code == 404
        logged_in(other).post("/notices/read/")
    row.refresh_from_db()
    assert row.read_at is None


def test_who_goes_to_the_note_has_read_of_it(agency: Agency, clip: Clip) -> None:
    first, second = (note(agency.bob, clip, mention(agency.alice)) for _ in range(2))
    for reader in (agency.lena, agency.alice):
        logged_in(reader).get(reverse("reviews:clip", args=[clip.pk]), {"note": str(first.pk)})
    assert list(Notice.objects.unread().values_list("annotation", flat=True)) == [second.pk]
    assert logged_in(agency.alice).get(reverse("reviews:clip", args=[clip.pk]), {"note": "7"}).status_code == 200


def test_what_is_mailed_is_chosen_and_other_choices_stay(agency: Agency) -> None:
    User.objects.filter(pk=agency.bob.pk).update(preferences={"keys": {"play": "k"}})
    browser = logged_in(agency.bob)
    assert browser.get("/account/").text.count("checked") == 2
    browser.post("/account/mail/", {"replies": "on"})
    bob = User.objects.get(pk=agency.bob.pk)
    assert bob.preferences == {"keys": {"play": "k"}, "mail": {"mentions": False, "replies": True}}
    assert (wants_mail(bob, "mentions"), wants_mail(bob, "replies"), wants_mail(bob, "reminders")) == (
        False, True, True,
    )  # fmt: skip
