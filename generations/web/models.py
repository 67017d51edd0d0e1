"""The models: all of them with their routes and lifecycles, one by itself, and some side by side."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from generations import catalog
from generations.models import Generation, Prompt, ProviderAccount, State
from generations.pipeline.remote import shut_routes
from generations.web.comparing import Measured, in_short, lines
from generations.web.engine import insider, page_in
from generations.web.offering import Entry, entries, lifecycle
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission

FEWEST, MOST = 2, 4
INSTEAD_SHOWN = 3
PROMPTS_SHOWN = 8
LATELY = dt.timedelta(days=90)
EMBEDDED = "sandbox"
TAB = ("Models", "/models/")


@login_required
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    """List every model by every route; ``?model=`` twice to four times puts those side by side."""
    user = insider(request)
    known, today = entries(), timezone.now().date()
    chosen = _chosen(request, known)
    context = page_in(user, "models", ("Models", "")) | {
        "groups": _groups(known, today),
        "chosen": {entry.key for entry in chosen},
        "most": MOST,
        "asked_wrongly": bool(request.GET.getlist("model")) and "choose" not in request.GET,
        "claims": [claim for claim in catalog.claims() if not claim.model],
    }
    if FEWEST <= len(chosen) <= MOST and "choose" not in request.GET:
        return _compared(request, user, chosen, today)
    return render(request, "generations/models.html", context)


@login_required
@require_GET
def model(request: HttpRequest, route: str, model: str) -> HttpResponse:
    """Show one model by one route: its facts, what is claimed, what could serve instead, and where to begin with it."""
    user = insider(request)
    found = next((entry for entry in entries() if (entry.route.name, entry.model) == (route, model)), None)
    if found is None:
        raise Http404
    today = timezone.now().date()
    context = page_in(user, "models", TAB, (found.title, "")) | {
        "entry": found,
        "lines": lines([found], today),
        "state": lifecycle(found.plain, today),
        "launchable": found.launchable(today),
        "instead": _instead(found, today),
        "lately": _lately(user, found),
        "rules": list(dict.fromkeys(rule.words for row in found.rows for rule in row.rules)),
        "notes": list(dict.fromkeys(row.note for row in found.rows if row.note)),
    }
    return render(request, "generations/model.html", context | _beginnings(user, found, today))


def _compared(request: HttpRequest, user: User, chosen: list[Entry], today: dt.date) -> HttpResponse:
    only = request.GET.get("only") == "differences"
    told = lines(chosen, today, [_lately(user, entry) for entry in chosen])
    keys = [("model", entry.key) for entry in chosen]
    context = page_in(user, "models", TAB, ("Side by side", "")) | {
        "heads": [
            (entry, lifecycle(entry.plain, today), urlencode([key for key in keys if key[1] != entry.key]))
            for entry in chosen
        ],
        "facts": [line for line in told if not line.claimed and (line.differs or not only)],
        "claimed": [line for line in told if line.claimed and (line.differs or not only)],
        "only": only,
        "differing": sum(line.differs for line in told),
        "all_query": urlencode(keys),
        "only_query": urlencode([*keys, ("only", "differences")]),
        "removable": len(chosen) > FEWEST,
    }
    return render(request, "generations/models_compare.html", context)


def _chosen(request: HttpRequest, known: list[Entry]) -> list[Entry]:
    by_key = {entry.key: entry for entry in known}
    return [by_key[key] for key in dict.fromkeys(request.GET.getlist("model")) if key in by_key]


def _groups(known: list[Entry], today: dt.date) -> list[dict[str, Any]]:
    """The models by name, those that can be used first, those of the embedded service alone after them; of each its routes."""
    found: dict[str, list[Entry]] = {}
    for entry in known:
        found.setdefault(entry.model, []).append(entry)
    groups = [_group(name, offered, today) for name, offered in found.items()]
    return sorted(groups, key=lambda group: (not group["usable"], group["own"], group["title"]))


def _group(name: str, offered: list[Entry], today: dt.date) -> dict[str, Any]:
    shown = [
        {
            "entry": entry,
            "state": lifecycle(entry.plain, today),
            "instead": _instead(entry, today),
            "in_short": in_short(entry),
        }
        for entry in sorted(offered, key=lambda entry: (not entry.launchable(today), entry.route.title))
    ]
    shortest = min((entry.title for entry in offered), key=len)
    return {
        "model": name,
        "title": shortest,
        "offers": shown,
        "usable": any(entry.launchable(today) for entry in offered),
        "own": all(entry.route.provider == EMBEDDED for entry in offered),
    }


def _instead(entry: Entry, today: dt.date) -> list[catalog.Capability]:
    """What could serve instead of one that cannot be launched; nothing for the others."""
    if entry.launchable(today):
        return []
    return catalog.alternatives(entry.plain, today, without=shut_routes())[:INSTEAD_SHOWN]


def _lately(user: User, entry: Entry) -> Measured:
    """How long it took here, of what this person may see: clips, and seconds from sending to the end on average."""
    rows = Generation.objects.visible_to(user).filter(
        account__route=entry.route.name,
        model=entry.model,
        state=State.SUCCEEDED,
        finished_at__gt=timezone.now() - LATELY,
    )
    took = ExpressionWrapper(F("finished_at") - F("submitted_at"), output_field=DurationField())
    found = rows.aggregate(clips=Count("pk"), took=Avg(took))
    return Measured(found["clips"], round(found["took"].total_seconds()) if found["took"] else None)


def _beginnings(user: User, entry: Entry, today: dt.date) -> dict[str, Any]:
    """The accounts that could make it, and this person's newest prompts with links that choose the model."""
    accounts = list(ProviderAccount.objects.visible_to(user).enabled().filter(route=entry.route.name)[:MOST])
    if not (accounts and entry.launchable(today) and user.may(Permission.GENERATE)):
        return {"accounts": accounts, "beginnings": []}
    prompts = Prompt.objects.visible_to(user).filter(shot__project__archived_at=None).select_related("shot__project")
    value = "|".join((str(accounts[0].pk), entry.model, entry.plain.mode))
    query = urlencode({"model": value})
    return {
        "accounts": accounts,
        "beginnings": [
            (prompt, f"{reverse('generations:generate', args=[prompt.pk])}?{query}")
            for prompt in prompts.order_by("-id")[:PROMPTS_SHOWN]
        ],
    }
