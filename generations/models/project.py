"""Project, Membership, Shot, Pulse: a piece of work, its people, its ordered slots, and its change counter."""

from collections.abc import Collection
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F
from django.utils import timezone

from generations.models.scope import ProjectScoped
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7


class ProjectQuerySet(ProjectScoped["Project"]):
    """Projects and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators see all; others their own; guests none (they see clips put before them, not projects)."""
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        if user.kind == Kind.ADMINISTRATOR:
            return self.all()
        return self.filter(pk__in=user.memberships.values("project_id"))

    def open(self) -> Self:
        """Leave out what is archived."""
        return self.filter(archived_at=None)


class Project(models.Model):
    """A piece of work for one client. The rate is the frame rate that shots are planned in (frames per second = num/den)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=200)
    code = models.SlugField(max_length=40, help_text="Short name used in file names, such as AURORA.")
    brief = models.TextField(blank=True, help_text="What the client wants, in a few sentences.")
    rate_num = models.PositiveIntegerField(default=24, help_text="Frame rate: numerator.")
    rate_den = models.PositiveIntegerField(default=1, help_text="Frame rate: denominator (1001 for 23.976 and so on).")
    weight = models.PositiveSmallIntegerField(
        default=1, help_text="Its share of an account's places when several projects wait: 2 gets twice as many as 1."
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    shots_version = models.PositiveIntegerField(
        default=0, editable=False, help_text="Grows when a shot comes, goes or moves: a board that shows less is stale."
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "code"], name="project_code_unique_in_client"),
            models.CheckConstraint(condition=models.Q(rate_num__gt=0, rate_den__gt=0), name="project_rate_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(ProjectScoped["Membership"]):
    """Memberships, scoped by their project."""


class Membership(models.Model):
    """An account takes part in a project. What it may do there is its kind's matter."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="membership_once_per_project")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id}"


class ShotQuerySet(ProjectScoped["Shot"]):
    """Shots, scoped by their project."""

    def on_the_board(self) -> Self:
        """Those that are not archived, in their order."""
        return self.filter(archived_at=None).order_by("position", "code", "id")


class Shot(models.Model):
    """An ordered slot in a project to be filled with a clip. ``intended_frames`` counts frames at the project's rate.

    ``source_in`` and ``source_out`` (0-based, inclusive; None: the last) say which frames of the selected take are used, counted
    at the take's own rate; another selected take begins with all of its frames.
    """

    class Standing(models.TextChoices):
        """What people decided about the slot itself; how far it has come is computed."""

        ACTIVE = "active", "In the story"
        ON_HOLD = "on_hold", "On hold"
        OMITTED = "omitted", "Omitted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="shots")
    code = models.CharField(max_length=40, help_text="Scene and shot, such as SC010-SH020.")
    title = models.CharField(max_length=200, blank=True)
    position = models.PositiveIntegerField(default=0)
    intended_frames = models.PositiveIntegerField(null=True, blank=True)
    selected_clip = models.ForeignKey(
        "generations.Clip", on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="The selected take.",
    )  # fmt: skip
    source_in = models.PositiveIntegerField(
        default=0, help_text="First frame of the selected take that is used, from 0."
    )
    source_out = models.PositiveIntegerField(
        null=True, blank=True, help_text="Last frame that is used; empty: the last."
    )
    standing = models.CharField(max_length=8, choices=Standing, default=Standing.ACTIVE)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ShotQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="shot_code_unique_in_project"),
            models.CheckConstraint(
                condition=models.Q(standing__in=["active", "on_hold", "omitted"]), name="shot_standing_known"
            ),
            models.CheckConstraint(
                condition=models.Q(source_out=None) | models.Q(source_out__gte=models.F("source_in")),
                name="shot_range_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}".strip()


class PulseQuerySet(ProjectScoped["Pulse"]):
    """Change counters, scoped by their project."""

    def bump(self, project: Project) -> None:
        """Count one more visible change in this project; the event stream tells open pages. Call it inside the change's transaction."""
        if not self.filter(project=project).update(version=F("version") + 1):
            self.get_or_create(project=project, defaults={"version": 1})

    def bump_all(self, projects: Collection[UUID]) -> None:
        """Count one more visible change in each of these projects, inside the changes' transaction; always locks in one order."""
        known = set(self.select_for_update().filter(pk__in=projects).order_by("pk").values_list("pk", flat=True))
        self.filter(pk__in=known).update(version=F("version") + 1)
        for new in sorted(set(projects) - known):
            self.get_or_create(project_id=new, defaults={"version": 1})


class Pulse(models.Model):
    """A counter per project that grows with each visible change: what open pages listen to."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="pulse")
    version = models.PositiveBigIntegerField(default=0)

    objects = PulseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.project_id} at {self.version}"
