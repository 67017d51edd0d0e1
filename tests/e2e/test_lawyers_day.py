"""A lawyer's day in a real Chromium: from captured terms to a signed record, a change of terms, and a recall.

lena clears, bob and alice draft. With SORAHUB_SCREENSHOTS=folder each station is kept as pictures (see tests/e2e/stations.py).
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from reviews.models import Clause, Delivery, LicenceRecordVersion, Recall, Release, ReReview, SignOff, TermsChange
from sorahub.ledger.models import Event
from tests.e2e.counsel import CHANGED, COMMERCIAL, OWNERSHIP, PLAN, TERMS, People, Work, browsers, lay_work
from tests.e2e.stations import look
from tests.generations.factories import png
from tests.people import PASSWORD, Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
SUSPENDED = "Suspended: the terms behind this clip changed"
STORY = (
    "terms.captured", "terms.clause_marked", "terms.clause_marked", "terms.set_made", "licence.drafted",
    "release.added", "licence.drafted", "signoff.signed", "clip.downloaded", "terms.captured", "terms.change_judged",
    "re_review.opened", "re_review.settled", "signoff.revoked", "recall.opened", "recall.acknowledged",
)  # fmt: skip
"""What the ledger says of this day, in its order."""


@pytest.fixture
def work(agency: Agency, tmp_path: Path) -> Work:
    """What there is in the morning."""
    return lay_work(agency, tmp_path)


@pytest.fixture
def people(live_server: Any, browser: Browser, agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Everybody's browser. Nobody serves events here."""
    monkeypatch.setattr(settings, "EVENTS_URL", "")
    with browsers(browser, live_server.url, agency) as opened:
        yield opened


def day(offset: int = 0) -> str:
    """A day as date fields take it."""
    return (timezone.localdate() + timedelta(days=offset)).isoformat()


def main_form(page: Page, label: str) -> Locator:
    """The button that sends the page's form."""
    return page.get_by_role("main").get_by_role("button", name=label, exact=True)


def says(page: Page, *words: str) -> None:
    """Make sure that the page's content holds all of these words."""
    for each in words:
        expect(page.get_by_role("main")).to_contain_text(each)


def come_in(lena: Page) -> None:
    """1. Lena logs in and sees what waits for her."""
    lena.goto("/")
    lena.locator("[name=login]").fill("lena@example.com")
    lena.get_by_label("Password").first.fill(PASSWORD)
    lena.locator("main form button[type=submit]").first.click()
    expect(lena.get_by_role("heading", name="Awaiting your signature")).to_be_visible()
    says(lena, "Nothing awaits your signature", "On hold", "The client’s counsel asked us to wait.")
    look(lena, "01-home")


def name_the_document(lena: Page) -> None:
    """2. She names the aggregator's document …"""
    lena.get_by_role("main").get_by_role("link", name="Terms", exact=True).click()
    says(lena, "1 of ", "OpenAI: Usage Policies")
    look(lena, "02-terms")
    lena.get_by_role("link", name="Add a document").click()
    lena.get_by_label("Publisher", exact=True).fill("Vofy")
    lena.get_by_label("Title").fill("Terms of Service")
    lena.get_by_label("What the publisher is").select_option(label="Aggregator or reseller")
    lena.get_by_label("Party").fill("vofy")
    look(lena, "02-document", whole=True)
    main_form(lena, "Add and capture a version").click()


def capture_the_terms(lena: Page, text: str, since: str) -> None:
    """… pastes its words with the dates that are known …"""
    expect(lena.get_by_role("heading", level=1, name="Capture a version")).to_be_visible()
    lena.get_by_role("radio", name="Paste the text").check()
    lena.get_by_label("Pasted text").fill(text)
    lena.get_by_label("Published").fill(since)
    lena.get_by_label("In force from").fill(since)
    lena.get_by_label("Accepted by", exact=False).last.fill("Ada, in the account’s settings")
    look(lena, "03-capture", whole=True)
    main_form(lena, "Capture").click()
    expect(lena.locator("#messages")).to_contain_text("Captured. Mark the clauses that matter next.")


