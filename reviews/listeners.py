"""What reviews does when something else announces itself. Connected once, in ReviewsConfig.ready."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in
from django.db.models import Q

from generations.announcements import budget_warned, project_created, references_weighed, releases_asked, stops_asked
from generations.models import Alarm, Clip, Project, Reference
from generations.rules.names import ReleaseFacts, holds
from reviews.actions import holds as stopping
from reviews.actions import notices, reference_releases
from reviews.actions.links import shut_protected
from reviews.actions.stages import lay_default_stages
from reviews.models import Finding, Release
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


def connect() -> None:
    """Listen; connecting twice is harmless."""
    project_created.connect(give_stages, dispatch_uid="reviews.give_stages")
    budget_warned.connect(tell_of_budget, dispatch_uid="reviews.tell_of_budget")
    references_weighed.connect(tell_missing_releases, dispatch_uid="reviews.tell_missing_releases")
    releases_asked.connect(tell_releases, dispatch_uid="reviews.tell_releases")
    stops_asked.connect(tell_stops, dispatch_uid="reviews.tell_stops")
    user_logged_in.connect(ask_anew, dispatch_uid="reviews.ask_anew")


def give_stages(*, project: Project, actor: User, **_: Any) -> None:
    """Give a new project its usual stages, inside the transaction that creates it."""
    lay_default_stages(actor=actor, project=project)


def tell_of_budget(*, alarm: Alarm, **_: Any) -> None:
    """Tell those whose budget it is that a limit is passed, or will be: once, as it is announced once."""
    if alarm.budget is not None:
        notices.notify_of_budget(alarm=alarm, budget=alarm.budget)


def tell_missing_releases(*, references: Sequence[Reference], **_: Any) -> dict[UUID, list[str]]:
    """Say what is missing of the releases of those whom these files depict."""
    return reference_releases.missing(references)


def tell_releases(*, client: UUID, names: Sequence[str], **_: Any) -> list[tuple[str, ReleaseFacts]]:
    """Say which releases of the client's projects are for which of these names: those whose subject holds the name."""
    wanted = Q()
    for name in names:
        wanted |= Q(subject__icontains=name)
    rows = Release.objects.filter(wanted, project__client=client) if names else Release.objects.none()
    found = [(name, row) for row in rows for name in names if holds(row.subject, name)]
    return [(name, _facts(row)) for name, row in found]


def tell_stops(*, clip: Clip, **_: Any) -> list[str]:
    """Say what stops a clip from being used."""
    return stopping.stops(clip)


def _facts(row: Release) -> ReleaseFacts:
    allowed = {Finding.YES: True, Finding.NO: False}.get(Finding(row.ai_use))
    words = f"{row.get_kind_display()} of {row.subject}"  # not of which project: who asks may not see that
    return ReleaseFacts(words, row.valid_from, row.valid_until, row.withdrawn_at is not None, allowed)


def ask_anew(*, user: User, **_: Any) -> None:
    """Ask a guest for the password of each review that has one at every log-in, however they logged in."""
    if user.kind == Kind.GUEST:
        shut_protected(user)
