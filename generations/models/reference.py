"""What hangs on a reference: its roles and tags, and every change of what was said about its rights."""

from django.db import models
from django.utils import timezone

from generations.models.prompt import Reference
from generations.models.scope import AppendOnlyProjectScoped, ProjectScoped
from sorahub.accounts.models import User
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class ReferenceLabelQuerySet(ProjectScoped["ReferenceLabel"]):
    """Labels, scoped by their reference's project."""

    project_path = "reference__project"


class ReferenceLabel(models.Model):
    """A word by which a reference is found: one of the six roles (Role) that it is meant for, or a tag."""

    class Kind(models.TextChoices):
        """What the word is."""

        ROLE = "role", "Role"
        TAG = "tag", "Tag"

    id = models.BigAutoField(primary_key=True)
    reference = models.ForeignKey(Reference, on_delete=models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=4, choices=Kind)
    word = models.CharField(max_length=40)

    objects = ReferenceLabelQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["reference", "kind", "word"], name="reference_label_once")]
        indexes = [models.Index(fields=["kind", "word"], name="reference_label_by_word")]

    def __str__(self) -> str:
        return self.word


class ReferenceChangeQuerySet(AppendOnlyProjectScoped["ReferenceChange"]):  # type: ignore[override]  # as_manager, by the plugin
    """Changes, scoped by their reference's project."""

    project_path = "reference__project"


class ReferenceChange(AppendOnly):
    """One change of what is said about a reference: of each field that changed what stood before and what stands since."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="changes")
    before = models.JSONField()
    after = models.JSONField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ReferenceChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return ", ".join(self.after)