def mark_clauses(lena: Page) -> None:
    """… and marks two clauses: one by selecting it, one by its words."""
    expect(lena.get_by_text("Select a passage with mouse or finger")).to_be_visible()
    lena.locator("[data-clause-text]").evaluate(
        """(text, words) => {
            const node = text.firstChild, start = node.data.indexOf(words), range = document.createRange();
            range.setStart(node, start);
            range.setEnd(node, start + words.length);
            document.getSelection().removeAllRanges();
            document.getSelection().addRange(range);
        }""",
        OWNERSHIP,
    )
    lena.get_by_role("button", name="Mark the selected passage").click()
    expect(lena.get_by_label("Quote")).to_have_value(OWNERSHIP)
    lena.get_by_label("Topic").select_option(label="Ownership of output")
    main_form(lena, "Mark it").click()
    expect(lena.locator("#messages")).to_contain_text("The clause is marked.")
    lena.get_by_role("main").locator("summary", has_text="Mark a clause").click()
    lena.get_by_label("Quote").fill(COMMERCIAL)
    lena.get_by_label("Topic").select_option(label="Commercial use")
    main_form(lena, "Mark it").click()
    expect(lena.get_by_role("region", name="Marked clauses").get_by_role("listitem")).to_have_count(2)
    expect(lena.locator("[data-clause-text] mark")).to_have_text([OWNERSHIP, COMMERCIAL])
    look(lena, "04-clauses", whole=True)
    assert Clause.objects.count() == 2


def make_a_governing_set(lena: Page) -> None:
    """She makes the set of the clip's route: the aggregator's terms and the maker's, as they change."""
    lena.get_by_role("link", name="Make a governing set").click()
    lena.locator("[name=route]").first.fill("vofy")
    lena.get_by_role("button", name="Suggest versions").click()
    says(lena, "2 versions ticked below.")
    lena.get_by_label("Name").fill("Vofy, as it changes")
    lena.get_by_label("Which version binds").select_option(label="As they change")
    expect(lena.get_by_role("group", name="Versions").get_by_role("checkbox", checked=True)).to_have_count(2)
    look(lena, "05-set", whole=True)
    main_form(lena, "Make the set").click()
    expect(lena.locator("#messages")).to_contain_text("The governing set is made.")
    says(lena, "As they change", "aggregator or reseller: vofy", "maker of a model: openai", "None is known.")
    look(lena, "06-set-made", whole=True)


def draft_without_a_release(bob: Page, work: Work) -> None:
    """3. Bob drafts a record that shows a real person, and has no release for her."""
    bob.goto(work.rights)
    says(bob, "Nothing is drafted yet: no use of this clip is cleared.")
    bob.get_by_role("link", name="Draft a licence record").click()
    for use in ("Social media", "Online advertising"):
        bob.get_by_role("group", name="Media").get_by_label(use).check()
    bob.get_by_role("group", name="Purposes").get_by_label("Advertising", exact=True).check()
    bob.get_by_label("Territories").fill("DE, Austria")
    bob.get_by_label("Last day").fill(day(365))
    row = bob.get_by_role("group", name="Row 1", exact=True)
    row.get_by_label("Kind").select_option(label="Person")
    row.get_by_label("Name").fill("Mia")
    row.get_by_label("Real or invented?").select_option(label="Real")
    bob.get_by_label("Do we own the output?").select_option(label="Yes")
    bob.get_by_label("Do the terms allow commercial use?").select_option(label="Yes")
    expect(bob.get_by_label("Governing set").locator("option:checked")).to_contain_text("Vofy, as it changes")
    bob.get_by_role("button", name="Show the duties for this scope").click()
    says(
        bob,
        "EU: say that realistic pictures or voices are made by AI",
        "A duty without a plan or a reason blocks the signature.",
    )
    look(bob, "07-draft", whole=True)
    main_form(bob, "Draft the version").click()
    expect(bob.locator("#messages")).to_contain_text("Version 1 is drafted.")
    standing = bob.get_by_role("region", name="Version 1: what still blocks a signature")
    expect(standing).to_contain_text("there is no release for it. Mia")
    expect(standing.get_by_role("link", name="Mend it below").first).to_have_attribute("href", "#h-checklist")
    look(bob, "08-drafted", whole=True)


def be_refused(lena: Page, work: Work) -> None:
    """4. Lena finds it at home; the page says what is missing, and a signature all the same is refused."""
    lena.goto("/")
    says(
        lena,
        "11 questions of the checklist are not answered.",
        "Something real can be recognised, and there is no release for it.",
    )
    look(lena, "09-home-again")
    lena.get_by_role("link", name=re.compile(r"^Aurora: .*SH010")).click()
    expect(lena.get_by_role("heading", level=1)).to_have_text("Licence record, version 1")
    says(lena, "Cannot be approved yet", "Person: Mia, real", "11 questions of the checklist are not answered:")
    missing = lena.locator("[data-code=release-missing]")
    expect(missing).to_contain_text("there is no release for it. Mia")
    expect(missing.get_by_role("link", name="Add a release")).to_have_attribute(
        "href", f"/projects/{work.clip.project_id}/releases/new/"
    )
    look(lena, "10-refused", whole=True)
    sign(lena)
    expect(lena.get_by_role("alert").first).to_contain_text("there is no release for it. Mia")
    assert not SignOff.objects.exists()


