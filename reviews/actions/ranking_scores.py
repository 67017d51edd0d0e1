"""Scores of a closed ranking: which votes stand, their hash, the job that computes, and what came of it."""

import json
import subprocess
import sys
from hashlib import sha256
from typing import Any

from django.conf import settings

from reviews.actions.ranking_votes import Choice, standing
from reviews.models import Ranking, RankingResult, RankingVote
from reviews.rules.preference import Vote
from sorahub.jobs import queue
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.values import Json
from sorahub.lib import canonical
from sorahub.lib.errors import Conflict
from sorahub.lib.ids import uuid7

KIND = "ranking.scores"
SECONDS = 120
MODULE = "reviews.rules.bradley_terry"


def votes_of(ranking: Ranking) -> list[Vote]:
    """Return the votes that stand, by judge and pair; skipped pairs are none. Two queries."""
    places = dict(ranking.entries.values_list("pk", "position"))
    rows = RankingVote.objects.filter(judge__ranking=ranking).select_related("judge", "pair")
    by_judge: dict[int, list[RankingVote]] = {}
    for row in rows.order_by("judge__number", "number"):
        by_judge.setdefault(row.judge.number, []).append(row)
    found = [
        _vote(judge, row, places)
        for judge, cast in by_judge.items()
        for row in standing(cast).values()
        if row.choice != Choice.SKIP
    ]
    return sorted(found)


def votes_sha256(ranking: Ranking) -> str:
    """Return the SHA-256 of the canonical JSON of the takes' hashes and the votes that stand."""
    takes = list(ranking.entries.order_by("position").values_list("clip__sha256", flat=True))
    votes: list[canonical.Json] = [[vote.judge, *vote.pair, vote.said, vote.left] for vote in votes_of(ranking)]
    return sha256(canonical.dumps({"ranking": str(ranking.pk), "takes": takes, "votes": votes})).hexdigest()


def order(ranking: Ranking) -> Job:
    """Have the scores computed, in the caller's transaction; the same votes are computed once, however often that is asked."""
    payload: dict[str, Json] = {"ranking": str(ranking.pk)}
    return queue.enqueue(KIND, key=f"{KIND}:{uuid7()}", payload=payload, subject_id=ranking.pk)


def compute(job: Job) -> Json:
    """Compute in a process of its own and keep the result with the hash of its votes. Raises Retry when that process fails."""
    ranking = Ranking.objects.get(pk=str(job.payload["ranking"]))
    digest = ranking.votes_sha256
    if not digest or RankingResult.objects.filter(ranking=ranking, votes_sha256=digest).exists():
        return {"computed": False}
    votes, asked = _asked(ranking)
    scores = _run(asked)
    if votes_sha256(ranking) != digest:
        return {"computed": False}  # opened again and voted on meanwhile: closing it orders anew
    with job.fenced():
        RankingResult.objects.get_or_create(
            ranking=ranking, votes_sha256=digest, defaults={"votes": votes, "scores": scores}
        )
    return {"computed": True}


def result_of(ranking: Ranking) -> RankingResult | None:
    """Return what was computed from the votes with which the ranking was closed; None while it is not there."""
    if not ranking.votes_sha256:
        return None
    return RankingResult.objects.filter(ranking=ranking, votes_sha256=ranking.votes_sha256).first()


def told(ranking: Ranking, result: RankingResult) -> dict[str, Any]:
    """Return a result as files and the API give it: ``takes`` names each place's clip, ``scores`` is what was computed."""
    return {
        "ranking": str(ranking.pk),
        "question": ranking.question,
        "closed_at": ranking.closed_at,
        "method": result.scores["method"],
        "votes": result.votes,
        "votes_sha256": result.votes_sha256,
        "computed_at": result.computed_at,
        "seed": str(ranking.seed),
        "takes": [
            {"take": entry.position, "clip": str(entry.clip_id), "sha256": entry.clip.sha256, "name": str(entry.clip)}
            for entry in ranking.entries.select_related("clip__shot")
        ],
        "judges": [{"judge": judge.number, "user": str(judge.user_id)} for judge in ranking.judges.order_by("number")],
        "scores": result.scores,
    }


def result_for(ranking: Ranking) -> RankingResult:
    """Return the scores of a closed ranking. Raises Conflict while it is open or being computed."""
    result = result_of(ranking)
    if result is None:
        closed = ranking.closed_at is not None
        words = "The scores are being computed." if closed else "Takes are named and scores counted once it is closed."
        raise Conflict(words, code="not-computed" if closed else "ranking-open")
    return result


def state_of(ranking: Ranking) -> str:
    """Say "open" while it is judged, then "computing", "failed" or "ready"."""
    if ranking.closed_at is None:
        return "open"
    if result_of(ranking) is not None:
        return "ready"
    job = Job.objects.filter(kind=KIND, subject_id=ranking.pk).order_by("-created_at", "-id").first()
    return "computing" if job is not None and job.state in {JobState.QUEUED, JobState.RUNNING} else "failed"


def _vote(judge: int, row: RankingVote, places: dict[Any, int]) -> Vote:
    pair = (places[row.pair.first_id], places[row.pair.second_id])
    left = places[row.left_id]
    if row.choice == Choice.TIE:
        return Vote(judge, pair, "tie", left)
    won = left if row.choice == Choice.LEFT else sum(pair) - left
    return Vote(judge, pair, "first" if won == pair[0] else "second", left)


def _asked(ranking: Ranking) -> tuple[int, dict[str, Any]]:
    places = dict(ranking.entries.values_list("pk", "position"))
    pairs = [(places[first], places[second]) for first, second in ranking.pairs.values_list("first_id", "second_id")]
    votes = votes_of(ranking)
    told = [[vote.judge, *vote.pair, vote.said, vote.left] for vote in votes]
    return len(votes), {"takes": len(places), "pairs": sorted(pairs), "votes": told}


def _run(asked: dict[str, Any]) -> dict[str, Any]:
    """Run the child: statistics libraries never enter this process."""
    try:
        done = subprocess.run(  # this interpreter, a module of ours, and no words of anybody's in its arguments
            [sys.executable, "-m", MODULE], input=json.dumps(asked), capture_output=True, text=True, check=True,
            timeout=SECONDS, cwd=settings.BASE_DIR,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise Retry(
            "scores-failed", f"The scores could not be computed: {said[-1] if said else error}", after=10
        ) from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
