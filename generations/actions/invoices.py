"""Bring a provider's invoice in, and reconcile it: who a line is for, what is not ours, what the journal is to say instead."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from generations.actions import budgets, checks, reconciling
from generations.actions.receiving import FileInput, chunks_of, plain_name, size_of, start_of
from generations.models import Generation, Invoice, InvoiceLayout, InvoiceLine, InvoiceRuling, ProviderAccount
from generations.pipeline.invoice_file import LARGEST, START, opening, opening_of
from generations.rules.invoice_rows import FIRST_YEAR, LAST_YEAR, Layout, in_calendar
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json as Words
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, DomainError, InvalidInput
from sorahub.lib.ids import uuid7

READ, SETTLE = "invoice.read", "invoice.settle"
AT_ONCE = 100
"""So many lines are ruled or settled in one request; all differences are a job."""
State, Outcome = Invoice.State, InvoiceRuling.Outcome
RULED = {
    Outcome.NOT_OURS: InvoiceLine.Ruled.NOT_OURS,
    Outcome.LEFT: InvoiceLine.Ruled.LEFT,
    Outcome.REOPENED: InvoiceLine.Ruled.NOT,
}


def add_invoice(
    *,
    actor: User,
    account: ProviderAccount,
    number: str,
    file: FileInput,
    file_name: str,
    currency: str = "USD",
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> Invoice:
    """Keep an invoice's file under its hash; which column holds what is said next.

    Raises Forbidden, NotFound, InvalidInput (no table, too large, no number), Conflict for a file or a number that is here
    already.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)
    told = checks.words(number, "number", "Give the invoice’s number.")
    if starts_on and ends_on and starts_on > ends_on:
        raise InvalidInput(
            "The last day comes before the first.", fields={"ends_on": "This day comes before the first."}
        )
    days = {"starts_on": starts_on, "ends_on": ends_on}
    odd = [name for name, day in days.items() if day and not in_calendar(day)]
    if odd:
        words = f"Give a day from {FIRST_YEAR} to {LAST_YEAR}."
        raise InvalidInput(words, fields=dict.fromkeys(odd, words))
    if size_of(file) > LARGEST:
        words = f"An invoice may have at most {LARGEST // 1024**2} MiB."
        raise InvalidInput(words, code="too-large", fields={"file": words})
    opening(start_of(file, START))
    code = budgets.currency_code(currency)
    root = Path(settings.MEDIA_ROOT)
    received = storage.receive(chunks_of(file), max_bytes=LARGEST, into=root / "incoming")
    try:
        _require_new(account, received.sha256, told)
        key = storage.commit(received, root, suffix=".csv")
    finally:
        received.discard()
    invoice = Invoice(
        account=account, number=told[:100], currency=code, starts_on=starts_on, ends_on=ends_on, file=key,
        file_name=plain_name(file_name), sha256=received.sha256, size=received.size, created_by=actor,
    )  # fmt: skip
    with transaction.atomic():
        checks.insert(invoice)
        _append(actor, invoice, "invoice.added", {"account": str(account.pk), "sha256": received.sha256})
    return invoice


def read_invoice(*, actor: User, invoice: Invoice, layout: Mapping[str, str]) -> Invoice:
    """Say which column holds what, and have a job read it. The account's next invoice begins with this layout.

    Raises Forbidden, NotFound, InvalidInput (a column that is not there), Conflict once it is read.
    """
    _require(actor, invoice)
    chosen = Layout.of(layout)
    problems = chosen.problems(opening_of(invoice).headings)
    if problems:
        raise InvalidInput(" ".join(problems.values()), code="bad-layout", fields=problems)
    with transaction.atomic():
        _move(
            invoice,
            [State.NEW, State.FAILED],
            State.READING,
            "It is being read, or was read before.",
            layout=chosen.kept(),
        )
        InvoiceLayout.objects.update_or_create(account=invoice.account, defaults={"layout": chosen.kept()})
        _enqueue(invoice)
        _append(actor, invoice, "invoice.reading", {"layout": {**chosen.kept()}})
    return invoice


def stop_reading(*, actor: User, invoice: Invoice) -> Invoice:
    """Stop the reading after the rows in hand; it can go on later. Raises Forbidden, NotFound, Conflict."""
    _require(actor, invoice)
    with transaction.atomic():
        _move(invoice, [State.READING], State.STOPPED, "It is not being read.")
        _append(actor, invoice, "invoice.stopped", {"position": invoice.position})
    return invoice


def go_on_reading(*, actor: User, invoice: Invoice) -> Invoice:
    """Go on where the reading was stopped. Raises Forbidden, NotFound, Conflict."""
    _require(actor, invoice)
    with transaction.atomic():
        _move(invoice, [State.STOPPED], State.READING, "Only what was stopped goes on.")
        _enqueue(invoice)
        _append(actor, invoice, "invoice.resumed", {"position": invoice.position})
    return invoice


