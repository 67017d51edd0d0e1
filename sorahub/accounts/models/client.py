"""The agency's customers: the walls inside one installation."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7

if TYPE_CHECKING:
    from sorahub.accounts.models.person import User


class ClientQuerySet(models.QuerySet["Client"]):
    """Clients and who may see them."""

    def visible_to(self, user: "User") -> "ClientQuerySet":
        """Administrators see all; other people see the clients of their projects (and those they added); guests see none."""
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        if user.kind == Kind.ADMINISTRATOR:
            return self
        mine = models.Q(projects__memberships__user=user) | models.Q(created_by=user)
        return self.filter(mine).distinct()


class Client(models.Model):
    """A customer of the agency; owns projects and has a ledger chain of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = ClientQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
