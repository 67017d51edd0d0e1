"""Histories of terms of the shape that archives have, with invented words: much is recorded and little changes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from reviews.actions.terms import add_source, capture_terms
from reviews.models import TermsSource, TermsVersion
from sorahub.accounts.models import User

FIRST = datetime(2025, 12, 1, 9, tzinfo=UTC)
OWNERSHIP = "You own all output that Lumina makes for you."
CLAUSES = (
    f"2.1 {OWNERSHIP}",
    "2.2 You may use the output for commercial purposes, in advertising too.",
    "3.1 You must not remove the mark that Lumina puts on the output.",
    "4.1 We will tell you of changes 30 days before they bind.",
    "5.1 Our liability is limited to $100.",
)
CHANGED = (
    ("for commercial purposes, in advertising too", "for commercial purposes, but not in advertising"),
    ("30 days before", "14 days before"),
    ("limited to $100", "limited to $50"),
    ("You must not remove", "You may remove"),
    ("in advertising", "in advertising or in politics"),
    (OWNERSHIP, "Lumina owns all output that it makes for you."),
)
FILLING = tuple(
    f"9.{number} Words of paragraph {number} say how the service is run and looked after." for number in range(1, 40)
)


def page(body: str, number: int) -> str:
    """Write the body as an archive's page: links with a session in them, a counter, marks, zero-width characters."""
    marked = body.replace("Lumina", f"[Lumina](https://lumina.example/?session={number})")
    dash = "—" if number % 2 else "-"
    return (
        f"# Lumina Services Agreement\n\nUpdated {number % 28 + 1} days ago\n\nShare this page\u200b {dash} Lumina Help\n\n"
        + "\n\n".join(("**" + line + "**" if number % 3 == 0 else line) for line in marked.split("\n"))
        + "\n"
    )


def bodies() -> list[str]:
    """Return the seven bodies that six changes lie between."""
    found = ["\n".join((*CLAUSES, *FILLING))]
    for old, new in CHANGED:
        assert old in found[-1]
        found.append(found[-1].replace(old, new))
    return found


def recorded(times: int = 116) -> list[str]:
    """Return so many recorded pages that are six changes; the second text goes, comes back, and goes again within days."""
    order = [times * place // 7 for place in range(8)]
    which = [place for place in range(7) for _ in range(order[place], order[place + 1])]
    flapping = which.index(2)
    which[flapping + 1] = 1
    every = bodies()
    return [page(every[place], number) for number, place in enumerate(which)]


def source(lena: User) -> TermsSource:
    """Name Lumina's agreement, whose page carries a header that is no part of it."""
    made = add_source(actor=lena, publisher="Lumina", title="Services Agreement")
    made.noise = [r"Share this page . Lumina Help"]
    made.save(update_fields=["noise"])
    return made


def keep(lena: User, of: TermsSource, texts: Iterable[str], first: datetime = FIRST, **more: Any) -> list[TermsVersion]:
    """Capture the texts two days apart, as an archive saw them."""
    kept = []
    for number, text in enumerate(texts):
        with time_machine.travel(first + timedelta(days=2 * number), tick=False):
            kept.append(
                capture_terms(
                    actor=lena,
                    source=of,
                    label=f"record {number + 1} of {first:%Y-%m-%d}",
                    raw=text.encode(),
                    media_type="text/markdown",
                    method="import",
                    **more,
                )
            )
    return kept