def sign(lena: Page) -> None:
    """Approve what the page shows, with the password."""
    lena.get_by_role("radio", name="Approved").check()
    lena.get_by_label("Your password").fill(PASSWORD)
    main_form(lena, "Sign exactly this version").click()


def add_the_release(alice: Page, work: Work, paper: Path) -> None:
    """5. Alice drafts on: what she entered waits while she puts Mia's release on file …"""
    alice.goto(work.rights)
    alice.get_by_role("link", name="Draft a new version").click()
    alice.get_by_role("textbox", name="Restrictions").fill("Not beside politics.")
    alice.get_by_role("button", name="Add a release and come back").click()
    alice.get_by_label("Who or what is depicted").fill("Mia")
    alice.get_by_label("What was consented to").fill("Pictures of Mia made by AI, for the spring campaign.")
    for use in ("Social media", "Online advertising"):
        alice.get_by_role("group", name="Uses").get_by_label(use).check()
    alice.get_by_label("Territories").fill("EU")
    alice.get_by_label("Pictures or voices made by AI?").select_option(label="Yes")
    alice.get_by_label("Valid from").fill(day(-30))
    alice.get_by_label("Valid until").fill(day(700))
    alice.get_by_label("The signed paper").set_input_files(paper)
    look(alice, "11-release", whole=True)
    main_form(alice, "Add the release").click()
    release = Release.objects.get()
    assert release.document_sha256 == hashlib.sha256(paper.read_bytes()).hexdigest()


def draft_anew(alice: Page, work: Work) -> None:
    """… and drafts version 2 that rests on it, answers the checklist and plans the disclosure."""
    alice.wait_for_url(f"**{work.rights}draft/?kept=1*")
    expect(alice.get_by_role("textbox", name="Restrictions")).to_have_value("Not beside politics.")
    row = alice.get_by_role("group", name="Row 1", exact=True)
    row.get_by_label("Release").select_option(label=f"Model release: Mia (until {day(700)})")
    for answer in alice.locator("select[name$=-finding]").all():
        answer.select_option(label="Yes")
    alice.locator("[name$=output-assigned-words]").fill(
        "The aggregator leaves it to us, and the maker to whoever ordered it."
    )
    cited = alice.locator("li").filter(has=alice.locator("[name$=output-assigned-finding]"))
    cited.locator("summary").click()
    cited.get_by_role("checkbox", name=re.compile("^Ownership of output")).check()
    alice.get_by_label("How viewers are told: EU: say that").fill(PLAN)
    look(alice, "12-draft-anew", whole=True)
    main_form(alice, "Draft the version").click()
    expect(alice.locator("#messages")).to_contain_text("Version 2 is drafted.")
    expect(alice.get_by_role("region", name="Version 2: nothing blocks a signature")).to_be_visible()
    version = LicenceRecordVersion.objects.get(version=2)
    assert (version.purposes, version.territories, version.depictions.get().release) == (
        ["advertising"], ["AT", "DE"], Release.objects.get(),
    )  # fmt: skip


def sign_it(lena: Page) -> None:
    """6. Lena signs version 2 with her password."""
    lena.goto("/")
    lena.get_by_role("link", name=re.compile(r"^Aurora: .*SH010")).click()
    says(lena, "Ready to sign", "Nothing in the way", PLAN, "Model release: Mia")
    look(lena, "13-sign", whole=True)
    sign(lena)
    lena.wait_for_url("**/sign-offs/*/")
    expect(lena.get_by_role("heading", level=1)).to_contain_text("Approved for commercial use")
    look(lena, "14-signed", whole=True)


def ask(page: Page, work: Work, territory: str = "DE") -> None:
    """Ask the clip's rights page whether it may be used in social media, for advertising, there, now."""
    page.goto(work.rights)
    page.get_by_label("Use", exact=True).select_option(label="Social media")
    page.get_by_label("Territory").fill(territory)
    page.get_by_label("Purpose").select_option(label="Advertising")
    page.get_by_role("button", name="Ask", exact=True).click()


