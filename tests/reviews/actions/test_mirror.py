"""The SQL over the whole library says of each clip what the function says, whatever is asked."""

import random

import pytest

from generations.models import Clip
from reviews.actions import facts, library
from reviews.rules import clearance as rules
from tests.people import Agency
from tests.reviews import shelves

SEEDS = range(4)


def said_by_the_function(clip: Clip, question: rules.Question) -> frozenset[str]:
    """The codes that the single function finds, less the mathematics of the signature."""
    known, signature = facts.gather(clip, question.at)
    answer = rules.answer(known, question, signature)
    return frozenset(one.code for one in answer.reasons) - {"signature-invalid"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mirror_says_what_the_function_says(agency: Agency, seed: int) -> None:
    dice = random.Random(seed)
    ground = shelves.lay(agency, dice)
    list(shelves.fill(ground, dice, range(120), trouble=dice.choice((0.02, 0.1, 0.25))))
    clips = list(Clip.objects.select_related("project"))
    for _ in range(3):
        asked = shelves.question(ground, dice)
        mirrored = library.all_codes(Clip.objects.visible_to(agency.ada), asked)
        for clip in clips:
            assert mirrored[clip.pk] == said_by_the_function(clip, asked), (clip.pk, asked)
