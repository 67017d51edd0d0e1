"""SpendEntry, SpendLine, Budget: the money journal in double entry, and the limits that launching asks."""

from typing import Self

from django.db import models
from django.utils import timezone

from generations.models.account import ProviderAccount
from generations.models.generation import Generation
from generations.models.project import Project
from generations.models.scope import AppendOnlyProjectScoped
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class SpendEntryQuerySet(AppendOnlyProjectScoped["SpendEntry"]):  # type: ignore[override]  # as_manager, by the plugin
    """Spend entries, scoped by their generation's project."""

    project_path = "generation__project"


class SpendEntry(AppendOnly):
    """An entry of the money journal: what happened to a generation's money and why. Micro-units, signed.

    ``amount_micro`` is the amount in a word: what was reserved, what it cost, what was given back (negative), by how much
    a person corrected it. Its lines say the same in double entry and add up to nothing.
    """

    class Kind(models.TextChoices):
        """What happened."""

        RESERVED = "reserved", "Reserved"
        SETTLED = "settled", "Settled"
        RELEASED = "released", "Released"
        CORRECTED = "corrected", "Corrected"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="spend")
    kind = models.CharField(max_length=10, choices=Kind)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    basis = models.CharField(max_length=200, help_text="How the amount came about.")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False)
    at = models.DateTimeField(default=timezone.now)

    objects = SpendEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "spend entries"
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "kind"], condition=~models.Q(kind="corrected"), name="spend_each_kind_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["reserved", "settled", "released", "corrected"]), name="spend_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_micro} {self.currency}"


class SpendLineQuerySet(AppendOnlyProjectScoped["SpendLine"]):  # type: ignore[override]  # as_manager, by the plugin
    """Lines of the journal, scoped by their project."""


class SpendLine(AppendOnly):
    """One line of an entry: an amount put into a book (positive) or taken out of it (negative), in micro-units.

    The lines of an entry add up to zero. What is ``available`` is what nobody has asked for yet: it only ever goes down by
    what is reserved and up by what is given back, so its total is minus all that is bound.
    """

    class Book(models.TextChoices):
        """Where money is thought to lie."""

        AVAILABLE = "available", "Available"
        RESERVED = "reserved", "Reserved"
        SPENT = "spent", "Spent"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(SpendEntry, on_delete=models.PROTECT, related_name="lines")
    book = models.CharField(max_length=10, choices=Book)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = SpendLineQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["project", "currency", "book", "at"], name="spend_line_by_project"),
            models.Index(fields=["client", "currency", "book", "at"], name="spend_line_by_client"),
            models.Index(fields=["account", "currency", "book", "at"], name="spend_line_by_account"),
            models.Index(fields=["at"], name="spend_line_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(book__in=["available", "reserved", "spent"]), name="spend_book_known"
            ),
            models.CheckConstraint(condition=~models.Q(amount_micro=0), name="spend_line_moves_money"),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.amount_micro} {self.currency}"


class BudgetQuerySet(models.QuerySet["Budget"]):
    """Budgets and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators see all; others those of their projects and of these projects' clients; guests none."""
        if not user.is_authenticated or not user.is_active or user.kind == Kind.GUEST:
            return self.none()
        if user.kind == Kind.ADMINISTRATOR:
            return self.all()
        projects = user.memberships.values("project_id")
        clients = user.memberships.values("project__client_id")
        wide = models.Q(project=None, client=None)
        return self.filter(wide | models.Q(project__in=projects) | models.Q(project=None, client__in=clients))

    def in_force(self) -> Self:
        """Leave out what was ended."""
        return self.filter(ended_at=None)


class Budget(models.Model):
    """A limit on what generations may cost: for a project, a client, an account, or all of them; in all, or each month.

    ``hard_micro`` refuses a launch that would go past it; ``soft_micro`` lets it pass and tells people. Amounts are
    micro-units of ``currency``; only generations in this currency count. Months are those of UTC.
    """

    class Period(models.TextChoices):
        """What the limit is counted over."""

        TOTAL = "total", "In all"
        MONTH = "month", "Each month"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="budgets")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="budgets")
    account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    currency = models.CharField(max_length=3, default="USD")
    period = models.CharField(max_length=10, choices=Period, default=Period.TOTAL)
    soft_micro = models.PositiveBigIntegerField(null=True, blank=True)
    hard_micro = models.PositiveBigIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(soft_micro__isnull=False) | models.Q(hard_micro__isnull=False),
                name="budget_limits_something",
            ),
            models.CheckConstraint(
                condition=models.Q(soft_micro__isnull=True)
                | models.Q(hard_micro__isnull=True)
                | models.Q(soft_micro__lte=models.F("hard_micro")),
                name="budget_soft_below_hard",
            ),
            models.CheckConstraint(condition=models.Q(period__in=["total", "month"]), name="budget_period_known"),
        ]

    def __str__(self) -> str:
        return self.name


class BudgetPeriod(models.Model):
    """What is bound under a budget in one period: reserved and spent, in micro-units. Changed by conditional UPDATE only."""

    id = models.BigAutoField(primary_key=True)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="periods")
    starts_on = models.DateField(help_text="The month's first day; the budget's own first day where it counts in all.")
    bound_micro = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-starts_on"]
        constraints = [models.UniqueConstraint(fields=["budget", "starts_on"], name="budget_period_once")]

    def __str__(self) -> str:
        return f"{self.budget_id} from {self.starts_on}"


class BudgetCharge(models.Model):
    """How much of a budget's period one generation binds; it follows the generation's money to its end."""

    id = models.BigAutoField(primary_key=True)
    period = models.ForeignKey(BudgetPeriod, on_delete=models.PROTECT, related_name="charges")
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="charges")
    amount_micro = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "generation"], name="budget_charge_once")]

    def __str__(self) -> str:
        return f"{self.generation_id}: {self.amount_micro}"