def download(alice: Page, work: Work) -> None:
    """7. Alice asks: not in the US, yes in Germany; and takes the file."""
    ask(alice, work, "US")
    expect(alice.locator(".verdict")).to_contain_text("Not cleared")
    expect(alice.locator("[data-code=territory-not-in-scope]")).to_contain_text("does not cover this territory")
    look(alice, "15-not-there", whole=True)
    ask(alice, work)
    expect(alice.locator(".verdict")).to_contain_text("Cleared")
    says(alice, "Not beside politics.", PLAN)
    look(alice, "16-cleared", whole=True)
    with alice.expect_download() as coming:
        alice.get_by_role("link", name="Download the original").click()
    assert hashlib.sha256(Path(coming.value.path()).read_bytes()).hexdigest() == work.clip.sha256
    alice.reload()
    expect(alice.get_by_role("region", name="What left")).to_contain_text("Social media, DE, advertising")


def capture_the_change(lena: Page) -> None:
    """8. The aggregator's terms read differently now; lena captures them, and the change waits for a judgement …"""
    lena.goto("/terms/")
    lena.get_by_role("link", name="Vofy: Terms of Service").click()
    lena.get_by_role("link", name="Capture a version").first.click()
    capture_the_terms(lena, CHANGED, day())
    says(lena, "Before and after it", "carried from")
    lena.goto("/")
    says(lena, "One change of terms awaits your judgement.")
    look(lena, "17-home-changed")
    lena.get_by_role("link", name="Judge it").click()
    expect(lena.get_by_role("heading", level=1, name="Changes to judge")).to_be_visible()
    says(lena, "Vofy", "A word that permits or demands came or went")
    look(lena, "18-changes")


def wait_for_the_judgement(alice: Page, work: Work) -> None:
    """(Until then nothing leaves: what nobody judged is unknown.)"""
    ask(alice, work)
    expect(alice.locator("[data-code=terms-changed]")).to_contain_text("The terms changed since: Vofy")


def judge_the_change(lena: Page) -> None:
    """… she reads the difference and judges it material."""
    change = TermsChange.objects.get()
    lena.locator(f"a[href='/terms/changes/{change.pk}/']").click()
    expect(lena.locator(".diff ins")).to_contain_text("must say that it was made by AI.")
    says(lena, "It only suggests: what counts is a person’s judgement.", "Nobody judged this yet.")
    look(lena, "19-difference", whole=True)
    lena.get_by_role("radio", name=re.compile("^Material")).check()
    lena.get_by_label("Reason").fill("Clips with people now need a label.")
    main_form(lena, "Keep the judgement").click()
    expect(lena.locator("#messages")).to_contain_text("The judgement is kept.")
    says(lena, "Judged material", "Clips with people now need a label.")
    look(lena, "20-judged", whole=True)


def be_suspended(alice: Page, work: Work) -> None:
    """9. Alice's page says in plain words why nothing leaves, and where it is mended."""
    ask(alice, work)
    expect(alice.locator(".verdict")).to_contain_text("Not cleared")
    says(alice, SUSPENDED, "Nobody made a mistake, and nothing is lost.", "A legal approver does this")
    block = alice.locator("[data-code=suspended]")
    expect(block).to_contain_text("the terms changed materially")
    expect(block).to_contain_text("Ask a legal approver to settle the re-review.")
    look(alice, "21-suspended", whole=True)
    block.get_by_role("link", name="See what changed").click()
    expect(alice.get_by_role("heading", level=1, name="Terms changed")).to_be_visible()
    says(alice, "Suspended")
    expect(alice.get_by_role("heading", name="Settle the chosen ones")).to_have_count(0)


def settle(lena: Page, work: Work) -> None:
    """10. Lena sees what rests on the old text, and settles what is open with one reason."""
    lena.goto("/")
    says(lena, "One licence record rests on terms that changed materially.")
    lena.goto(f"/terms/changes/{TermsChange.objects.get().pk}/")
    lena.get_by_role("link", name="What rests on it").click()
    says(lena, "Records are suspended", "1: 1 open, 1 of them suspended")
    look(lena, "22-impact", whole=True)
    lena.get_by_role("main").get_by_role("link", name="Deliveries").click()
    says(lena, "Alice")
    lena.get_by_role("link", name="Settle the open ones").click()
    lena.get_by_role("checkbox", name=re.compile("^Aurora: ")).check()
    lena.get_by_role("radio", name="The change has no effect on this record").check()
    lena.get_by_label("Reason").fill("The record plans the label already.")
    look(lena, "23-re-reviews", whole=True)
    main_form(lena, "Settle with this reason").click()
    expect(lena.locator("#messages")).to_contain_text("Settled: 1 record.")
    task = ReReview.objects.get()
    assert (task.outcome, task.reason) == ("no_effect", "The record plans the label already.")
    lena.goto(work.rights)
    says(lena, "The change has no effect on this record: The record plans the label already.")