def withdraw_invoice(*, actor: User, invoice: Invoice, reason: str) -> Invoice:
    """Count an invoice no more: a wrong file, or one that a corrected invoice replaces. It stays to be seen; corrections stay too.

    Raises Forbidden, NotFound, InvalidInput without a reason, Conflict if it was withdrawn before.
    """
    _require(actor, invoice)
    words = checks.words(reason, "reason", "Say why it no longer counts.")
    with transaction.atomic():
        alive = [state for state in State if state != State.WITHDRAWN]
        _move(invoice, alive, State.WITHDRAWN, "It was withdrawn before.", words=words[:400])
        _append(actor, invoice, "invoice.withdrawn", {"reason": record.conceal(words)})
    return invoice


def rule_lines(*, actor: User, invoice: Invoice, lines: Sequence[UUID], outcome: str, reason: str) -> int:
    """Say of lines that they are not ours, are left as they are, or are open again; return how many there were.

    Raises Forbidden, NotFound, InvalidInput (no reason, no line, too many at once), Conflict unless it is read.
    """
    words = _require_ruling(actor, invoice, lines, reason)
    if outcome not in RULED:
        raise InvalidInput("Choose what is said of it.", fields={"outcome": f"One of: {', '.join(RULED)}."})
    with transaction.atomic():
        rows = list(invoice.lines.select_for_update().filter(pk__in=lines).order_by("pk"))
        _rule(invoice, ((row, None) for row in rows), outcome, words, actor)
        InvoiceLine.objects.filter(pk__in=[row.pk for row in rows]).update(ruled=RULED[Outcome(outcome)])
        body: dict[str, Json] = {
            "outcome": outcome,
            "lines": [str(row.pk) for row in rows],
            "reason": record.conceal(words),
        }
        _append(actor, invoice, "invoice.ruled", body)
    return len(rows)


def leave_missing(*, actor: User, invoice: Invoice, generations: Sequence[UUID], reason: str) -> int:
    """Say of generations that the invoice does not name why that is right; return how many. Errors as ``rule_lines``."""
    words = _require_ruling(actor, invoice, generations, reason)
    with transaction.atomic():
        rows = list(reconciling.missing(invoice).filter(pk__in=generations).order_by("pk"))
        _rule(invoice, ((None, row) for row in rows), Outcome.LEFT, words, actor)
        body: dict[str, Json] = {
            "outcome": "left",
            "generations": [str(row.pk) for row in rows],
            "reason": record.conceal(words),
        }
        _append(actor, invoice, "invoice.ruled", body)
    return len(rows)


def link_line(*, actor: User, invoice: Invoice, line: UUID, generation: str, reason: str) -> InvoiceLine:
    """Say which generation a line is for, by its id here or at the provider. Errors as ``rule_lines``; InvalidInput for an id that
    the account has no generation of.
    """
    words = _require_ruling(actor, invoice, [line], reason)
    found = _generation(invoice, generation.strip())
    with transaction.atomic():
        row = invoice.lines.select_for_update().filter(pk=line).first()
        if row is None:
            raise InvalidInput("This line is not on the invoice.", fields={"line": "It is not on this invoice."})
        row.generation, row.found, row.ruled = found, InvoiceLine.Found.TOLD, InvoiceLine.Ruled.NOT
        row.save(update_fields=["generation", "found", "ruled"])
        _rule(invoice, [(row, found)], Outcome.LINKED, words, actor)
        body: dict[str, Json] = {
            "outcome": "linked",
            "line": str(line),
            "generation": str(found.pk),
            "reason": record.conceal(words),
        }
        _append(actor, invoice, "invoice.ruled", body)
    return row


def settle_lines(*, actor: User, invoice: Invoice, lines: Sequence[UUID], reason: str) -> int:
    """Correct the journal to what invoices bill for the generations of these lines; return how many were corrected.

    Each is a correction of its own, in a transaction of its own: the locks of several projects are never held together. Lines
    that agree, are in another currency or of one that is under way are passed over. Errors as ``rule_lines``.
    """
    words = _require_ruling(actor, invoice, lines, reason)
    rows = reconciling.settled_here(invoice).filter(pk__in=lines).select_related("generation").order_by("row")
    return _correct(actor, invoice, list(rows), words)


