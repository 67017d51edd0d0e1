"""How far a shot is, in one word: the furthest that is true."""

import pytest

from reviews.rules.board import BADGES, LABELS, ShotFacts, status


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (ShotFacts("active", 0, selected=False), "empty"),
        (ShotFacts("active", 0, selected=False, failed=True), "failed"),
        (ShotFacts("active", 0, selected=False, generating=True), "generating"),
        (ShotFacts("active", 2, selected=False), "choose"),
        (ShotFacts("active", 2, selected=False, failed=True), "choose"),
        (ShotFacts("active", 2, selected=False, generating=True), "generating"),
        (ShotFacts("active", 2, selected=True, generating=True), "selected"),
        (ShotFacts("active", 2, selected=True, stages="open"), "selected"),
        (ShotFacts("active", 2, selected=True, stages="open", in_review=True), "in_review"),
        (ShotFacts("active", 2, selected=True, stages="needs_work", in_review=True), "needs_work"),
        (ShotFacts("active", 2, selected=True, stages="approved", in_review=True), "approved"),
        (ShotFacts("active", 2, selected=True, stages="signed"), "cleared"),
        (ShotFacts("active", 2, selected=True, stages="signed", stopped=True), "stopped"),
        (ShotFacts("on_hold", 2, selected=True, stages="signed"), "on_hold"),
        (ShotFacts("omitted", 0, selected=False, generating=True), "omitted"),
    ],
)
def test_the_furthest_that_is_true_is_said(facts: ShotFacts, word: str) -> None:
    assert status(facts) == word
    assert word in LABELS
    assert word in BADGES
