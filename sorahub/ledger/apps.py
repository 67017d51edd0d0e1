"""The ledger app: installs the append-only triggers of every app whenever migrations have run."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class LedgerConfig(AppConfig):
    """Append-only audit events, their hash chains and signed checkpoints."""

    name = "sorahub.ledger"
    label = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        """Listen to migrations: once per run, whichever apps were migrated."""
        from sorahub.ledger import migrating  # noqa: PLC0415 (it knows models, which exist only now)

        pre_migrate.connect(migrating.before, sender=self, dispatch_uid="ledger.before")
        post_migrate.connect(migrating.after, sender=self, dispatch_uid="ledger.after")
