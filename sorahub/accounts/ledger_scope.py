"""Who may read which of the ledger's chains."""

from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger.models import Event, EventQuerySet, key_for


def events_visible_to(user: User) -> EventQuerySet:
    """Return the events of every chain for administrators; for others who may read the ledger the hub's and their clients'."""
    rows: EventQuerySet = Event.objects.select_related("chain")
    if not user.is_authenticated or not user.may(Permission.SEE_LEDGER):
        return rows.none()
    if user.kind == Kind.ADMINISTRATOR:
        return rows
    clients = Client.objects.visible_to(user).values_list("pk", flat=True)
    return rows.filter(chain__key__in=[key_for(None), *map(key_for, clients)])
