"""What reviews does when something else announces itself. Connected once, in ReviewsConfig.ready."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in

from generations.announcements import project_created, references_weighed
from generations.models import Project, Reference
from reviews.actions import reference_releases
from reviews.actions.links import shut_protected
from reviews.actions.stages import lay_default_stages
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


def connect() -> None:
    """Listen; connecting twice is harmless."""
    project_created.connect(give_stages, dispatch_uid="reviews.give_stages")
    references_weighed.connect(tell_missing_releases, dispatch_uid="reviews.tell_missing_releases")
    user_logged_in.connect(ask_anew, dispatch_uid="reviews.ask_anew")


def give_stages(*, project: Project, actor: User, **_: Any) -> None:
    """Give a new project its usual stages, inside the transaction that creates it."""
    lay_default_stages(actor=actor, project=project)


def tell_missing_releases(*, references: Sequence[Reference], **_: Any) -> dict[UUID, list[str]]:
    """Say what is missing of the releases of those whom these files depict."""
    return reference_releases.missing(references)


def ask_anew(*, user: User, **_: Any) -> None:
    """Ask a guest for the password of each review that has one at every log-in, however they logged in."""
    if user.kind == Kind.GUEST:
        shut_protected(user)
