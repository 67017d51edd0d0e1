"""What reviews does when something else announces itself. Connected once, in ReviewsConfig.ready."""

from typing import Any

from django.contrib.auth.signals import user_logged_in

from generations.announcements import project_created
from generations.models import Project
from reviews.actions.links import shut_protected
from reviews.actions.stages import lay_default_stages
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


def connect() -> None:
    """Listen; connecting twice is harmless."""
    project_created.connect(give_stages, dispatch_uid="reviews.give_stages")
    user_logged_in.connect(ask_anew, dispatch_uid="reviews.ask_anew")


def give_stages(*, project: Project, actor: User, **_: Any) -> None:
    """Give a new project its usual stages, inside the transaction that creates it."""
    lay_default_stages(actor=actor, project=project)


def ask_anew(*, user: User, **_: Any) -> None:
    """Ask a guest for the password of each review that has one at every log-in, however they logged in."""
    if user.kind == Kind.GUEST:
        shut_protected(user)
