"""Makes the test handlers known."""

import tests.jobs.effects as effects

__all__ = ["effects"]
