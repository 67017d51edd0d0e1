"""Reasons as pages show them: many alike told once, and on the page of a draft the way to its part that mends them."""

import pytest
from django.urls import reverse

from generations.models import Clip
from reviews.rules.reasons import reason
from reviews.web import mends


def test_many_open_questions_are_told_once_with_each_beneath(clip: Clip) -> None:
    against = [reason("checklist-open", "Whose?"), reason("release-missing", "Mia"), reason("checklist-open", "Where?")]
    first, second = mends.blocks(against, clip)
    assert (first.message, first.points) == ("2 questions of the checklist are not answered:", ("Whose?", "Where?"))
    assert (second.message, second.points) == (against[1].message, ())


def test_one_open_question_is_told_as_it_is(clip: Clip) -> None:
    (only,) = mends.blocks([reason("checklist-open", "Whose?")], clip)
    assert (only.message, only.points) == ("A question of the checklist is not answered: Whose?", ())


@pytest.mark.parametrize(
    ("code", "url"),
    [
        ("checklist-open", "#h-checklist"),
        ("disclosure-missing", "#duties"),
        ("depiction-unknown", "#recognised"),
        ("ownership-unknown", "#h-findings"),
        ("route-not-governed", "#h-governing"),
        ("revoked", ""),
    ],
)
def test_the_page_of_a_draft_leads_to_its_own_parts(clip: Clip, code: str, url: str) -> None:
    (block,) = mends.on_the_draft(mends.blocks([reason(code, "it")], clip))
    assert block.url == url


def test_the_page_of_a_draft_leads_elsewhere_for_what_is_mended_there(clip: Clip) -> None:
    (block,) = mends.on_the_draft(mends.blocks([reason("release-missing", "Mia")], clip))
    assert (block.url, block.label) == (f"/projects/{clip.project_id}/releases/new/", "Add a release")


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("release-use-not-covered", "Leave the use out"),
        ("release-territory-not-covered", "Leave the territory out"),
        ("release-ends-before-term", "Shorten the term"),
    ],
)
def test_what_a_release_does_not_cover_is_left_out_or_a_wider_one_is_added(clip: Clip, code: str, label: str) -> None:
    (block,) = mends.blocks([reason(code, "Mia")], clip)
    assert (block.url, block.label) == (f"/clips/{clip.pk}/rights/draft/#h-scope", label)
    assert (block.other_url, block.other_label) == (f"/projects/{clip.project_id}/releases/new/", "Add a release")
    (there,) = mends.on_the_draft([block])
    assert (there.url, there.label, there.other_url) == ("#h-scope", label, block.other_url)


def test_only_the_address_that_is_needed_is_looked_up(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noted(name: str, args: list[object]) -> str:
        asked.append(name)
        return reverse(name, args=args)

    monkeypatch.setattr(mends, "reverse", noted)
    mends.blocks([reason("hold", "A claim"), reason("release-use-not-covered", "Mia"), reason("quarantined")], clip)
    assert asked == ["reviews:clip-rights", "reviews:licence-draft", "reviews:release-new"]
