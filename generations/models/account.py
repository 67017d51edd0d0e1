"""ProviderAccount and WebhookDelivery: who we ask for generations, under which contract, and what they tell us unasked."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly, AppendOnlyQuerySet
from sorahub.lib import sealing
from sorahub.lib.ids import uuid7

SECRET_OVERLAP = timedelta(days=7)


class ProviderAccountQuerySet(models.QuerySet["ProviderAccount"]):
    """Provider accounts and who may see them."""

    def visible_to(self, user: User) -> Self:
        """The agency's own people see the accounts (never their keys); guests see none."""
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        return self.all()

    def enabled(self) -> Self:
        """Accounts that may be used for new generations."""
        return self.filter(enabled=True)


class ProviderAccount(models.Model):
    """An account with a provider or aggregator: a wire dialect, an address, sealed secrets, and the contract behind it.

    ``route`` names the way to the model in the catalogue (openai, compatible, sandbox, an aggregator's name): the route
    decides rights. The poll lease lets any number of trackers run: one at a time works for an account.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    route = models.CharField(max_length=50, help_text="The route in the model catalogue.")
    dialect = models.CharField(max_length=50, default="openai_videos", help_text="The wire format it speaks.")
    base_url = models.URLField(max_length=500, help_text="Such as https://api.example.com/v1")
    sealed_key = models.TextField(blank=True, editable=False)
    key_hint = models.CharField(max_length=8, blank=True, editable=False, help_text="The key's last four characters.")
    sealed_webhook_secret = models.TextField(blank=True, editable=False)
    sealed_old_webhook_secret = models.TextField(blank=True, editable=False)
    old_webhook_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_webhook_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_answer_at = models.DateTimeField(null=True, blank=True, editable=False)
    contracting_party = models.CharField(max_length=200, blank=True, help_text="Who the contract is with.")
    plan = models.CharField(max_length=100, blank=True, help_text="Plan or tier, such as API or Enterprise.")
    region = models.CharField(max_length=50, blank=True)
    enabled = models.BooleanField(default=True)
    max_in_flight = models.PositiveIntegerField(default=10, help_text="Generations running there at once.")
    creates_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="New generations per minute; empty: as many as there are places."
    )
    polls_per_minute = models.PositiveIntegerField(
        default=600, help_text="How often the provider may be asked how its tasks stand, all tasks together."
    )
    paused_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="New generations wait from here on."
    )
    paused_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, editable=False)
    pause_reason = models.CharField(max_length=300, blank=True, editable=False)
    resume_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="No new calls before this time.")
    poll_owner = models.CharField(max_length=64, blank=True, editable=False)
    poll_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_passed = models.BooleanField(null=True, editable=False)
    test_message = models.CharField(max_length=300, blank=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProviderAccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def wire(self) -> tuple[str, str, str, str]:
        """What a task must be asked for by: the wire, the address and the region that took it. Keys come and go."""
        return self.route, self.dialect, self.base_url, self.region

    @property
    def api_key(self) -> str:
        """The key in clear, for the adapter only."""
        return sealing.unseal(self.sealed_key) if self.sealed_key else ""

    @property
    def secrets(self) -> list[str]:
        """Everything of the account that nobody may read: the key, its halves where it is a pair, what signs calls."""
        return [self.api_key, *self.api_key.split(":"), *self.webhook_secrets]

    def set_api_key(self, key: str) -> None:
        """Seal a new key; the last four characters stay readable as a hint."""
        self.sealed_key = sealing.seal(key) if key else ""
        self.key_hint = key[-4:] if len(key) >= 12 else ""

    @property
    def webhook_secret(self) -> str:
        """The webhook secret in clear, for the verifier only."""
        return sealing.unseal(self.sealed_webhook_secret) if self.sealed_webhook_secret else ""

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that a call may be signed with: the one in use, and the one that it replaces for a while."""
        replaced = self.old_webhook_secret_until and self.old_webhook_secret_until > timezone.now()
        old = sealing.unseal(self.sealed_old_webhook_secret) if replaced and self.sealed_old_webhook_secret else ""
        return tuple(each for each in (self.webhook_secret, old) if each)

    def set_webhook_secret(self, secret: str) -> None:
        """Seal a new webhook secret; the one before stays good for a week, as providers rotate theirs."""
        if self.sealed_webhook_secret:
            self.sealed_old_webhook_secret = self.sealed_webhook_secret
            self.old_webhook_secret_until = timezone.now() + SECRET_OVERLAP
        self.sealed_webhook_secret = sealing.seal(secret) if secret else ""


class PlanPeriodQuerySet(AppendOnlyQuerySet["PlanPeriod"]):
    """Plans of provider accounts and who may see them."""

    def visible_to(self, user: User) -> Self:
        """The agency's own people; guests see none."""
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        return self.all()


class PlanPeriod(AppendOnly):
    """Which plan an account was on from a day until the next period begins, with the receipt that shows it.

    What a clip may be used for hangs on the plan at the time it was made; a later downgrade or upgrade changes nothing of
    it. A wrong period is put right by another one that begins on the same day: the later entry counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="plan_periods")
    starts_on = models.DateField()
    plan = models.CharField(max_length=100, help_text="Plan or tier, such as API, Pro or Enterprise.")
    contracting_party = models.CharField(max_length=200, blank=True, help_text="Who the contract is with.")
    order_number = models.CharField(max_length=100, blank=True, help_text="Order form, invoice or subscription number.")
    receipt_key = models.CharField(max_length=300, blank=True, editable=False)
    receipt_name = models.CharField(max_length=255, blank=True, editable=False)
    receipt_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    receipt_size = models.PositiveBigIntegerField(null=True, blank=True, editable=False, help_text="Bytes.")
    receipt_media_type = models.CharField(max_length=100, blank=True, editable=False)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=timezone.now)

    objects = PlanPeriodQuerySet.as_manager()

    class Meta:
        ordering = ["account", "-starts_on", "-declared_at"]

    def __str__(self) -> str:
        return f"{self.plan} from {self.starts_on}"


class WebhookDeliveryQuerySet(AppendOnlyQuerySet["WebhookDelivery"]):
    """Webhook deliveries and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators only: bodies are the provider's own words."""
        return self.all() if user.is_authenticated and user.kind == Kind.ADMINISTRATOR else self.none()


class WebhookDelivery(AppendOnly):
    """A verified webhook as it came. A hint: the provider is asked before anything is believed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="webhooks")
    webhook_id = models.CharField(max_length=200)
    signed = models.BooleanField(default=True, help_text="Whether the provider's signature was verified.")
    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["account", "webhook_id"], name="webhook_once")]

    def __str__(self) -> str:
        return self.webhook_id


class AccountLimit(models.Model):
    """The provider's limit for one model at one account, where it is narrower than the account's own."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="limits")
    model = models.CharField(max_length=100)
    max_in_flight = models.PositiveIntegerField(null=True, blank=True)
    creates_per_minute = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["model"]
        constraints = [models.UniqueConstraint(fields=["account", "model"], name="account_limit_once_per_model")]

    def __str__(self) -> str:
        return self.model