def be_cleared_again(alice: Page, work: Work) -> None:
    """11. Alice asks again."""
    ask(alice, work)
    expect(alice.locator(".verdict")).to_contain_text("Cleared")
    expect(alice.get_by_text(SUSPENDED)).to_have_count(0)
    look(alice, "24-cleared-again", whole=True)


def ask_the_library(alice: Page, work: Work) -> None:
    """12. The question over all clips finds this one, and not the one on hold."""
    alice.goto("/rights/")
    alice.get_by_role("navigation", name="Parts of rights").get_by_role("link", name="What may I use?").click()
    alice.get_by_label("Use", exact=True).select_option(label="Social media")
    alice.get_by_label("Territory").fill("DE")
    alice.get_by_label("Purpose").select_option(label="Advertising")
    alice.get_by_role("button", name="Ask", exact=True).click()
    expect(alice.get_by_role("heading", name="1 cleared of 2")).to_be_visible()
    cards = alice.locator(".cleared > li")
    expect(cards).to_have_count(1)
    expect(cards.locator(f"a[href='{work.rights}']").first).to_be_visible()
    expect(cards).to_contain_text("Restrictions: Not beside politics.")
    expect(cards).to_contain_text(PLAN)
    look(alice, "25-library", whole=True)


def revoke(lena: Page) -> None:
    """13. Lena revokes with her password; what left is called back."""
    lena.goto(f"/sign-offs/{SignOff.objects.get().pk}/")
    lena.locator("summary", has_text="Revoke this approval").click()
    lena.get_by_label("Why it is revoked").fill("Mia’s agent objects.")
    lena.get_by_label("Your password").fill(PASSWORD)
    look(lena, "26-revoke", whole=True)
    main_form(lena, "Revoke from now on").click()
    expect(lena.locator("#messages")).to_contain_text("Revoked: from now on nothing leaves under this sign-off.")
    says(lena, "Mia’s agent objects.")
    lena.goto("/rights/")
    lena.get_by_role("navigation", name="Parts of rights").get_by_role("link", name="Recalls").click()
    says(lena, "given to Alice", "Mia’s agent objects.", "No receipt")
    look(lena, "27-recalls")


def give_the_receipt(alice: Page, work: Work) -> None:
    """Alice is told, and says what became of her copy; the clip is not cleared any more."""
    alice.goto("/recalls/")
    alice.get_by_role("main").get_by_role("link", name=re.compile(r"^Aurora: ")).click()
    expect(alice.get_by_role("heading", level=1, name="Stop using this clip")).to_be_visible()
    says(alice, "Mia’s agent objects.", "The approval was revoked")
    look(alice, "28-recall", whole=True)
    alice.get_by_role("radio", name="Every copy is deleted.").check()
    main_form(alice, "Give the receipt").click()
    expect(alice.get_by_role("heading", level=1, name="Called back")).to_be_visible()
    says(alice, "Every copy is deleted.")
    recall = Recall.objects.get()
    assert (recall.delivery, recall.acknowledged_by) == (Delivery.objects.get(), recall.delivery.delivered_to)
    ask(alice, work)
    expect(alice.locator("[data-code=revoked]")).to_contain_text("The sign-off was revoked.")
    look(alice, "29-revoked", whole=True)


def told(since: datetime) -> list[str]:
    """The kinds of this day's events that the story is made of, oldest first."""
    rows = Event.objects.filter(at__gte=since, kind__in=set(STORY))
    return list(rows.order_by("at", "seq").values_list("kind", flat=True))


def test_a_lawyers_day(people: People, work: Work, tmp_path: Path) -> None:
    lena, alice, bob, morning = people.lena, people.alice, people.bob, timezone.now()
    paper = tmp_path / "mia.png"
    paper.write_bytes(png())
    stations: list[Callable[[], None]] = [
        lambda: come_in(lena),
        lambda: name_the_document(lena),
        lambda: capture_the_terms(lena, TERMS, day(-60)),
        lambda: mark_clauses(lena),
        lambda: make_a_governing_set(lena),
        lambda: draft_without_a_release(bob, work),
        lambda: be_refused(lena, work),
        lambda: add_the_release(alice, work, paper),
        lambda: draft_anew(alice, work),
        lambda: sign_it(lena),
        lambda: download(alice, work),
        lambda: capture_the_change(lena),
        lambda: wait_for_the_judgement(alice, work),
        lambda: judge_the_change(lena),
        lambda: be_suspended(alice, work),
        lambda: settle(lena, work),
        lambda: be_cleared_again(alice, work),
        lambda: ask_the_library(alice, work),
        lambda: revoke(lena),
        lambda: give_the_receipt(alice, work),
    ]
    for station in stations:
        station()
    assert told(morning) == list(STORY)
