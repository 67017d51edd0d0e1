"""SpendTally, MadeTally: closed days summed once, so that what a year cost and what came of it need not be added up at each look."""

import datetime as dt

from django.db import models

from generations.models.account import ProviderAccount
from generations.models.project import Project
from generations.models.scope import ProjectScoped
from sorahub.accounts.models import Client, User


class SpendTallyQuerySet(ProjectScoped["SpendTally"]):
    """Daily sums, scoped by their project."""


class SpendTally(models.Model):
    """What moved on one day (UTC) for one project, account, model and person, in one currency. Micro-units, signed.

    Derived from the journal alone and replaceable: ``pipeline/tallying.py`` writes it for days that are over, the journal
    itself is asked for the days since. ``reserved_micro`` is what was set aside less what was freed again.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    month = models.DateField(help_text="Its first day: what the pages of costs group by.")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=100)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", help_text="Who launched it.")
    currency = models.CharField(max_length=3)
    reserved_micro = models.BigIntegerField()
    spent_micro = models.BigIntegerField()

    objects = SpendTallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "spend tallies"
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "project", "client", "account", "model", "person", "currency"], name="spend_tally_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.spent_micro} {self.currency}"


class MadeTallyQuerySet(ProjectScoped["MadeTally"]):
    """Daily counts, scoped by their project."""


class MadeTally(models.Model):
    """What the generations that ended on one day (UTC) came to, for one project, account, model and person, in the currency that
    they cost, at one frame rate (1/1 where there is no clip).

    Derived from generations and clips alone and replaceable, as ``SpendTally`` is. Of an ended generation only the currency of its
    cost can still change; ``pipeline/tallying.py`` opens its day again then.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    month = models.DateField(help_text="Its first day: what the pages of costs group by.")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=100)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", help_text="Who launched it.")
    currency = models.CharField(max_length=3)
    rate_num = models.PositiveIntegerField()
    rate_den = models.PositiveIntegerField()
    succeeded = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    frames = models.PositiveBigIntegerField(help_text="Of the clips of those that succeeded.")

    objects = MadeTallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "made tallies"
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "project", "account", "model", "person", "currency", "rate_num", "rate_den"],
                name="made_tally_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.succeeded} of {self.model}"


class TallyMark(models.Model):
    """Through which day the sums hold. One row; without it, none do. Rows of later days are leavings and are not to be read."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    through = models.DateField()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="tally_mark_is_one")]

    def __str__(self) -> str:
        return f"through {self.through}"

    @classmethod
    def last_day(cls) -> dt.date | None:
        """The last day that is summed, None before the first time."""
        return cls.objects.values_list("through", flat=True).first()
