"""Certificate: one PDF that was issued of a sign-off, known by its hash."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from reviews.models.bundle import Bundle
from reviews.models.scope import AppendOnlyClipScoped
from reviews.models.sign_off import SignOff
from sorahub.accounts.models import User
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class CertificateQuerySet(AppendOnlyClipScoped["Certificate"]):  # type: ignore[override]  # as_manager, by the plugin
    """Certificates, scoped by their sign-off's clip; guests none."""

    clip_path = "sign_off__clip"
    project_path = "sign_off__clip__project"


class Certificate(AppendOnly):
    """A certificate that was issued: its exact bytes' hash, when, to whom. ``bundle``: the bundle it lies in, if in any.

    ``state`` is what it said of the sign-off when it was issued (reviews/rules/certified.py); what holds now is computed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="certificates")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, null=True, blank=True, related_name="certificates")
    sha256 = models.CharField(max_length=64, db_index=True, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    verifier_sha256 = models.CharField(max_length=64, help_text="The verify.py that it names.")
    state = models.CharField(max_length=20)
    sealed_by = models.CharField(
        max_length=300, blank=True, help_text="Subject of the sealing certificate; empty: unsealed."
    )
    storage_key = models.CharField(max_length=300, blank=True, help_text="Empty: inside its bundle.")
    issued_at = models.DateTimeField(default=timezone.now)
    issued_to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-id"]

    def __str__(self) -> str:
        return f"certificate of {self.issued_at:%Y-%m-%d}"
