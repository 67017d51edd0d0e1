"""The door for guests: a link by real SMTP, a code, a password; and one plain page for everything that leads nowhere."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from generations.models import Clip
from reviews.actions.admission import Admission
from reviews.actions.reviews import change_review, revoke_review, send_review
from reviews.models import Review, ReviewParticipant, Share
from reviews.rules.addressees import Addressee
from sorahub.accounts.actions.agency import set_agency_profile
from sorahub.accounts.models import User
from sorahub.accounts.models.token import digest
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from tests.generations.factories import png
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in
from tests.smtp import Post, html_of, post_office, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]
ADDRESS = "nora@client.example"


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A mail server that the hub really talks to."""
    cache.clear()
    with post_office() as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        yield office


def sent(agency: Agency, clip: Clip, **terms: Any) -> Review:
    """Send a review to a new address and deliver the mail."""
    stage = world.staged(agency)["Client"]
    review = send_review(
        actor=agency.alice, project=agency.aurora, stage=stage, title="Rough cut", clips=[clip],
        guests=[Addressee(ADDRESS, "Nora Lind")], due_at=timezone.now() + timedelta(days=2), message="The sea, please.",
        admission=Admission(**terms),
    )  # fmt: skip
    deliver()
    return review


def deliver() -> None:
    """Run the jobs that write mails."""
    for job in Job.objects.filter(kind__startswith="review.", state="queued"):
        assert runner.run_one(job.pk) == "succeeded"


def link(post: Post) -> str:
    """The path of the newest link."""
    found = [re.search(r"http://\S+?(/r/[\w-]+/)", text_of(letter)) for letter in post.to(ADDRESS)]
    return [match[1] for match in found if match][-1]


def at_the_door(post: Post) -> tuple[Client, str]:
    """A fresh browser that followed the link, and where it stands."""
    browser = Client()
    answer = browser.get(link(post))
    assert answer.status_code == 302
    return browser, answer.headers["Location"]


def code(browser: Client, door: str, post: Post) -> str:
    """Ask for a code and read it in the mail."""
    before = len(post.letters)
    assert browser.post(f"{door}code/").status_code == 302
    deliver()
    [letter] = post.letters[before:]
    found = re.search(r"^([0-9A-Z]{6})$", text_of(letter), re.MULTILINE)
    assert found is not None
    return found[1]


def test_from_a_mail_into_the_review(agency: Agency, clip: Clip, post: Post) -> None:
    set_agency_profile(
        actor=agency.ada, name="Harbour Films", contact="hello@harbour.example", privacy_words="We keep little."
    )
    review = sent(agency, clip)
    [letter] = post.to(ADDRESS)
    assert str(letter["Subject"]) == "Aurora: Rough cut"
    assert "Harbour Films" in str(letter["From"])
    assert str(letter["Reply-To"]) == "alice@example.com"
    assert "Alice of Harbour Films asks you to review 1 clip: “Rough cut”." in text_of(letter)
    assert link(post) in html_of(letter)
    seat = ReviewParticipant.objects.get()
    assert seat.invited_at is not None
    token = link(post).split("/")[2]
    assert Share.objects.get().token_digest == digest(token)
    browser, door = at_the_door(post)
    page = browser.get(door).text
    for words in ("Harbour Films", "Alice", "Rough cut", "Send me a code", "n…@client.example", "We keep little."):
        assert words in page
    assert token not in page
    assert "Projects" not in page
    key = browser.session.session_key
    right = code(browser, door, post)
    assert browser.post(f"{door}enter/", {"code": "WRONG2"}).status_code == 422
    answer = browser.post(f"{door}enter/", {"code": f" {right[:3].lower()}-{right[3:]} "})
    assert answer.headers["Location"] == f"/reviews/{review.pk}/"
    assert browser.session.session_key != key
    shown = browser.get(f"/reviews/{review.pk}/").text
    assert "Rough cut" in shown
    assert "The sea, please." in shown
    assert "We keep little." in shown
    assert browser.get(link(post), follow=True).redirect_chain[-1][0] == f"/reviews/{review.pk}/"
    assert Share.objects.get().last_used_at is not None


def test_a_code_works_once_and_in_the_browser_that_asked(agency: Agency, clip: Clip, post: Post) -> None:
    sent(agency, clip)
    browser, door = at_the_door(post)
    right = code(browser, door, post)
    stranger, _ = at_the_door(post)
    assert stranger.post(f"{door}enter/", {"code": right}).status_code == 422
    assert browser.post(f"{door}enter/", {"code": right}).status_code == 302
    browser.logout()
    browser.get(link(post))
    assert browser.post(f"{door}enter/", {"code": right}).status_code == 422


