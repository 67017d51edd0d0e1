"""Make references of files that came in pieces: the request says what they are, a job measures them."""

import datetime as dt
from typing import Any, Unpack

from django.db import transaction

from generations.actions import checks, reference_facts, references, transfers
from generations.actions.reference_facts import Facts
from generations.models import Reference, ReferenceIntake, Transfer
from generations.pipeline import transferring
from sorahub.accounts.models import User
from sorahub.jobs.queue import enqueue

State = ReferenceIntake.State
JOB = "reference.measure"


def keep_transfer(*, actor: User, transfer: Transfer, **facts: Unpack[Facts]) -> ReferenceIntake:
    """Have a finished transfer made a reference of its project, with what is said about it; job "reference.measure" looks at it.

    ``facts`` are those of ``add_reference``; roles that its kind cannot play are left out, so that many files can be given
    the same. Bytes that the project has lead to its row at once. The same transfer again answers how it stands. Raises
    Forbidden, NotFound, InvalidInput with every problem, Conflict for an archived project or a transfer that is not ready.
    """
    references.require_keeper(actor, transfer.project)
    if asked_before := ReferenceIntake.objects.filter(transfer=transfer, created_by=actor).first():
        return asked_before
    transfers.ready_file(actor=actor, transfer=transfer, purpose=Transfer.Purpose.REFERENCE)
    said = _checked(facts)
    present = Reference.objects.filter(project=transfer.project_id, sha256=transfer.found_sha256).first()
    intake = ReferenceIntake(transfer=transfer, facts=said, created_by=actor)
    with transaction.atomic():
        transfers.take(transfer)
        if present is not None:
            settle(intake, references.Added(present, new=False))
        checks.insert(intake, known={"transfer", "created_by", "id"})
        if present is None:
            payload = {"intake": str(intake.pk)}
            enqueue(JOB, key=f"{JOB}:{intake.pk}", payload={**payload}, subject_id=intake.pk)
    if present is not None:
        transferring.discard(transfer)
    return intake


def settle(intake: ReferenceIntake, added: references.Added) -> None:
    """Note on the row, which the caller saves, what became of the file."""
    intake.state, intake.reference, intake.known = State.KEPT, added.reference, not added.new
    intake.words, intake.facts = added.words(), {}


def facts_of(intake: ReferenceIntake, kind: str) -> dict[str, Any]:
    """Return what was said about the file, as far as it fits its kind."""
    said = dict(intake.facts)
    until = said.get("licensed_until")
    said["licensed_until"] = dt.date.fromisoformat(until) if until else None
    return {**said, "roles": reference_facts.fitting(said.get("roles", ()), kind)}


def _checked(facts: Facts) -> dict[str, Any]:
    """Return the facts as JSON. Raises InvalidInput with every problem."""
    reference_facts.judge(facts)
    until = facts.get("licensed_until")
    lists = {"roles": [*facts.get("roles", ())], "tags": [*facts.get("tags", ())]}
    return {**facts, **lists, "licensed_until": until.isoformat() if until else None}
