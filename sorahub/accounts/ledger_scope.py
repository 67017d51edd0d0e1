"""Who may read which of the ledger's chains."""

from django.db.models import QuerySet

from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger.models import Chain, Checkpoint, CheckpointQuerySet, Event, EventQuerySet, key_for


def events_visible_to(user: User) -> EventQuerySet:
    """Return the events of every chain for administrators; for others who may read the ledger the hub's and their clients'."""
    rows: EventQuerySet = Event.objects.select_related("chain")
    return rows.filter(chain__in=_chains(user)) if _narrowed(user) else rows


def checkpoints_visible_to(user: User) -> CheckpointQuerySet:
    """Return the checkpoints of the chains whose events this person may read."""
    rows: CheckpointQuerySet = Checkpoint.objects.select_related("chain")
    return rows.filter(chain__in=_chains(user)) if _narrowed(user) else rows


def _narrowed(user: User) -> bool:
    return not (user.is_authenticated and user.kind == Kind.ADMINISTRATOR and user.may(Permission.SEE_LEDGER))


def _chains(user: User) -> QuerySet[Chain]:
    if not user.is_authenticated or not user.may(Permission.SEE_LEDGER):
        return Chain.objects.none()
    clients = Client.objects.visible_to(user).values_list("pk", flat=True)
    return Chain.objects.filter(key__in=[key_for(None), *map(key_for, clients)])
