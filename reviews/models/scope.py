"""Who may see a row that hangs on a clip."""

from typing import ClassVar, Self, TypeVar

from django.db import models

from generations.models.clip import granted_clips
from generations.models.scope import ProjectScoped
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnlyQuerySet

M = TypeVar("M", bound=models.Model)


class ClipScoped(ProjectScoped[M]):
    """A queryset whose rows belong to a clip at ``clip_path``. Guests see none unless the model says otherwise."""

    clip_path: ClassVar[str] = "clip"
    project_path = "clip__project"

    def on_granted_clips(self, user: User) -> Self:
        """Rows on the clips that were put before this guest."""
        return self.filter(**{f"{self.clip_path}__in": granted_clips(user).values("clip_id")})


class AgencyOnly(models.QuerySet[M]):
    """Rows of the whole agency, such as terms: everybody who works there sees them, guests do not."""

    def visible_to(self, user: User) -> Self:
        """Every active account but guests'."""
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        return self.all()


class AppendOnlyClipScoped(ClipScoped[M], AppendOnlyQuerySet[M]):  # type: ignore[override]  # as_manager, by the plugin
    """Rows on a clip that are written once."""


class AppendOnlyAgencyOnly(AgencyOnly[M], AppendOnlyQuerySet[M]):  # type: ignore[override]  # as_manager, by the plugin
    """Rows of the whole agency that are written once."""
