"""What tests of rankings share: takes of a shot, a ranking of them, and judges who vote as they are told to."""

from collections.abc import Callable

from generations.models import Clip
from reviews.actions import ranking_votes, rankings
from reviews.actions.ranking_votes import Shown
from reviews.models import Ranking
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from tests.people import Agency
from tests.reviews import world

GREYS = (20, 60, 100, 140, 180, 220)


def takes(agency: Agency, number: int = 3) -> list[Clip]:
    """So many takes of the shot."""
    return [world.add_clip(agency.aurora, agency.alice, grey=grey, shot=agency.shot) for grey in GREYS[:number]]


def opened(agency: Agency, *judges: User, clips: list[Clip] | None = None, each: int | None = None) -> Ranking:
    """Alice's ranking of the shot's takes, before these judges."""
    return rankings.open_ranking(
        actor=agency.alice, project=agency.aurora, question="Which sells the product better?",
        clips=clips or takes(agency), judges=judges or (agency.bob,), each=each,
    )  # fmt: skip


def by_take(shown: Shown) -> str:
    """Prefer the earlier take."""
    return "left" if shown.left.clip.take < shown.right.clip.take else "right"


def judge_all(ranking: Ranking, user: User, say: Callable[[Shown], str] = by_take) -> None:
    """Answer every pair that is left."""
    while (seat := ranking_votes.seat_of(actor=user, ranking=ranking)).to_come:
        shown = seat.to_come[0]
        ranking_votes.vote(
            actor=user, ranking=ranking, pair=shown.pair.pk, choice=say(shown), number=seat.next_number
        )  # fmt: skip


def compute(ranking: Ranking) -> str:
    """Run the newest job that computes the scores, as a worker does; return the state it was left in."""
    job = Job.objects.filter(kind="ranking.scores", subject_id=ranking.pk).latest("created_at")
    return runner.run_one(job.pk)