def test_five_wrong_codes_are_enough(agency: Agency, clip: Clip, post: Post) -> None:
    sent(agency, clip)
    browser, door = at_the_door(post)
    right = code(browser, door, post)
    wrong = [browser.post(f"{door}enter/", {"code": "AAAAAA"}).status_code for _ in range(5)]
    last = browser.post(f"{door}enter/", {"code": right})
    assert (wrong, last.status_code, last.headers["Retry-After"]) == ([422] * 5, 429, "600")
    assert "_auth_user_id" not in browser.session


def test_codes_are_not_mailed_without_end(agency: Agency, clip: Clip, post: Post) -> None:
    sent(agency, clip)
    browser, door = at_the_door(post)
    assert [browser.post(f"{door}code/").status_code for _ in range(6)] == [302] * 5 + [429]


def test_a_password_comes_after_the_code_at_every_log_in(agency: Agency, clip: Clip, post: Post) -> None:
    review = sent(agency, clip, password="open sesame")
    browser, door = at_the_door(post)
    assert browser.post(f"{door}password/", {"password": "open sesame"}).headers["Location"] == door
    assert browser.post(f"{door}enter/", {"code": code(browser, door, post)}).headers["Location"] == door
    assert "_auth_user_id" not in browser.session
    assert browser.post(f"{door}password/", {"password": "wrong"}).status_code == 422
    assert browser.post(f"{door}password/", {"password": "open sesame"}).status_code == 302
    assert browser.get(f"/clips/{clip.pk}/").status_code == 200
    nora = User.objects.get(email=ADDRESS)
    by_another_way = logged_in(nora)
    assert [one.get(f"/clips/{clip.pk}/").status_code for one in (by_another_way, browser)] == [404, 404]
    assert browser.post(f"{door}password/", {"password": "open sesame"}).status_code == 302
    assert browser.get(f"/clips/{clip.pk}/").status_code == 200
    change_review(actor=agency.alice, review=review, due_at=None, admission=Admission(password="another one"))
    assert browser.get(f"/clips/{clip.pk}/").status_code == 404
    assert "One more word" in browser.get(door).text


def test_wrong_passwords_are_counted(agency: Agency, clip: Clip, post: Post) -> None:
    sent(agency, clip, password="open sesame")
    browser, door = at_the_door(post)
    browser.post(f"{door}enter/", {"code": code(browser, door, post)})
    tries = [browser.post(f"{door}password/", {"password": "guess"}).status_code for _ in range(6)]
    assert tries == [422] * 5 + [429]


@pytest.mark.parametrize("how", ["forged", "revoked", "expired", "review revoked", "review expired", "gone", "left"])
def test_every_link_that_leads_nowhere_looks_the_same(agency: Agency, clip: Clip, post: Post, how: str) -> None:
    review = sent(agency, clip)
    path = "/r/forged/" if how == "forged" else link(post)
    past = timezone.now() - timedelta(seconds=1)
    nora = User.objects.get(email=ADDRESS)
    match how:
        case "revoked":
            Share.objects.update(revoked_at=past)
        case "expired":
            Share.objects.update(expires_at=past)
        case "review revoked":
            revoke_review(actor=agency.alice, review=review)
        case "review expired":
            Review.objects.update(expires_at=past)
        case "gone":
            User.objects.filter(pk=nora.pk).update(is_active=False)
        case "left":
            nora.memberships.all().delete()
    answer = Client().get(path)
    assert answer.status_code == 404
    assert "This link leads nowhere" in answer.text
    assert "Rough cut" not in answer.text
    kept = {name: answer.headers[name] for name in ("Referrer-Policy", "X-Robots-Tag", "Cache-Control")}
    assert kept == {
        "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store, private",
    }  # fmt: skip


def test_the_log_in_replaces_whoever_was_logged_in(agency: Agency, clip: Clip, post: Post) -> None:
    sent(agency, clip)
    browser = logged_in(agency.alice)
    door = browser.get(link(post)).headers["Location"]
    assert "You are logged in as Alice" in browser.get(door).text
    browser.post(f"{door}enter/", {"code": code(browser, door, post)})
    assert browser.get("/projects/").text.count("AURORA") == 0


def test_the_logo_is_made_anew_and_kept_by_its_hash(agency: Agency) -> None:
    profile = set_agency_profile(actor=agency.ada, name="Harbour Films", logo=png())
    answer = Client().get("/agency/logo.png", {"v": profile.logo_sha256[:16]})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.content.startswith(b"\x89PNG")
    again = Client().get("/agency/logo.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
