"""Examines the sums of closed days, which the pages of costs add up."""

from itertools import islice

from generations.models import TallyMark
from generations.pipeline import tallying
from sorahub.doctoring.finding import Finding, fault, ok, warning

LATE_DAYS = 2


def day_sums() -> Finding:
    """Are they what the journal and the generations say, and are they made each day?"""
    through, last = TallyMark.last_day(), tallying.last_closed()
    if wrong := list(islice(tallying.differences(), 3)):
        return fault("day sums", "; ".join(wrong), "Run: python manage.py tally_spend")
    if through is None or (last - through).days > LATE_DAYS:
        since = f"since {through}" if through else "yet"
        words = f"no day is summed {since}: pages of costs are right, but slow"
        return warning(
            "day sums", words, "They are made each hour by the queue; is it running? Or run: manage.py tally_spend"
        )
    return ok("day sums", f"days are summed through {through}, and equal to the journal and the generations")
