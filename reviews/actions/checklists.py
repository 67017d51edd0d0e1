"""Checklists of rights, version by version: counsel makes them, edits them, and ends them."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from generations.actions import checks
from reviews.actions.versions import insert_next
from reviews.models import ChecklistTemplate
from reviews.rules import checklists as rules
from reviews.rules import territories as places
from reviews.rules.typed import one_line
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

SCHEMA = "sorahub/checklist/1"
Questions = Sequence[Mapping[str, Any]]


def make_checklist(
    *,
    actor: User,
    title: str,
    questions: Questions,
    key: str = "",
    client: Client | None = None,
    distributor: str = "",
    market: str = "",
) -> ChecklistTemplate:
    """Make a checklist for one client or for every client, a distributor, a market (a country code).

    A question is ``{"key", "question", "help", "required", "clears_with"}``; without a key it gets one. Raises Forbidden,
    NotFound, InvalidInput (``questions.<place>.<field>`` names one question's fault), Conflict for a key that is taken.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    if client is not None:
        checks.require_seen(actor, Client.objects.all(), client)
    name = key.strip() or _key_for(title)
    row = _row(name, 1, client, title, questions, distributor, market)
    return _keep(row, actor, "checklist.made")


def revise_checklist(
    *,
    actor: User,
    checklist: ChecklistTemplate,
    title: str,
    questions: Questions,
    distributor: str = "",
    market: str = "",
) -> ChecklistTemplate:
    """Make the next version after this one; a retired checklist is offered again by it. The client stays as it is.

    Records that were answered by an earlier version keep it. Raises Forbidden, NotFound, InvalidInput, Conflict when
    somebody made a newer version meanwhile, or when nothing changed.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, ChecklistTemplate.objects.all(), checklist)
    row = _row(checklist.key, checklist.version + 1, checklist.client, title, questions, distributor, market)
    if not rules.differences(checklist, row):
        raise Conflict("Nothing was changed.", code="unchanged")
    return _keep(row, actor, "checklist.revised")


def retire_checklist(*, actor: User, checklist: ChecklistTemplate) -> ChecklistTemplate:
    """End a checklist: its next version is not offered for new records. Records that were answered by it keep it.

    Raises Forbidden, NotFound, Conflict when it is retired, or when somebody made a newer version meanwhile.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, ChecklistTemplate.objects.all(), checklist)
    if checklist.retired:
        raise Conflict("This checklist is retired already.", code="retired")
    row = _row(
        checklist.key, checklist.version + 1, checklist.client, checklist.title, checklist.questions,
        checklist.distributor, checklist.market, retired=True,
    )  # fmt: skip
    return _keep(row, actor, "checklist.retired")


def seed_checklist(actor: User | None, *, key: str, title: str, questions: Questions) -> ChecklistTemplate | None:
    """Make a checklist that comes with the hub, for every client; None when there is one with this key, whatever became of it."""
    if ChecklistTemplate.objects.filter(key=key).exists():
        return None
    return _keep(_row(key, 1, None, title, questions, "", ""), actor, "checklist.made", by_hand=False)


def _row(
    key: str,
    version: int,
    client: Client | None,
    title: str,
    questions: Questions,
    distributor: str,
    market: str,
    *,
    retired: bool = False,
) -> ChecklistTemplate:
    row = ChecklistTemplate(
        key=key,
        version=version,
        title=one_line(title),
        client=client,
        distributor=one_line(distributor),
        market=market.strip().upper(),
        questions=list(questions),
        retired=retired,
    )
    _check(row)
    row.questions = rules.keyed(questions)
    row.canonical = canonical.dumps(_content(row)).decode()
    row.sha256 = sha256(row.canonical.encode()).hexdigest()
    return row


def _check(row: ChecklistTemplate) -> None:
    problems = rules.problems(row.questions)
    if not row.title:
        problems["title"] = "Give it a title."
    if row.market and not (len(row.market) == 2 and places.known(row.market)):
        problems["market"] = "A two-letter country code such as DE, or nothing for every market."
    if problems:
        raise InvalidInput(" ".join(dict.fromkeys(problems.values())), fields=problems)


def _content(row: ChecklistTemplate) -> Json:
    return {
        "schema": SCHEMA,
        "key": row.key,
        "version": row.version,
        "title": row.title,
        "client": str(row.client_id) if row.client_id else None,
        "distributor": row.distributor,
        "market": row.market,
        "questions": row.questions,
        "retired": row.retired,
    }


def _keep(row: ChecklistTemplate, actor: User | None, kind: str, *, by_hand: bool = True) -> ChecklistTemplate:
    row.made_by = actor if by_hand else None
    with transaction.atomic():
        insert_next(row)
        body: dict[str, Json] = {"key": row.key, "version": row.version, "sha256": row.sha256}
        record.append(kind=kind, actor=actor.pk if actor else None, client=row.client_id, subject=row, body=body)
    return row


def _key_for(title: str) -> str:
    """A free key made of the title; two people who take the same one at once get a Conflict."""
    key = slugify(title)[:54].strip("-") or "checklist"
    taken = set(ChecklistTemplate.objects.filter(key__startswith=key).values_list("key", flat=True))
    return key if key not in taken else next(f"{key}-{n}" for n in range(2, 10_000) if f"{key}-{n}" not in taken)
