"""What hangs on a reference: its roles and tags, every change of what was said about its rights, and how large ones come in."""

from django.db import models
from django.utils import timezone

from generations.models.prompt import Reference
from generations.models.scope import AppendOnlyProjectScoped, ProjectScoped
from generations.models.transfer import Transfer
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


class ReferenceIntakeQuerySet(ProjectScoped["ReferenceIntake"]):
    """Intakes, scoped by their transfer's project."""

    project_path = "transfer__project"


class ReferenceIntake(models.Model):
    """A file that came in pieces, on its way to being a reference: a job measures it, with what was said about it in ``facts``.

    ``reference`` is the row in the end; ``known``: the project had the bytes already, and its row stands as it was.
    """

    class State(models.TextChoices):
        """Where it stands."""

        MEASURING = "measuring", "Being looked at"
        KEPT = "kept", "Kept"
        REFUSED = "refused", "Not taken"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="intake")
    facts = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.MEASURING)
    known = models.BooleanField(default=False)
    words = models.TextField(blank=True, help_text="What became of it, for the person.")
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, null=True, blank=True, related_name="intakes")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReferenceIntakeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["measuring", "kept", "refused"]), name="reference_intake_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="kept") | models.Q(reference__isnull=False),
                name="reference_intake_kept_has_row",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id}: {self.get_state_display()}"
