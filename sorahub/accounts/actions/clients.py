"""Add clients."""

from django.db import transaction

from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, InvalidInput


def add_client(*, actor: User, name: str) -> Client:
    """Add a customer of the agency; its ledger chain begins with this. Raises Forbidden, InvalidInput, Conflict."""
    actor.demand(Permission.MANAGE_PROJECT)
    words = name.strip()
    if not words:
        raise InvalidInput("Give the client's name.", fields={"name": "Give the client's name."})
    with transaction.atomic():
        if Client.objects.filter(name__iexact=words).exists():
            raise Conflict("There is already a client with this name.", fields={"name": "Already in use."})
        client = Client.objects.create(name=words, created_by=actor)
        body = {"name": record.conceal(words)}
        record.append(kind="client.added", actor=actor.pk, client=client.pk, subject=client, body=body)
    return client
