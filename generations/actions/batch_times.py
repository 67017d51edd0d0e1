"""How long a batch should take: from what each model took lately at each account, and how many go there at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from generations import catalog
from generations.models import Generation, ProviderAccount, State
from generations.pipeline.admission import AT_PROVIDER, limits_of
from generations.rules.lasting import Limits, Line, together

LATELY = 25
"""So many of the newest clips of a model at an account tell how long it takes."""


@dataclass(frozen=True)
class Expected:
    """``seconds``: until the last one ends, as far as it is known (None: nothing is); ``unknown``: the models of which no clip has
    come here yet, by title; ``waiting``: how many others stand at these accounts now and are not reckoned with.
    """

    seconds: float | None
    unknown: tuple[str, ...]
    waiting: int

    @property
    def words(self) -> str:
        """It in words."""
        if self.seconds is None:
            return "Not known: none of these models has brought a clip here yet."
        about = f"About {span(self.seconds)}, by what they took here lately."
        missing = f" Not known for {', '.join(self.unknown)}." if self.unknown else ""
        others = (
            f" {self.waiting} other{'s' if self.waiting > 1 else ''} under way may come before them."
            if self.waiting
            else ""
        )
        return f"{about}{missing}{others}"


def expected(makings: Sequence[tuple[ProviderAccount, catalog.Capability]]) -> Expected:
    """Return how long these generations take together: one statement for each model of each account, two for each account."""
    accounts = {account.pk: account for account, _ in makings}
    number = Counter((account.pk, row) for account, row in makings)
    lasting = {key: _lately(accounts[key[0]], key[1]) for key in number}
    lines: dict[object, tuple[list[Line], Limits]] = {
        pk: ([], Limits(account.max_in_flight, account.creates_per_minute)) for pk, account in accounts.items()
    }
    for (pk, row), took in lasting.items():
        if took is not None:
            places = limits_of(accounts[pk], row.model).places
            lines[pk][0].append(Line(number[pk, row], took, places))
    known = any(took is not None for took in lasting.values())
    unknown = dict.fromkeys(row.title for (_, row), took in lasting.items() if took is None)
    waiting = (
        Generation.objects.filter(account__in=accounts, state__in=[State.RESERVED, *AT_PROVIDER]).count()
        if makings
        else 0
    )
    return Expected(together(lines) if known else None, tuple(unknown), waiting)


def span(seconds: float) -> str:
    """Return a span of time as people say it."""
    if seconds < 100:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"


def _lately(account: ProviderAccount, row: catalog.Capability) -> float | None:
    """The median of the newest clips, from sending to the end, in seconds."""
    rows = Generation.objects.filter(
        account=account, model=row.model, mode=row.mode, state=State.SUCCEEDED, submitted_at__isnull=False
    )
    found = rows.order_by("-submitted_at").values_list("submitted_at", "finished_at")[:LATELY]
    took = [(ended - sent).total_seconds() for sent, ended in found if sent and ended]
    return median(took) if took else None
