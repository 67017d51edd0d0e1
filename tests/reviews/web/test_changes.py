"""Changes of terms on pages: the history, the differences, the judgement, and clauses on their way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from generations.models import Clip
from reviews.actions.changes import judge_change
from reviews.actions.terms import mark_clause
from reviews.models import ChangeJudgement, Clause, ClauseFlag, SignOff, TermsChange, TermsText, TermsVersion
from sorahub.ledger.models import Event
from tests.people import Agency
from tests.reviews import histories, world
from tests.reviews.actions.test_changes import ONE, PAD, THREE, TWO
from tests.reviews.histories import FIRST, OWNERSHIP
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]


def pair(agency: Agency, *texts: str) -> TermsChange:
    histories.keep(agency.lena, histories.source(agency.lena), texts or (ONE, TWO))
    return TermsChange.objects.order_by("after__captured_at")[0]


def capture(browser: Client, version: TermsVersion, label: str, text: str, **said: str) -> Any:
    address = reverse("reviews:terms-capture", args=[version.source_id])
    return browser.post(address, {"label": label, "language": "en", "text": text, **said})


def judge(browser: Client, change: TermsChange, **said: str) -> Any:
    values = {"verdict": "material", "reason": "Showing ends.", **said}
    return browser.post(reverse("reviews:terms-change", args=[change.pk]), values)


def cleared(browser: Client, clip: Clip) -> bool:
    answer = browser.get(f"/api/v1/clips/{clip.pk}/clearance/", world.SCOPE)
    return bool(answer.json()["granted"])


@pytest.mark.long
def test_a_history_of_116_records_shows_six_changes_to_judge(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, histories.recorded())
    page = logged_in(agency.lena).get(reverse("reviews:terms-source", args=[source.pk])).text
    assert "<strong>116</strong> recorded, <strong>6</strong> changes, <strong>6</strong> to judge" in page
    assert "107 with the same words hidden" in page
    assert (
        page.split('aria-labelledby="h-versions"')[1].count("/terms/versions/") == 9
    )  # the first record, six changes, and twice what flapped
    everything = logged_in(agency.lena).get(reverse("reviews:terms-source", args=[source.pk]), {"all": "1"}).text
    assert everything.split('aria-labelledby="h-versions"')[1].count("/terms/versions/") == 50
    assert 'rel="next" href="?before=' in everything
    assert "8 changes of terms await your judgement." in logged_in(agency.lena).get("/").text


def test_a_first_version_that_comes_back_with_the_same_words_is_not_hidden(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, [ONE, ONE + "\n\n", ONE])
    page = logged_in(agency.lena).get(reverse("reviews:terms-source", args=[source.pk]))
    assert [row.version.label for row in page.context["history"].rows] == ["record 1 of 2025-12-01"]


def test_pages_of_the_history_show_every_version_once(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, histories.recorded())
    browser, seen, query = logged_in(agency.bob), [], "?all=1"
    while query:
        answer = browser.get(reverse("reviews:terms-source", args=[source.pk]) + query)
        history = answer.context["history"]
        seen += [row.version.pk for row in history.rows]
        query = f"?all=1&before={history.next_cursor}" if history.next_cursor else ""
    assert len(seen) == len(set(seen)) == 116


def test_a_page_of_changes_shows_the_words_that_came_and_went(agency: Agency) -> None:
    change = pair(agency)
    side = logged_in(agency.bob).get(reverse("reviews:terms-change", args=[change.pk])).text
    assert "A word that negates came or went: <q>– → not</q>" in side
    assert '<ins><span class="visually-hidden">[added:] </span>not' in side
    assert "28 unchanged lines" in side
    assert "Nobody judged this yet. A legal approver does." in side
    inline = logged_in(agency.bob).get(reverse("reviews:terms-change", args=[change.pk]), {"view": "inline"}).text
    assert "diff__sides" not in inline
    assert "[added:]" in inline


def test_what_the_page_shows_is_escaped(agency: Agency) -> None:
    change = pair(agency, ONE, ONE.replace("show it", "show it <script>alert(1)</script> & more"))
    page = logged_in(agency.lena).get(reverse("reviews:terms-change", args=[change.pk])).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_counsel_judges_and_judges_again(agency: Agency) -> None:
    change, browser = pair(agency), logged_in(agency.lena)
    assert judge(browser, change, verdict="cosmetic", reason="Misread.").status_code == 302
    assert judge(browser, change).status_code == 302
    page = browser.get(reverse("reviews:terms-change", args=[change.pk])).text
    assert "Judged material" in page
    assert "Cosmetic: nothing that anybody may do changes (replaced)" in page
    assert "Nothing to judge" in browser.get(reverse("reviews:terms-changes")).text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"verdict": ""}, "Say whether it is cosmetic or material."),
        ({"reason": " "}, "Give the reason: it stands beside the judgement for good."),
        ({"binds_from": "yesterday"}, "Enter a valid date."),
    ],
)
def test_a_judgement_that_lacks_something_is_shown_again(agency: Agency, said: dict[str, str], words: str) -> None:
    answer = judge(logged_in(agency.lena), pair(agency), **said)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert not ChangeJudgement.objects.exists()


def test_what_flaps_is_judged_with_one_click(agency: Agency) -> None:
    change, browser = pair(agency, ONE, TWO, ONE + "\n\n", TWO + "\n\n"), logged_in(agency.lena)
    page = browser.get(reverse("reviews:terms-change", args=[change.pk])).text
    assert "The same words come and go 2 more times: judge those alike" in page
    judge(browser, change, with_alike="on")
    assert ChangeJudgement.objects.count() == 3


def test_what_comes_back_later_is_offered_the_judgement_of_before(agency: Agency) -> None:
    change = pair(agency)
    judge(logged_in(agency.lena), change)
    histories.keep(agency.lena, change.after.source, [ONE + "\n\n"], first=FIRST + timedelta(days=9))
    back = TermsChange.objects.awaiting().get()
    page = logged_in(agency.lena).get(reverse("reviews:terms-change", args=[back.pk])).text
    assert back.flaps
    assert "Came back" in page
    assert "Showing ends.</textarea>" in page


def test_many_are_judged_alike(agency: Agency) -> None:
    change, browser = pair(agency, ONE, TWO, THREE), logged_in(agency.lena)
    address = reverse("reviews:terms-judge-many", args=[change.after.source_id])
    assert address in browser.get(reverse("reviews:terms-changes")).text
    rows = [str(row.pk) for row in TermsChange.objects.all()]
    missing = browser.post(address, {"verdict": "material", "reason": "New edition."})
    assert (missing.status_code, "Choose at least one change." in missing.text) == (422, True)
    assert browser.post(address, {"changes": rows, "verdict": "material", "reason": "New edition."}).status_code == 302
    assert set(ChangeJudgement.objects.values_list("reason", flat=True)) == {"New edition."}
    assert not TermsChange.objects.awaiting().exists()


def test_a_split_pair_is_shown_and_not_judged(agency: Agency) -> None:
    change, browser = pair(agency, ONE, THREE), logged_in(agency.lena)
    histories.keep(agency.lena, change.after.source, [TWO], first=FIRST + timedelta(days=1))
    assert "No longer between neighbours" in browser.get(reverse("reviews:terms-change", args=[change.pk])).text
    answer = judge(browser, change)
    assert (answer.status_code, "No longer between neighbours" in answer.text) == (422, True)
    assert not ChangeJudgement.objects.exists()


def test_a_clause_is_followed_from_page_to_page(agency: Agency) -> None:
    source = histories.source(agency.lena)
    first = histories.keep(agency.lena, source, [ONE])[0]
    mark_clause(actor=agency.lena, terms_version=first, quote=OWNERSHIP, topic="ownership")
    mark_clause(actor=agency.lena, terms_version=first, quote="You may show it.", topic="commercial_use")
    histories.keep(agency.lena, source, [TWO], first=FIRST + timedelta(days=1))
    browser, change, flag = logged_in(agency.bob), TermsChange.objects.get(), ClauseFlag.objects.get()
    page = browser.get(reverse("reviews:terms-change", args=[change.pk])).text
    assert "<strong>Commercial use</strong> the words changed" in page
    assert "<strong>Ownership of output</strong> stands there as it was" in page
    address = reverse("reviews:terms-flag", args=[flag.pk])
    assert address in page
    assert "You may not show it.</textarea>" in browser.get(address).text
    wrong = browser.post(address, {"quote": "You may never show it."})
    assert (wrong.status_code, "does not hold this passage" in wrong.text) == (422, True)
    assert browser.post(address, {"quote": "You may not show it."}).headers["Location"].endswith("#h-clauses")
    assert Clause.objects.get(carried_from__topic="commercial_use").quote == "You may not show it."
    assert "Settled by Bob" in browser.get(reverse("reviews:terms-change", args=[change.pk])).text
    version = browser.get(reverse("reviews:terms-version", args=[change.after_id])).text
    assert "carried from <a" in version


def test_a_text_drawn_again_is_shown_beside_the_first(agency: Agency) -> None:
    version = pair(agency).before
    browser = logged_in(agency.lena)
    same = browser.post(reverse("reviews:terms-draw-again", args=[version.pk]), follow=True).text
    assert "Drawn once more, the text is the same, letter for letter." in same
    TermsText.objects.create(
        version=version, extractor="later/2", text="Other words", text_sha256="0" * 64, normalised_sha256="0" * 64,
        made_by=agency.lena,
    )  # fmt: skip
    page = browser.get(reverse("reviews:terms-version", args=[version.pk])).text
    assert "By later/2" in page
    assert PAD.split("\n")[0] in page


def test_case_01_a_cosmetic_version_after_approval_changes_nothing_and_is_in_the_history(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    browser, before = logged_in(agency.lena), TermsVersion.objects.get()
    assert cleared(browser, clip)
    capture(browser, before, "2026-07-01", world.TERMS.replace("social media and", "social media, and"))
    change = TermsChange.objects.get()
    assert (change.suggestion, change.before) == ("cosmetic", before)
    judge(browser, change, verdict="cosmetic", reason="A comma.")
    assert cleared(browser, clip)
    history = browser.get(reverse("reviews:terms-source", args=[before.source_id])).text
    assert "<strong>2</strong> recorded, <strong>1</strong> change</p>" in history
    assert "Judged cosmetic" in history
    signed.refresh_from_db()
    assert not hasattr(signed, "revocation")


def test_case_03_terms_bind_when_they_say_and_dating_back_is_for_legal_with_a_reason(agency: Agency) -> None:
    browser = logged_in(agency.lena)
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=UTC), tick=False):
        before = world.capture(agency.lena, effective_from=date(2026, 1, 1))
    text = world.TERMS.replace("you own the output", "Vofy owns the output")
    with time_machine.travel(datetime(2026, 7, 1, 12, tzinfo=UTC), tick=False):
        capture(browser, before, "2027", text, effective_from="2027-01-01")
    change = TermsChange.objects.get()
    assert change.after.effective_from == date(2027, 1, 1)
    back = {"reason": "The notice of 1 March names this day.", "binds_from": "2026-03-01"}
    assert judge(logged_in(agency.bob), change, **back).status_code == 403
    assert judge(browser, change, **{**back, "reason": ""}).status_code == 422
    too_early = judge(browser, change, **{**back, "binds_from": "2025-12-31"})
    assert (too_early.status_code, "The earlier text binds from 01 January 2026" in too_early.text) == (422, True)
    assert not ChangeJudgement.objects.exists()
    assert judge(browser, change, **back).status_code == 302
    assert ChangeJudgement.objects.get().binds_from == date(2026, 3, 1)
    assert '"dated_back":true' in Event.objects.get(kind="terms.change_judged").body
    page = browser.get(reverse("reviews:terms-change", args=[change.pk])).text
    assert "Binds from 1 March 2026, dated back from 1 January 2027" in page


def test_the_api_lists_judges_and_settles(agency: Agency) -> None:
    source = histories.source(agency.lena)
    first = histories.keep(agency.lena, source, [ONE])[0]
    clause = mark_clause(actor=agency.lena, terms_version=first, quote="You may show it.", topic="commercial_use")
    histories.keep(agency.lena, source, [TWO, TWO + "\n"], first=FIRST + timedelta(days=1))
    browser = logged_in(agency.lena)
    rows = browser.get("/api/v1/terms-changes/", {"judged": "false", "suggestion": "material"}).json()["results"]
    assert [(row["source"], row["flaps"], row["judgements"]) for row in rows] == [(str(source.pk), False, [])]
    said = {"verdict": "material", "reason": "Showing ends.", "binds_from": "2026-01-01"}
    answer = browser.post(f"/api/v1/terms-changes/{rows[0]['id']}/judge/", said, content_type="application/json")
    assert answer.status_code == 201
    assert [(one["verdict"], one["binds_from"]) for one in answer.json()["judgements"]] == [("material", "2026-01-01")]
    assert len(browser.get("/api/v1/terms-changes/", {"judged": "true"}).json()["results"]) == 1
    flag = browser.get("/api/v1/clause-flags/", {"settled": "false"}).json()["results"][0]
    assert (flag["clause"], flag["kind"]) == (str(clause.pk), "changed")
    done = browser.post(
        f"/api/v1/clause-flags/{flag['id']}/settle/", {"quote": "You may not show it."}, content_type="application/json"
    ).json()
    assert browser.get(f"/api/v1/clauses/{done['successor']}/").json()["carried_from"] == str(clause.pk)


def test_alike_is_only_what_has_the_same_words(agency: Agency) -> None:
    pair(agency, ONE, TWO, THREE, TWO + "\n\n")
    rows = TermsChange.objects.order_by("after__captured_at")
    judge_change(actor=agency.lena, change=rows[0], verdict="material", reason="Showing ends.", with_alike=True)
    assert [row.judgements.count() for row in rows] == [1, 0, 0]