def settle_all(*, actor: User, invoice: Invoice, reason: str) -> Job:
    """Have a job correct the journal for every line that differs. Errors as ``rule_lines``."""
    words = _require_ruling(actor, invoice, [invoice.pk], reason)
    with transaction.atomic():
        payload: dict[str, Any] = {"invoice": str(invoice.pk), "actor": str(actor.pk), "reason": words}
        return queue.enqueue(SETTLE, key=f"{SETTLE}:{uuid7()}", payload=payload, subject_id=invoice.pk)


def settle_invoice(job: Job) -> Words:
    """The job of ``settle_all``: some lines at a time. What is settled agrees and is not met again."""
    invoice = Invoice.objects.get(pk=str(job.payload["invoice"]))
    actor, done = User.objects.get(pk=str(job.payload["actor"])), 0
    while ids := list(reconciling.settled_here(invoice).values_list("pk", flat=True)[:AT_ONCE]):
        job.renew()
        settled = settle_lines(actor=actor, invoice=invoice, lines=ids, reason=str(job.payload["reason"]))
        if not settled:
            break
        done += settled
    return {"settled": done}


def trouble_of(invoice: Invoice) -> str:
    """Return why the reading does not go on although it should, or ""."""
    if invoice.state != State.READING:
        return ""
    job = Job.objects.filter(kind=READ, subject_id=invoice.pk).order_by("-created_at").first()
    gave_up = job is not None and job.state in ("failed", "dead")
    return (job.error_message or "The job gave up.") if job and gave_up else ""


def _correct(actor: User, invoice: Invoice, rows: Iterable[Any], words: str) -> int:
    done: set[UUID] = set()
    for line in rows:
        if line.generation_id in done:
            continue
        try:
            budgets.book_total(actor, line.generation, line.billed, f"Invoice {invoice.number}: {words}")
        except DomainError:
            continue  # it is under way again, or the amount is none that a generation costs: it stays as a difference
        done.add(line.generation_id)
    return len(done)


def _generation(invoice: Invoice, told: str) -> Generation:
    here = Generation.objects.filter(account=invoice.account_id)
    try:
        found = here.filter(pk=UUID(told)).first()
    except ValueError:
        found = None
    found = found or (here.filter(remote_id=told).first() if told else None)
    if found is None:
        words = "This account has no generation with this id."
        raise InvalidInput(words, fields={"generation": words})
    return found


def _rule(
    invoice: Invoice, about: Iterable[tuple[InvoiceLine | None, Generation | None]], outcome: str, words: str, actor: User
) -> None:  # fmt: skip
    InvoiceRuling.objects.bulk_create(
        InvoiceRuling(
            invoice=invoice, line=line, generation=generation, outcome=outcome, reason=words[:400], actor=actor
        )
        for line, generation in about
    )


def _require_ruling(actor: User, invoice: Invoice, ids: Sequence[UUID], reason: str) -> str:
    _require(actor, invoice)
    if not ids:
        raise InvalidInput("Choose at least one line.", code="nothing-chosen")
    if len(ids) > AT_ONCE:
        raise InvalidInput(f"Choose at most {AT_ONCE} lines at once.", code="too-many")
    words = checks.words(reason, "reason", "Give the reason: it stays on record.")
    if Invoice.objects.filter(pk=invoice.pk, state=State.READ).exists():
        return words
    raise Conflict("Only an invoice that is read is reconciled.", code="not-read")


def _require(actor: User, invoice: Invoice) -> None:
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, Invoice.objects.all(), invoice)


def _require_new(account: ProviderAccount, sha256: str, number: str) -> None:
    here = Invoice.objects.filter(account=account).exclude(state=State.WITHDRAWN)
    if same := here.filter(sha256=sha256).first():
        words = f"This file is here already, as invoice {same.number}."
        raise Conflict(words, code="invoice-file-known", fields={"file": words})
    if here.filter(number=number).exists():
        words = "There is an invoice with this number. Withdraw it first, if this one replaces it."
        raise Conflict(words, code="invoice-number-known", fields={"number": words})


def _move(invoice: Invoice, before: Sequence[str], after: str, refusal: str, **facts: Any) -> None:
    moved = Invoice.objects.filter(pk=invoice.pk, state__in=before).update(state=after, **facts)
    if not moved:
        raise Conflict(refusal, code="invoice-state")
    invoice.refresh_from_db()


def _enqueue(invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(runs=F("runs") + 1)
    invoice.refresh_from_db()
    payload: dict[str, Any] = {"invoice": str(invoice.pk)}
    queue.enqueue(READ, key=f"{READ}:{invoice.pk}:{invoice.runs}", payload=payload, subject_id=invoice.pk)


def _append(actor: User, invoice: Invoice, kind: str, body: dict[str, Json]) -> None:
    record.append(
        kind=kind, actor=actor.pk, client=None, subject=invoice, body={"number": record.conceal(invoice.number), **body}
    )
