"""Who may see a row that hangs on a project: one rule, reached from every model by its own path."""

from typing import Any, ClassVar, Self, TypeVar

from django.db import models

from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnlyQuerySet

M = TypeVar("M", bound=models.Model)


class ProjectScoped(models.QuerySet[M]):
    """A queryset whose rows belong to a project found at ``project_path`` (empty for Project itself)."""

    project_path: ClassVar[str] = "project"

    def visible_to(self, user: User) -> Self:
        """Administrators see every row; producers, reviewers and legal approvers those of their projects; guests none."""
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        if user.kind == Kind.ADMINISTRATOR:
            return self.all()
        return self.filter(**self._in_projects_of(user))

    def _in_projects_of(self, user: User) -> dict[str, Any]:
        return {f"{self.project_path}__in": user.memberships.values("project_id")}


class AppendOnlyProjectScoped(ProjectScoped[M], AppendOnlyQuerySet[M]):  # type: ignore[override]  # as_manager, by the plugin
    """The same for rows that are written once."""
