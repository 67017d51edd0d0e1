"""django-q2's entry points. Each is a line: what happens is in runner, sweeper and watchdog."""

from sorahub.jobs import runner, sweeper, watchdog
from sorahub.jobs.registry import every
from sorahub.jobs.values import Json


def run(job_id: str) -> str:
    """Run one attempt of a job; a kick for a job that is done or taken does nothing."""
    watchdog.stamp()
    state = runner.run_one(job_id)
    watchdog.stamp()
    return state


@every("sorahub.jobs.beat", minutes=1)
def beat() -> None:
    """Say that this cluster pulls and runs tasks."""
    watchdog.stamp()


@every("sorahub.jobs.sweep", minutes=1)
def sweep() -> dict[str, Json]:
    """Mend what crashes left behind."""
    return {**sweeper.sweep()}


@every("sorahub.jobs.prune", minutes=60)
def prune() -> int:
    """Delete what nobody needs any more."""
    return sweeper.prune()
