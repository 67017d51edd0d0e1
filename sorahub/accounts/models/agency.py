"""AgencyProfile: the name and logo under which the hub speaks to clients. One installation is one agency."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

ONLY = 1
LARGEST_LOGO = 512 * 1024


class AgencyProfileManager(models.Manager["AgencyProfile"]):
    """Finds the one row."""

    def current(self) -> "AgencyProfile":
        """Return the agency's profile; an unsaved empty one before anybody has filled it in."""
        return self.filter(pk=ONLY).first() or AgencyProfile(pk=ONLY)


class AgencyProfile(models.Model):
    """What clients see of the agency: name, logo (a PNG of at most 512 KiB, made by us), whom to ask, words on privacy."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    name = models.CharField(max_length=120, blank=True)
    contact = models.EmailField(blank=True, help_text="Whom clients write to with questions.")
    privacy_words = models.TextField(blank=True, help_text="Shown to guests below each page of a review.")
    logo = models.BinaryField(null=True, blank=True, editable=True, max_length=LARGEST_LOGO)
    logo_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AgencyProfileManager()

    class Meta:
        verbose_name = verbose_name_plural = "agency profile"
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY), name="agency_profile_is_one_row")]

    def __str__(self) -> str:
        return self.name or "The agency"

    def clean(self) -> None:
        """Refuse a logo that is too large."""
        if self.logo and len(self.logo) > LARGEST_LOGO:
            raise ValidationError({"logo": "At most 512 KiB."})
