"""TimelineEntry, Alarm: what happened to a generation, call by call; and what a person should look at, with the mend."""

from typing import Self

from django.db import models
from django.utils import timezone

from generations.models.account import ProviderAccount
from generations.models.generation import Generation
from generations.models.project import Project
from generations.models.scope import ProjectScoped
from generations.models.spend import Budget
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7


class TimelineEntryQuerySet(ProjectScoped["TimelineEntry"]):
    """Timeline entries, scoped by their generation's project."""

    project_path = "generation__project"


class TimelineEntry(models.Model):
    """One thing that happened on a generation's way, in plain words. ``facts``: status, milliseconds, raw word, request id.

    Looks that brought nothing new are not entries: the generation counts them (``poll_count``).
    """

    class Kind(models.TextChoices):
        """What sort of thing."""

        CALL = "call", "Call to the provider"
        STATE = "state", "State"
        WEBHOOK = "webhook", "Word from the provider"
        FILE = "file", "File"
        MONEY = "money", "Money"
        ALARM = "alarm", "Alarm"
        PERSON = "person", "Person"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="timeline")
    kind = models.CharField(max_length=10, choices=Kind)
    words = models.CharField(max_length=400)
    facts = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = TimelineEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "timeline entries"
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["generation", "at"], name="timeline_of_generation")]

    def __str__(self) -> str:
        return self.words


class AlarmQuerySet(models.QuerySet["Alarm"]):
    """Alarms and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Alarms about a project's generation follow the project, those about a budget the budget; those about an account are for all
        but guests.
        """
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        if user.kind == Kind.ADMINISTRATOR:
            return self.all()
        here = models.Q(project=None) | models.Q(project__in=user.memberships.values("project_id"))
        limits = models.Q(budget=None) | models.Q(budget__in=Budget.objects.visible_to(user).order_by())
        return self.filter(here, limits)

    def open(self) -> Self:
        """Those that still hold."""
        return self.filter(cleared_at=None)


class Alarm(models.Model):
    """Something a person should look at, with what to do about it. One open alarm for each (kind, key) at most."""

    class Kind(models.TextChoices):
        """What sort of trouble."""

        UNKNOWN_WORD = "unknown_word", "Unknown word"
        WEBHOOK_SILENCE = "webhook_silence", "Webhooks are silent"
        MONEY = "money", "Money"
        EXPIRING = "expiring", "A result is about to expire"
        ACCOUNT_LIMIT = "account_limit", "An account is near its limits"
        RETIREMENT = "retirement", "A model is close to retirement"
        UNREACHABLE = "unreachable", "A provider cannot be asked"
        LATE = "late", "Late or doubtful"
        KEY = "key", "A key is refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=200, help_text="What it is about, so that it is raised once.")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="alarms")
    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, null=True, blank=True, related_name="alarms")
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, null=True, blank=True, related_name="alarms")
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, null=True, blank=True, related_name="alarms")
    message = models.CharField(max_length=400)
    mend = models.CharField(max_length=400, help_text="What to do about it.")
    times = models.PositiveIntegerField(default=1)
    raised_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, help_text="When it last held.")
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=models.Q(cleared_at__isnull=True), name="alarm_open_once"
            ),
        ]

    def __str__(self) -> str:
        return self.message
