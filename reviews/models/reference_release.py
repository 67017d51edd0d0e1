"""ReferenceRelease: which release stands for whom of the persons that a reference depicts."""

from django.db import models
from django.utils import timezone

from generations.models import Reference
from generations.models.scope import AppendOnlyProjectScoped
from reviews.models.licence import Release
from sorahub.accounts.models import User
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class ReferenceReleaseQuerySet(AppendOnlyProjectScoped["ReferenceRelease"]):  # type: ignore[override]  # as_manager, by the plugin
    """Links, scoped by their reference's project."""

    project_path = "reference__project"


class ReferenceRelease(AppendOnly):
    """From this moment this release stands for this person; the newest row of a reference and a name counts. None: no release does."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="release_links")
    name = models.CharField(max_length=200, help_text="As it stands among the reference's depicted persons.")
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, blank=True, related_name="reference_links"
    )
    linked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(default=timezone.now)

    objects = ReferenceReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-linked_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.release_id or 'none'}"
