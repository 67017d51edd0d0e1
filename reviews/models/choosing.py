"""Pick: which takes are worth a second look and which are not. The selected take itself is on the shot."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip
from reviews.models.scope import ClipScoped
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class PickQuerySet(ClipScoped["Pick"]):
    """Picks, scoped by their clip; not for guests."""


class Pick(models.Model):
    """A take that was shortlisted or rejected, by whom and when. It is a working mark, not a decision; no row: neither."""

    class Mark(models.TextChoices):
        """What was said of the take."""

        SHORTLISTED = "shortlisted", "Shortlisted"
        REJECTED = "rejected", "Rejected"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.OneToOneField(Clip, on_delete=models.CASCADE, related_name="pick")
    mark = models.CharField(max_length=12, choices=Mark)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = PickQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(condition=Q(mark__in=["shortlisted", "rejected"]), name="pick_mark_known")
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.clip_id}"
