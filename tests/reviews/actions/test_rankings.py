"""Blind ranking: who opens, who votes, what counts once, what is refused and then changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from generations.actions.projects import archive_project
from generations.models import Clip, Pulse
from reviews.actions import mailing, ranking_scores, ranking_votes, rankings
from reviews.models import Notice, Ranking, RankingJudge, RankingResult, RankingVote
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews import ranking as some
from tests.reviews import world
from tests.reviews.actions.test_races import at_once


def everything() -> list[Any]:
    rows = [Ranking, RankingJudge, RankingVote, Notice, Event, Pulse, Job]
    return [list(model.objects.order_by("pk").values_list()) for model in rows]  # type: ignore[attr-defined]


def refused(act: Callable[..., object], error: type[DomainError], **arguments: object) -> str:
    """Prove that the action is refused and that nothing changed; return the code."""
    before = everything()
    with pytest.raises(error) as told:
        act(**arguments)
    assert everything() == before
    return told.value.code


def told(kind: str) -> list[str]:
    return sorted(Notice.objects.filter(kind=kind).values_list("user__email", flat=True))


def test_a_ranking_is_opened_judged_closed_and_opened_again(agency: Agency) -> None:
    clips = some.takes(agency)
    ranking = some.opened(agency, agency.bob, agency.alice, clips=clips)
    assert told("ranking") == ["bob@example.com"]  # never the one who did it
    assert ranking.pairs.count() == 3
    assert {entry.clip_id for entry in ranking.entries.all()} == {clip.pk for clip in clips}
    some.judge_all(ranking, agency.bob)
    assert (told("rank_full"), ranking.judges.get(user=agency.bob).done_at is None) == ([], False)
    some.judge_all(ranking, agency.alice, lambda shown: "tie")
    assert told("rank_full") == ["alice@example.com"]
    assert ranking_scores.state_of(ranking) == "open"
    rankings.close_ranking(actor=agency.alice, ranking=ranking)
    assert (ranking.votes_sha256, told("ranked")) == (ranking_scores.votes_sha256(ranking), ["bob@example.com"])
    assert (ranking_scores.state_of(ranking), ranking.named_at) == ("computing", ranking.closed_at)
    first = ranking.named_at
    rankings.reopen_ranking(actor=agency.alice, ranking=ranking)
    assert (ranking.closed_at, ranking.votes_sha256, ranking.named_at) == (None, "", first)
    kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["ranking.opened", "ranking.closed", "ranking.reopened"]
    said = {(vote.judge, vote.said) for vote in ranking_scores.votes_of(ranking)}
    assert {judge for judge, word in said if word == "tie"} == {1}
    for vote in ranking_scores.votes_of(ranking)[:3]:
        entries = {entry.position: entry.clip.take for entry in ranking.entries.select_related("clip")}
        assert vote.said == ("first" if entries[vote.pair[0]] < entries[vote.pair[1]] else "second")


def test_votes_are_taken_back_skipped_and_sent_twice(agency: Agency) -> None:
    ranking = some.opened(agency)
    asking: Any = {"actor": agency.bob, "ranking": ranking}
    first = ranking_votes.seat_of(**asking).to_come[0]
    given: Any = {**asking, "pair": first.pair.pk, "choice": "left", "number": 1}
    assert ranking_votes.vote(**given) == ranking_votes.vote(**given)
    assert RankingVote.objects.count() == 1
    assert refused(ranking_votes.vote, Conflict, **{**given, "choice": "right"}) == "behind"
    assert refused(ranking_votes.vote, Conflict, **{**given, "number": 2}) == "answered"
    assert ranking_votes.undo(**asking, number=2) == ranking_votes.undo(**asking, number=2)
    again = ranking_votes.seat_of(**asking)
    assert (again.to_come[0], again.next_number, again.last) == (first, 3, None)
    assert refused(ranking_votes.undo, Conflict, **asking, number=3) == "nothing-to-undo"
    some.judge_all(ranking, agency.bob, lambda shown: "skip" if shown == first else "tie")
    seat = ranking_votes.seat_of(**asking)
    assert (seat.skipped, seat.to_come, len(ranking_scores.votes_of(ranking))) == (1, [], 2)
    assert ranking_votes.take_up_skipped(**asking) == 1
    assert [shown.pair for shown in ranking_votes.seat_of(**asking).to_come] == [first.pair]
    assert ranking.judges.get(user=agency.bob).done_at is None
    assert list(RankingVote.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_only_who_was_asked_votes_and_only_while_it_is_open(agency: Agency) -> None:
    ranking = some.opened(agency)
    pair = ranking.pairs.first()
    assert pair is not None
    given: Any = {"ranking": ranking, "pair": pair.pk, "choice": "left", "number": 1}
    assert refused(ranking_votes.vote, Forbidden, actor=agency.alice, **given) == "no-judge"
    refused(ranking_votes.vote, Forbidden, actor=agency.lena, **given)
    refused(ranking_votes.vote, Forbidden, actor=agency.dora, **given)
    refused(ranking_votes.vote, InvalidInput, actor=agency.bob, **{**given, "choice": "withdrawn"})
    refused(ranking_votes.vote, NotFound, actor=agency.bob, **{**given, "pair": ranking.pk})
    refused(rankings.close_ranking, Forbidden, actor=agency.bob, ranking=ranking)
    rankings.close_ranking(actor=agency.alice, ranking=ranking)
    assert refused(ranking_votes.vote, Conflict, actor=agency.bob, **given) == "ranking-closed"
    assert refused(ranking_votes.undo, Conflict, actor=agency.bob, ranking=ranking, number=1) == "ranking-closed"
    assert refused(rankings.close_ranking, Conflict, actor=agency.alice, ranking=ranking) == "ranking-closed"
    assert refused(rankings.remind_judges, Conflict, actor=agency.alice, ranking=ranking) == "ranking-closed"
    assert refused(rankings.compute_again, Conflict, actor=agency.alice, ranking=ranking) == "not-failed"
    rankings.reopen_ranking(actor=agency.alice, ranking=ranking)
    agency.bob.memberships.all().delete()
    refused(ranking_votes.vote, NotFound, actor=agency.bob, **given)


def test_what_cannot_be_ranked_is_refused_and_nothing_is_written(agency: Agency) -> None:
    clips = some.takes(agency)
    good: dict[str, Any] = {
        "actor": agency.alice, "project": agency.aurora, "question": "Which?", "clips": clips, "judges": [agency.bob],
    }  # fmt: skip

    def wrong(error: type[DomainError] = InvalidInput, **changes: object) -> None:
        refused(rankings.open_ranking, error, **{**good, **changes})

    wrong(question=" ")
    wrong(clips=clips[:1])
    wrong(clips=[clips[0], clips[0]])
    wrong(judges=[])
    wrong(judges=[agency.lena])
    wrong(judges=[agency.dora])
    wrong(each=1)
    wrong(due_at=timezone.now() - timedelta(minutes=1))
    wrong(Forbidden, actor=agency.bob)
    wrong(NotFound, project=agency.borealis)
    wrong(NotFound, clips=[clips[0], world.add_clip(agency.borealis, agency.ada, grey=5)])
    Clip.objects.filter(pk=clips[0].pk).update(scrub_safe=False)
    wrong(clips=[Clip.objects.get(pk=clips[0].pk), clips[1]])
    Clip.objects.filter(pk=clips[0].pk).update(scrub_safe=True, withdrawn_at=timezone.now())
    wrong(clips=[Clip.objects.get(pk=clips[0].pk), clips[1]])
    archive_project(actor=agency.alice, project=agency.aurora)
    agency.aurora.refresh_from_db()
    wrong(Conflict)
    assert not Ranking.objects.exists()


def test_who_has_not_voted_is_reminded_by_hand_and_by_the_clock(agency: Agency) -> None:
    ranking = some.opened(agency, agency.bob, agency.alice)
    assert refused(rankings.remind_judges, Conflict, actor=agency.alice, ranking=ranking) == "nobody-to-remind"
    some.judge_all(ranking, agency.alice)
    RankingJudge.objects.update(asked_at=timezone.now() - timedelta(days=2))
    assert rankings.remind_when_due() == 0
    Ranking.objects.update(due_at=timezone.now() + timedelta(hours=12))
    assert (rankings.remind_when_due(), rankings.remind_when_due()) == (1, 0)
    assert told("rank_due") == ["bob@example.com"]
    RankingJudge.objects.update(reminded_at=timezone.now() - timedelta(days=1))
    assert rankings.remind_judges(actor=agency.alice, ranking=ranking) == 1
    assert told("rank_due") == ["bob@example.com", "bob@example.com"]


def test_judges_are_mailed_the_question_and_the_way_to_it(agency: Agency) -> None:
    ranking = some.opened(agency)
    assert mailing.send_notices(Notice.objects.all()) == 1
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (
        ["bob@example.com"],
        "Aurora: Alice asks you to compare takes, two at a time",
    )
    assert "“Which sells the product better?”" in letter.body
    assert f"/rankings/{ranking.pk}/judge/" in letter.body


def test_a_vote_is_written_once(agency: Agency) -> None:
    ranking = some.opened(agency)
    some.judge_all(ranking, agency.bob)
    before = everything()
    for statement in ("UPDATE reviews_rankingvote SET choice = 'tie'", "DELETE FROM reviews_rankingvote"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert everything() == before


@pytest.mark.long
def test_scores_are_computed_once_for_the_same_votes_and_told_when_they_fail(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranking = some.opened(agency, agency.bob, agency.alice)
    some.judge_all(ranking, agency.bob)
    some.judge_all(ranking, agency.alice, lambda shown: "right")
    rankings.close_ranking(actor=agency.alice, ranking=ranking)
    with monkeypatch.context() as broken:
        broken.setattr(ranking_scores, "MODULE", "reviews.rules.no_such_module")
        assert some.compute(ranking) == "queued"
        Job.objects.filter(kind="ranking.scores").update(max_attempts=2, run_at=timezone.now())
        assert some.compute(ranking) == "dead"
    assert (ranking_scores.state_of(ranking), RankingResult.objects.count()) == ("failed", 0)
    rankings.compute_again(actor=agency.alice, ranking=ranking)
    assert (some.compute(ranking), ranking_scores.state_of(ranking)) == ("succeeded", "ready")
    result = RankingResult.objects.get()
    assert (result.votes, result.votes_sha256) == (6, ranking.votes_sha256)
    assert result.scores["method"] == "bradley-terry/binomial-glm/1"
    rankings.reopen_ranking(actor=agency.alice, ranking=ranking)
    rankings.close_ranking(actor=agency.alice, ranking=ranking)
    assert (ranking_scores.state_of(ranking), some.compute(ranking)) == ("ready", "succeeded")
    assert RankingResult.objects.get() == result


def _press(user: User, ranking: Ranking, **given: Any) -> Callable[[], object]:
    return lambda: ranking_votes.vote(actor=user, ranking=ranking, **given)


@pytest.mark.postgres
@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_pressing_at_once_counts_once_and_closing_comes_before_or_after(agency: Agency) -> None:
    ranking = some.opened(agency)
    shown = ranking_votes.seat_of(actor=agency.bob, ranking=ranking).to_come
    given: Any = {"pair": shown[0].pair.pk, "choice": "left", "number": 1}
    assert at_once(*[_press(agency.bob, ranking, **given)] * 6) == ["done"] * 6
    assert RankingVote.objects.count() == 1
    choices = [_press(agency.bob, ranking, pair=shown[1].pair.pk, choice=word, number=2) for word in ("left", "right")]
    assert sorted(at_once(*choices)) == ["behind", "done"]
    assert RankingVote.objects.count() == 2
    last: Any = {"pair": shown[2].pair.pk, "choice": "tie", "number": 3}
    results = at_once(
        _press(agency.bob, ranking, **last), lambda: rankings.close_ranking(actor=agency.alice, ranking=ranking)
    )
    ranking.refresh_from_db()
    assert results[1] == "done"
    assert RankingVote.objects.count() == 2 + (results[0] == "done")
    assert ranking.votes_sha256 == ranking_scores.votes_sha256(ranking)
