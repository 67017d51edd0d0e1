"""A review is changed by two people at once, or while a guest comes in: nobody gets in who is out, and the order stays one."""

import pytest

from generations.models import Clip
from reviews.actions import links
from reviews.actions.reducing import order_clips, remove_from_review
from reviews.actions.reviews import add_to_review, send_review
from reviews.models import Review, ReviewItem, ReviewParticipant
from tests.people import Agency
from tests.reviews import world
from tests.reviews.actions.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def clips(agency: Agency, clip: Clip) -> list[Clip]:
    return [clip, *(world.add_clip(agency.aurora, agency.alice, grey=grey) for grey in (50, 60, 70))]


@pytest.fixture
def review(agency: Agency, clips: list[Clip]) -> Review:
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=world.staged(agency)["Client"], title="Rough cut",
        clips=clips[:3], people=[agency.dora],
    )  # fmt: skip


def test_who_comes_in_while_being_taken_out_is_out(agency: Agency, review: Review) -> None:
    for _ in range(5):
        share = links.find_link(links.make_link(ReviewParticipant.objects.get()))
        assert share is not None
        entered, removed = at_once(
            lambda share=share: links.enter(share),  # type: ignore[misc]  # bound for each turn
            lambda: remove_from_review(actor=agency.alice, review=review, people=[agency.dora]),
        )
        assert (entered in {"done", "not-found"}, removed) == (True, "done")
        assert not Clip.objects.visible_to(agency.dora).exists()
        assert not Review.objects.visible_to(agency.dora).exists()
        add_to_review(actor=agency.alice, review=review, people=[agency.dora])
        assert Clip.objects.visible_to(agency.dora).count() == 3


def test_clips_added_taken_out_and_ordered_at_once_stand_in_one_row(
    agency: Agency, clips: list[Clip], review: Review
) -> None:
    for _ in range(3):
        told = at_once(
            lambda: add_to_review(actor=agency.alice, review=review, clips=[clips[3]]),
            lambda: remove_from_review(actor=agency.alice, review=review, clips=[clips[0]]),
            lambda: order_clips(actor=agency.alice, review=review, clips=[clips[2], clips[1], clips[0]]),
        )
        assert (told[:2], told[2] in {"done", "clips-changed"}) == (["done", "done"], True)
        rows = list(ReviewItem.objects.order_by("position").values_list("position", "clip"))
        assert [position for position, _ in rows] == [1, 2, 3]
        assert {pk for _, pk in rows} == {clip.pk for clip in clips[1:]}
        assert set(Clip.objects.visible_to(agency.dora)) == set(clips[1:])
        remove_from_review(actor=agency.alice, review=review, clips=[clips[3]])
        add_to_review(actor=agency.alice, review=review, clips=[clips[0]])
        order_clips(actor=agency.alice, review=review, clips=clips[:3])
