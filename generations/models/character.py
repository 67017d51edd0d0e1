"""Character: a subject that a provider has learnt from a short clip, to be named in prompts."""

from django.db import models
from django.utils import timezone

from generations.models.account import ProviderAccount
from generations.models.project import Project
from generations.models.prompt import Reference
from generations.models.scope import ProjectScoped
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class CharacterQuerySet(ProjectScoped["Character"]):
    """Characters, scoped by their project."""


class Character(models.Model):
    """A non-human subject made at one account from one reference video; the call is made once, like any create."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Sent, answer missing"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="characters")
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="characters")
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="characters")
    name = models.CharField(max_length=80, help_text="The name by which prompts call it.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    remote_id = models.CharField(max_length=1000, blank=True, editable=False)
    error_code = models.CharField(max_length=200, blank=True)
    error_message = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CharacterQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "project", "name"],
                condition=~models.Q(state="failed"),
                name="character_name_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name
