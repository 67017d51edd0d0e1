"""The ledger, read: who did what and when, with the hashes that hold it together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person
from sorahub.ledger.models import Chain, Checkpoint, Event
from sorahub.lib.keyset import page


@dataclass(frozen=True)
class Line:
    """An event as the page shows it."""

    event: Event
    at: datetime
    chain: str
    who: str
    about: str


@login_required
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Events of the hub and of the clients that this person may see, newest first; ``?client=`` narrows it to one chain."""
    user = person(request)
    user.demand(Permission.SEE_LEDGER)
    clients = {client.pk: client.name for client in Client.objects.visible_to(user)}
    chains = {chain.pk: chain for chain in _chains(clients)}
    wanted = _wanted(request.GET.get("client", ""), chains)
    rows = page(_events(wanted, request.GET.get("kind", "")), request.GET.get("after", ""))
    names = _names(rows.items)
    context: dict[str, Any] = {
        "lines": [
            Line(each, each.at, _name(chains[each.chain_id], clients), names.get(each.actor, ""), _about(each))
            for each in rows.items
        ],
        "next_cursor": rows.next_cursor,
        "chains": [(chain, _name(chain, clients)) for chain in chains.values()],
        "chosen": request.GET.get("client", ""),
        "kind": request.GET.get("kind", ""),
        "checkpoints": _newest_checkpoints(wanted),
        "crumbs": [("Ledger", "")],
    }
    return render(request, "reviews/ledger.html", context)


def _chains(clients: dict[UUID, str]) -> list[Chain]:
    rows = Chain.objects.filter(client_id__in=clients) | Chain.objects.filter(client_id=None)
    return list(rows.order_by("key"))


def _wanted(chosen: str, chains: dict[UUID, Chain]) -> list[UUID]:
    return [pk for pk, chain in chains.items() if chosen in {"", chain.key}]


def _events(chains: list[UUID], kind: str) -> Any:
    rows = Event.objects.filter(chain__in=chains)
    return rows.filter(kind=kind) if kind else rows


def _name(chain: Chain, clients: dict[UUID, str]) -> str:
    return clients[chain.client_id] if chain.client_id is not None else "The hub"


def _about(event: Event) -> str:
    """What the event is about, in words; a kind of row that this version does not know keeps its code."""
    try:
        return str(apps.get_model(event.subject_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return event.subject_type


def _names(events: list[Event]) -> dict[UUID | None, str]:
    """Names of the people behind these events, read now: the ledger itself holds none."""
    rows = User.objects.filter(pk__in={event.actor for event in events if event.actor}).select_related("person")
    return {row.pk: row.get_full_name() for row in rows}


def _newest_checkpoints(chains: list[UUID]) -> list[Checkpoint]:
    return list(Checkpoint.objects.filter(chain__in=chains).select_related("chain").order_by("-at")[:3])
