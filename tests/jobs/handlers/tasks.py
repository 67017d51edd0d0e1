"""Found by the jobs app in a cluster that tests start."""

import tests.jobs.effects as effects

__all__ = ["effects"]
