"""The pointers that a library of terms begins with. They are added once and belong to the agency from then on."""

import tomllib
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from generations.actions import checks
from reviews.actions.terms import told_of
from reviews.models import TermsSource
from sorahub.ledger import record

DATA = Path(__file__).resolve().parents[1] / "data" / "terms_sources.toml"
NAMES = UUID("0d2c1c56-4be0-5d0c-9a55-2f3e6a1b7c44")


def entries() -> list[dict[str, Any]]:
    """Return the entries of the data file."""
    with DATA.open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["source"]
    return rows


def add_first_sources() -> list[TermsSource]:
    """Add the pointers that are not there yet, and return those. What people changed, or had before, is left alone.

    An entry is known again by an id made of its key, whatever its source is called by now. The ledger says that the hub
    itself added them.
    """
    with transaction.atomic():
        return [row for each in entries() if (row := _added(dict(each))) is not None]


def _added(entry: dict[str, Any]) -> TermsSource | None:
    pk = uuid5(NAMES, entry.pop("key"))
    row = TermsSource(**{name: str(value).strip() for name, value in entry.items()}, id=pk)
    same = TermsSource.objects.filter(publisher=row.publisher, title=row.title, product=row.product)
    if TermsSource.objects.filter(pk=pk).exists() or same.exists():
        return None
    checks.insert(row)
    record.append(kind="terms.source_added", actor=None, client=None, subject=row, body=told_of(row))
    return row
