"""Rows that are written once: the base class for the ledger, decisions, sign-offs and terms bytes.

Python refuses changes early and with clear words; the database refuses them too (``sorahub.ledger.triggers``).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeVar

from django.core import checks
from django.db import models

from sorahub.lib.errors import Conflict

Row = TypeVar("Row", bound=models.Model)


class AppendOnlyViolation(Conflict):
    """Something tried to change or remove a row that is written once. HTTP 409."""

    code = "append-only"


def refuse(model: type[models.Model], verb: str) -> NoReturn:
    """Raise AppendOnlyViolation for an attempt to ``verb`` rows of ``model``."""
    name = model._meta.verbose_name
    raise AppendOnlyViolation(f"append-only: a {name} is written once; it cannot be {verb}. Add a new one instead.")


class AppendOnlyQuerySet(models.QuerySet[Row]):
    """A queryset that reads and adds, and refuses everything else. Derive from it to add named methods."""

    def update(self, **_: Any) -> NoReturn:
        """Refuse."""
        refuse(self.model, "updated")

    def delete(self) -> NoReturn:
        """Refuse."""
        refuse(self.model, "deleted")

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None) -> NoReturn:
        """Refuse."""
        refuse(self.model, "updated")

    def update_or_create(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        refuse(self.model, "updated")

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        """Insert many rows; refuse the forms that would overwrite existing ones."""
        if options.get("update_conflicts"):
            refuse(self.model, "overwritten")
        return super().bulk_create(objs, *args, **options)

    def _raw_delete(self, using: str | None) -> NoReturn:
        refuse(self.model, "deleted")


class AppendOnly(models.Model):
    """Base of models whose rows are inserted once and never updated or deleted. Each names its own manager.

    Foreign keys must PROTECT (or RESTRICT) what they point to: a system check says so, since a cascade would be refused
    by the database at the worst moment. There are no fields that may be filled in later.
    """

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        """Insert the row; refuse to write one that is already stored."""
        if not self._state.adding or options.get("force_update") or options.get("update_fields"):
            refuse(type(self), "updated")
        super().save(**{**options, "force_insert": True})

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        refuse(type(self), "deleted")

    @classmethod
    def check(cls, **options: Any) -> list[checks.CheckMessage]:
        """Add to Django's own checks: the manager refuses changes, and foreign keys protect."""
        return [*super().check(**options), *cls._check_manager(), *cls._check_foreign_keys()]

    @classmethod
    def _check_manager(cls) -> list[checks.CheckMessage]:
        if issubclass(cls._default_manager.get_queryset().__class__, AppendOnlyQuerySet):
            return []
        hint = "Derive its queryset from AppendOnlyQuerySet."
        return [checks.Error("The manager of an append-only model must be append-only.", hint, cls, "ledger.E001")]

    @classmethod
    def _check_foreign_keys(cls) -> list[checks.CheckMessage]:
        allowed: Sequence[Callable[..., None]] = (models.PROTECT, models.RESTRICT)
        wrong = [
            field
            for field in cls._meta.local_fields
            if field.remote_field and getattr(field.remote_field, "on_delete", models.PROTECT) not in allowed
        ]
        hint = "Use on_delete=PROTECT."
        return [
            checks.Error("A foreign key of an append-only model must PROTECT its target.", hint, field, "ledger.E002")
            for field in wrong
        ]
