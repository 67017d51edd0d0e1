"""Everything that speaks against an order: the project's state, the account's, what it is made of, the catalogue, the budgets."""

from collections.abc import Iterator, Sequence

from django.utils import timezone

from generations import catalog
from generations.actions import checks, library_cautions, linting, sources
from generations.actions.linting import Register
from generations.actions.orders import Order
from generations.catalog import Refusal
from generations.models import Character, Generation, Prompt, ProviderAccount, Reference
from generations.pipeline import budgets, doors
from generations.pipeline.admission import standstill
from generations.pipeline.remote import shut_routes
from generations.providers import unusable
from generations.rules import reference_rights
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import NotFound, Refused


def require_launcher(actor: User, prompt: Prompt, account: ProviderAccount) -> None:
    """Raise Forbidden or NotFound unless this person may launch this prompt at this account."""
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Prompt.objects.all(), prompt)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)


def refusals(actor: User, order: Order) -> list[Refusal]:
    """Return every reason against the order. Raises NotFound for parts of it that are not the project's own."""
    require_own(actor, [order])
    return [*apart_from_money(order), *_of_budgets(order)]


def apart_from_money(order: Order) -> list[Refusal]:
    """Return every reason against the order but the budgets'; nothing is read for it that the order does not hold already."""
    today = timezone.now().date()
    return [*_of_rows(order), *catalog.refusals(order.capability, order.asked, today, without=shut_routes())]


def warnings(order: Order) -> list[str]:
    """Return what a person should know before launching, though nothing forbids it."""
    estimate = order.estimate
    if estimate is None:
        return notices(order)
    return [*notices(order), *budgets.warnings(order.project, order.account, estimate.micro, estimate.currency)]


def notices(order: Order) -> list[str]:
    """``warnings`` without the budgets': a model that ends soon, an account at a standstill, files to be careful with."""
    register = linting.register_of(order.project, [order.asked.words])
    return [*of_model(order), *of_words(order, register), *library_cautions.in_lines(_files(order))]


def of_model(order: Order) -> list[str]:
    """The notices about model and account, the same for all that is ordered of them."""
    row = order.capability
    ending = [f"{row.title} will be shut down on {row.retired_on}."] if row.retired_on else []
    if order.account.enabled and (wait := standstill(order.account, timezone.now())):
        ending.append(wait.message)
    return ending


def of_words(order: Order, register: Register) -> list[str]:
    """The notices about the words, those of shots given at the launch too, in a clip of that length; nothing is read for them."""
    return [*_of_shots(order), *linting.warnings(register, order.asked.words, order.capability)]


def refuse(found: Sequence[Refusal]) -> None:
    """Raise Refused with these reasons, if there are any."""
    if not found:
        return
    reasons = [{"code": each.code, "field": each.field, "message": each.message} for each in found]
    message = " ".join(dict.fromkeys(each.message for each in found))
    raise Refused(message, code=found[0].code, reasons=reasons, fields={each.field: each.message for each in found})


def _of_shots(order: Order) -> Iterator[str]:
    """What becomes of a prompt in several shots where the model has a form of its own for them, or none."""
    written, asked = order.prompt.shots, order.asked
    if not written:
        return
    limits, total = order.capability.multi_shot, sum(each["seconds"] for each in written)
    if asked.shots and limits and limits.written:
        yield "Only the shots are sent, in the model’s own form: words before them are not."
    elif not asked.shots and asked.seconds and asked.seconds != total:
        yield f"The shots written into the prompt last {total} s together; the clip will last {asked.seconds} s."


def _of_rows(order: Order) -> Iterator[Refusal]:
    if order.project.archived_at is not None:
        yield Refusal("project-archived", "prompt", "This project is archived.")
    if not order.account.enabled:
        yield Refusal("account-disabled", "account", f"The account {order.account} is switched off.")
    if why := unusable(order.account.dialect):
        yield Refusal("declared-incomplete", "account", why)
    for character in order.characters:
        if character.account_id != order.account.pk:
            yield Refusal("character-account", "characters", f"{character} was made at another account.")
        elif character.state != Character.State.READY:
            yield Refusal("character-not-ready", "characters", f"{character} is not ready.")
        elif character.name.lower() not in order.asked.prompt.lower():
            words = f"Name {character} in the prompt: otherwise it does not appear."
            yield Refusal("character-unnamed", "prompt", words)
    for reference in _files(order):
        yield from (Refusal(code, "references", words) for code, words in reference_rights.against(reference))
    yield from _out_of_reach(order)
    if order.source is not None:
        yield from sources.objections(order.source, order.capability.uses_source, order.asked)


def _files(order: Order) -> list[Reference]:
    """The files that go along, each once."""
    return list({row.pk: row for row, _ in order.given}.values())


def _out_of_reach(order: Order) -> Iterator[Refusal]:
    """A file that the provider fetches here cannot be given to one that cannot reach this hub."""
    fetched = {(slot.kind, slot.role) for slot in order.capability.slots if slot.by_address}
    if not doors.within_reach(order.account) and any((row.kind, role) in fetched for row, role in order.given):
        words = (
            "The provider fetches this file from the hub, which it cannot reach: an operator gives the hub a public "
        )
        yield Refusal("out-of-reach", "references", f"{words}address (SORAHUB_PUBLIC_URL), or leave the file out.")


def _of_budgets(order: Order) -> list[Refusal]:
    estimate = order.estimate
    amount, currency = (estimate.micro, estimate.currency) if estimate else (None, None)
    return budgets.objections(order.project, order.account, amount, currency)


def require_own(actor: User, orders: Sequence[Order]) -> None:
    """Raise NotFound unless whatever goes along with these orders of one project belongs to it and is seen by the person; at
    most three statements for any number of them.
    """
    parts = (
        ("reference", Reference.objects.visible_to(actor), {row.pk for order in orders for row, _ in order.given}),
        ("character", Character.objects.visible_to(actor), {row.pk for order in orders for row in order.characters}),
        ("generation", Generation.objects.visible_to(actor), {order.source.pk for order in orders if order.source}),
    )
    for name, rows, wanted in parts:
        if wanted and rows.filter(project=orders[0].project, pk__in=wanted).count() != len(wanted):
            raise NotFound(f"There is no such {name} in this project.")
