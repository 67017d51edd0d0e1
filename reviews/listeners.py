"""What reviews does when generations announces something. Connected once, in ReviewsConfig.ready."""

from typing import Any

from generations.announcements import project_created
from generations.models import Project
from reviews.actions.stages import lay_default_stages
from sorahub.accounts.models import User


def connect() -> None:
    """Listen; connecting twice is harmless."""
    project_created.connect(give_stages, dispatch_uid="reviews.give_stages")


def give_stages(*, project: Project, actor: User, **_: Any) -> None:
    """Give a new project its usual stages, inside the transaction that creates it."""
    lay_default_stages(actor=actor, project=project)
