"""How the rights board is narrowed: to a project, a client, a band of days until the end; and how many lie in each band."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from generations.models import Project
from reviews.models import LicenceRecordVersion
from reviews.rules.expiring import BANDS, band
from sorahub.accounts.models import Client, User

ENDED = "ended"
WITHIN = {"7": "within 7 days", "30": "in 8 to 30 days", "90": "in 31 to 90 days", ENDED: "ended in the last 90 days"}


class BoardForm(forms.Form):
    """Which records the board shows."""

    project = forms.ModelChoiceField(Project.objects.none(), required=False, empty_label="All projects")
    client = forms.ModelChoiceField(Client.objects.none(), required=False, empty_label="All clients")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = Project.objects.visible_to(user).order_by("name", "id")  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["client"].queryset = Client.objects.visible_to(user).order_by("name", "id")  # type: ignore[attr-defined]  # a ModelChoiceField


@dataclass(frozen=True)
class Narrowed:
    """What the address asks for; what it names and nobody may see is as if it were not there."""

    form: BoardForm
    project: Project | None
    client: Client | None
    within: str

    @property
    def query(self) -> str:
        """The filters as they stand in an address, without the tab and the place in the list."""
        chosen = {"project": self.project, "client": self.client}
        return urlencode({name: row.pk for name, row in chosen.items() if row is not None})


def narrowed(given: QueryDict, user: User) -> Narrowed:
    """Read the filters out of an address."""
    form = BoardForm(given or None, user=user)
    form.is_valid()  # a filter that cannot be used leaves the others
    said = getattr(form, "cleaned_data", {})
    within = given.get("within", "")
    return Narrowed(form, said.get("project"), said.get("client"), within if within in WITHIN else "")


def apply(rows: QuerySet[LicenceRecordVersion], by: Narrowed) -> QuerySet[LicenceRecordVersion]:
    """Leave what belongs to the project and the client."""
    if by.project is not None:
        rows = rows.filter(record__clip__project=by.project)
    if by.client is not None:
        rows = rows.filter(record__clip__project__client=by.client)
    return rows


def in_band(rows: QuerySet[LicenceRecordVersion], within: str, now: datetime) -> QuerySet[LicenceRecordVersion]:
    """Leave those whose end lies in this band."""
    return rows.filter(_bands(now)[within]) if within else rows


def counts(rows: QuerySet[LicenceRecordVersion], lists: Mapping[str, Q], now: datetime) -> dict[str, int]:
    """Count the rows of each list, and of each band (``band_`` and its key) those whose term ends in it. One query."""
    bands = {f"band_{key}": lists["expiring"] & what for key, what in _bands(now).items()}
    asked = {key: Count("pk", filter=what) for key, what in {**lists, **bands}.items()}
    return rows.order_by().aggregate(**asked)


def end_words(version: LicenceRecordVersion, now: datetime) -> str:
    """Say how near the end of the term is, where it is near or past; empty otherwise."""
    if version.ends_at is not None and version.ends_at <= now:
        return "Ended"
    days = band(version.ends_at, now)
    return f"Ends within {days} days" if days else ""


def _bands(now: datetime) -> dict[str, Q]:
    edges = [0, *BANDS]
    bands = {
        str(days): Q(ends_at__gt=now + timedelta(days=start), ends_at__lte=now + timedelta(days=days))
        for start, days in zip(edges, BANDS, strict=False)
    }
    return {**bands, ENDED: Q(ends_at__lte=now, ends_at__gt=now - timedelta(days=max(BANDS)))}
