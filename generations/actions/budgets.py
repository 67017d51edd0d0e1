"""Set, change and end budgets; say what a generation cost in the end where no provider can."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Budget, Generation, Project, ProviderAccount, Pulse
from generations.models.generation import TERMINAL
from generations.pipeline import budgets, money
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

MOST_MICRO = 10**15
"""A thousand million of a currency unit: more is a slip of the finger."""


def add_budget(
    *,
    actor: User,
    name: str,
    currency: str = "USD",
    period: str = Budget.Period.TOTAL,
    soft_micro: int | None = None,
    hard_micro: int | None = None,
    client: Client | None = None,
    project: Project | None = None,
    account: ProviderAccount | None = None,
) -> Budget:
    """Set a limit for a project, a client, an account, any two of them together, or everything (none given).

    It counts what its scope has bound already. Raises Forbidden, NotFound, InvalidInput (no limit, soft above hard, a
    project of another client).
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    for rows, row in ((Project.objects, project), (ProviderAccount.objects, account)):
        if row is not None:
            checks.require_seen(actor, rows.all(), row)
    if project is not None and client is not None and project.client_id != client.pk:
        raise InvalidInput("This project belongs to another client.", fields={"project": "It is another client's."})
    _limits(soft_micro, hard_micro)
    budget = Budget(
        name=checks.words(name, "name", "Name the budget."),
        currency=currency_code(currency),
        period=_period(period),
        soft_micro=soft_micro,
        hard_micro=hard_micro,
        client=client,
        project=project,
        account=account,
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(budget)
        budgets.count_what_was(budget)
        _append(actor, budget, "budget.added")
    return budget


def change_budget(*, actor: User, budget: Budget, name: str, soft_micro: int | None, hard_micro: int | None) -> Budget:
    """Change name and limits; what it covers and counts stays. Raises Forbidden, NotFound, InvalidInput, Conflict (ended)."""
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, Budget.objects.all(), budget)
    _limits(soft_micro, hard_micro)
    words = checks.words(name, "name", "Name the budget.")
    with transaction.atomic():
        changed = Budget.objects.in_force().filter(pk=budget.pk)
        if not changed.update(name=words, soft_micro=soft_micro, hard_micro=hard_micro):
            raise Conflict("This budget has ended.", code="ended")
        budget.refresh_from_db()
        _append(actor, budget, "budget.changed")
    return budget


def end_budget(*, actor: User, budget: Budget) -> Budget:
    """End a budget: it limits nothing any more; its figures stay. Raises Forbidden, NotFound, Conflict (ended before)."""
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, Budget.objects.all(), budget)
    with transaction.atomic():
        if not Budget.objects.in_force().filter(pk=budget.pk).update(ended_at=timezone.now()):
            raise Conflict("This budget has ended already.", code="ended")
        budget.refresh_from_db()
        _append(actor, budget, "budget.ended")
    return budget


def settle_generation(*, actor: User, generation: Generation, total_micro: int, reason: str) -> Generation:
    """Say what an ended generation cost in all: by the provider's bill, for one that was lost, or against a wrong figure.

    ``total_micro`` is in the currency of its cost (of its estimate where it has none yet); 0 frees what is still set aside.
    Raises Forbidden, NotFound, InvalidInput (no reason, an impossible amount), Conflict while it is under way.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    return book_total(actor, generation, total_micro, reason)


def book_total(actor: User, generation: Generation, total_micro: int, reason: str) -> Generation:
    """What ``settle_generation`` does, for callers that have asked whether the person may. Errors as there."""
    words = checks.words(reason, "reason", "Say where the figure comes from, such as the provider's bill.")
    if not 0 <= total_micro <= MOST_MICRO:
        raise InvalidInput("Give an amount from 0 on.", fields={"total_micro": "Give an amount from 0 on."})
    with transaction.atomic():
        row = Generation.objects.select_for_update().select_related("project", "account").get(pk=generation.pk)
        if row.state not in TERMINAL:
            raise Conflict("It is still under way: its cost is settled when it ends.", code="under-way")
        Pulse.objects.bump(row.project)  # before the budgets, as every end of a generation locks them: in one order
        difference = money.correct(row, total_micro, words, actor)
        if row.alarm:
            Generation.objects.filter(pk=row.pk).update(alarm="")
        body: dict[str, Json] = {
            "total_micro": total_micro,
            "difference_micro": difference,
            "currency": row.settled_currency or row.currency,
            "reason": record.conceal(words),
        }
        client = row.project.client_id
        record.append(kind="generation.settled", actor=actor.pk, client=client, subject=row, body=body)
    generation.refresh_from_db()
    return generation


def _limits(soft_micro: int | None, hard_micro: int | None) -> None:
    given = [each for each in (soft_micro, hard_micro) if each is not None]
    if not given:
        message = "Give a hard limit, a soft one, or both."
        raise InvalidInput(message, fields={"hard_micro": message})
    if any(not 0 < each <= MOST_MICRO for each in given):
        message = "A limit is an amount above zero."
        raise InvalidInput(message, fields={"hard_micro": message})
    if soft_micro is not None and hard_micro is not None and soft_micro > hard_micro:
        message = "The soft limit must not lie above the hard one."
        raise InvalidInput(message, fields={"soft_micro": message})


def currency_code(text: str) -> str:
    """Return a currency as the journal has it. Raises InvalidInput."""
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        message = "Give the currency as its three letters, such as USD."
        raise InvalidInput(message, fields={"currency": message})
    return code


def _period(text: str) -> str:
    if text not in Budget.Period.values:
        message = f"Choose one of: {', '.join(Budget.Period.values)}."
        raise InvalidInput(message, fields={"period": message})
    return text


def _append(actor: User, budget: Budget, kind: str) -> None:
    client = budget.client_id or (budget.project.client_id if budget.project else None)
    body: dict[str, Json] = {
        "name": record.conceal(budget.name),
        "currency": budget.currency,
        "period": budget.period,
        "soft_micro": budget.soft_micro,
        "hard_micro": budget.hard_micro,
        "project": str(budget.project_id) if budget.project_id else None,
        "account": str(budget.account_id) if budget.account_id else None,
    }
    record.append(kind=kind, actor=actor.pk, client=client, subject=budget, body=body)
