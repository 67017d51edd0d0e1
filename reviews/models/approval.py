"""Stage, Decision: the steps of approval, and what each person said."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from generations.models import Clip, Project
from generations.models.scope import ProjectScoped
from reviews.models.scope import AppendOnlyClipScoped
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class StageQuerySet(ProjectScoped["Stage"]):
    """Stages, scoped by their project."""


class Stage(models.Model):
    """A step of approval: who decides (a kind of person) and how many of them must approve.

    The stage with role ``legal`` is passed by the sign-off itself, not by decisions. With ``worst_wins`` one request
    for changes outweighs every approval; without it the approvals needed are enough. A stage that ``locks`` takes no
    further decision about bytes that it has passed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="stages")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    role = models.CharField(
        max_length=20, choices=[(k.value, k.label) for k in (Kind.REVIEWER, Kind.GUEST, Kind.LEGAL)]
    )
    needed = models.PositiveSmallIntegerField(default=1, help_text="How many people must approve.")
    worst_wins = models.BooleanField(
        default=True, help_text="One request for changes outweighs every approval.", verbose_name="worst decision wins"
    )
    locks = models.BooleanField(default=False, help_text="Once passed, the stage takes no further decision.")

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ["project", "position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="stage_position_unique"),
            models.UniqueConstraint(fields=["project", "name"], name="stage_name_unique"),
            models.CheckConstraint(condition=Q(needed__gte=1), name="stage_needs_somebody"),
            models.CheckConstraint(condition=Q(role__in=["reviewer", "guest", "legal"]), name="stage_role_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Verdict(models.TextChoices):
    """What a person decided."""

    APPROVED = "approved", "Approved"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    TAKEN_BACK = "taken_back", "Taken back"


class ReasonKind(models.TextChoices):
    """The usual reasons to ask for changes; words come beside it."""

    PICTURE = "picture", "Picture: something looks wrong"
    MOTION = "motion", "Motion or physics"
    SOUND = "sound", "Sound, music or voice"
    STORY = "story", "Not what the brief asks for"
    BRAND = "brand", "Brand, product or logo"
    PEOPLE = "people", "A person or likeness"
    LENGTH = "length", "Length or timing"
    OTHER = "other", "Something else"


class DecisionQuerySet(AppendOnlyClipScoped["Decision"]):  # type: ignore[override]  # as_manager, by the plugin
    """Decisions and who may see them."""

    def visible_to(self, user: User) -> Self:
        """As the clip; a guest sees decisions of the client stage on their clips."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.on_granted_clips(user).filter(stage__role=Kind.GUEST)
        return super().visible_to(user)

    def not_taken_back(self) -> Self:
        """Leave out each ``taken_back`` and what it undid: the same person's earlier words there about the same bytes."""
        undone = Decision.objects.filter(
            stage=OuterRef("stage"), clip=OuterRef("clip"), clip_sha256=OuterRef("clip_sha256"),
            person_id=OuterRef("person_id"), verdict=Verdict.TAKEN_BACK, decided_at__gte=OuterRef("decided_at"),
        )  # fmt: skip
        return self.filter(~Exists(undone))


class Decision(AppendOnly):
    """One person's verdict in one stage about exact bytes. Appended, never changed; a later one by the same person supersedes.

    ``taken_back`` is how a person undoes a mis-click: it stands in the history and counts as having said nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="decisions")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="decisions")
    clip_sha256 = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    person_id = models.UUIDField(help_text="The human being behind the account, fixed at the time.")
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason_kind = models.CharField(max_length=10, choices=ReasonKind, blank=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(default=timezone.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["decided_at", "id"]
        indexes = [models.Index(fields=["clip", "stage"], name="decision_by_clip")]
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="decision_verdict_known"),
            models.CheckConstraint(
                condition=~Q(verdict="changes_requested") | ~Q(reason="", reason_kind=""),
                name="decision_changes_have_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(reason_kind="") | Q(reason_kind__in=ReasonKind.values), name="decision_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.user_id}"
