"""Launch many generations together, all or none."""

import hashlib
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from generations.actions import checks, objections, parameters
from generations.actions.batch_plans import (
    COMMON,
    BatchAsk,
    BatchPlan,
    Making,
    PlannedCell,
    matrix_of,
    plan_batch,
    project_of,
)
from generations.actions.booking import Place, book_all, mismatch, with_key
from generations.actions.orders import Given
from generations.models import Batch, Character, Generation, Prompt, ProviderAccount
from generations.rules.matrix import Matrix, read
from sorahub.accounts.models import User
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import NotFound, Refused

UNSEEN = "plan-changed"


def launch_matrix(
    *,
    actor: User,
    name: str,
    ask: BatchAsk,
    leave_out: bool = False,
    seen: str | None = None,
    duplicated_from: Batch | None = None,
    like: Generation | None = None,
    idempotency_key: str | None = None,
) -> Batch:
    """Launch a generation for every cell, all in one transaction or none.

    Cells that their models cannot do are refused, each with its reasons, unless ``leave_out`` says that they may be left
    out; ``seen`` is the digest of the plan that the person looked at: another plan, or another price, is refused
    (plan-changed). An empty one looked at nothing: a plan in which something is left out or changed is refused. The same
    ``idempotency_key`` of the same person returns the batch that it made; with other contents it is Refused
    (idempotency-mismatch). Raises what ``plan_batch`` does, and Refused with every reason (over-budget among them).
    """
    words = checks.words(name, "name", "Name the batch.")
    project = project_of(actor, ask)
    for row in (duplicated_from, like):
        if row is not None and row.project_id != project.pk:
            raise NotFound("There is no such batch or take in this project.")
    if idempotency_key and (earlier := _launched_before(actor, matrix_of(ask), idempotency_key)):
        return earlier
    plan = plan_batch(actor=actor, ask=ask)
    _require_agreed(plan, leave_out=leave_out, seen=seen)
    batch = Batch(
        project=plan.project,
        name=words,
        matrix=plan.matrix.as_json(),
        left_out=_left_out(plan),
        duplicated_from=duplicated_from,
        like=like,
        created_by=actor,
    )
    try:
        with transaction.atomic():
            checks.insert(batch)
            places = [
                Place(order, cell, f"{idempotency_key}#{number}" if idempotency_key else None)
                for number, (cell, order) in enumerate(plan.going)
            ]
            book_all(actor, places, batch=batch, priority=ask.priority)
            _append(actor, batch, len(plan.going))
    except IntegrityError:
        before = _launched_before(actor, plan.matrix, idempotency_key) if idempotency_key else None
        if before is None:
            raise
        return before
    return batch


def launch_batch(
    *,
    actor: User,
    name: str,
    prompts: Sequence[Prompt],
    account: ProviderAccount,
    model: str,
    mode: str = "text_to_video",
    params: Mapping[str, object],
    references: Sequence[Given] = (),
    source: Generation | None = None,
    characters: Sequence[Character] = (),
    priority: int = 0,
    idempotency_key: str | None = None,
) -> Batch:
    """Launch one generation for each prompt with one model and one set of parameters: the narrowest matrix, as ``launch_matrix``."""
    ask = ask_for_one(prompts, Making(account, model, mode), params, references, source, characters, priority)
    return launch_matrix(actor=actor, name=name, ask=ask, idempotency_key=idempotency_key)


def ask_for_one(
    prompts: Sequence[Prompt],
    making: Making,
    params: Mapping[str, object],
    references: Sequence[Given] = (),
    source: Generation | None = None,
    characters: Sequence[Character] = (),
    priority: int = 0,
) -> BatchAsk:
    """Return the matrix that varies in its prompts only. Raises InvalidInput for malformed parameters."""
    said = parameters.read(params)
    return BatchAsk(
        prompts=prompts,
        makings=[making],
        seeds=[said.seed],
        sizes=[f"{said.size[0]}x{said.size[1]}" if said.size else None],
        seconds=[said.seconds],
        references=[tuple(references)],
        params={name: params[name] for name in COMMON if params.get(name) is not None},
        source=source,
        characters=characters,
        priority=priority,
    )


def _launched_before(actor: User, matrix: Matrix, key: str) -> Batch | None:
    """The batch that this person's key made. Raises Refused (idempotency-mismatch) if that was something else."""
    first = with_key(actor, f"{key}#0")
    if first is None:
        return None
    batch = first.batch
    if batch is None or (stored := read(batch.matrix)) is None or _bytes(stored) != _bytes(matrix):
        raise mismatch()
    return batch


def _bytes(matrix: Matrix) -> bytes:
    return canonical.dumps(matrix.as_json())


def _require_agreed(plan: BatchPlan, *, leave_out: bool, seen: str | None) -> None:
    if plan.left_out and not (leave_out and plan.going):
        objections.refuse([each for cell in plan.left_out for each in cell.refusals])
    objections.refuse(plan.refusals)
    if seen is None or seen == plan.digest:
        return
    if seen:
        words = "What would be launched, or its price, is no longer what you looked at. Look again, then launch."
        raise Refused(words, code=UNSEEN)
    if plan.left_out or plan.changed:
        words = "Some of it cannot be launched as it is asked. Look at what is left out or changed, then launch."
        raise Refused(words, code=UNSEEN)


def _left_out(plan: BatchPlan) -> list[dict[str, Json]]:
    return [_told(cell) for cell in plan.left_out]


def _told(cell: PlannedCell) -> dict[str, Json]:
    reasons = [{"code": each.code, "field": each.field, "message": each.message} for each in cell.refusals]
    return {"cell": cell.place, "reasons": reasons}


def _append(actor: User, batch: Batch, cells: int) -> None:
    body: dict[str, Json] = {
        "project": str(batch.project_id),
        "cells": cells,
        "left_out": len(batch.left_out),
        "matrix_sha256": hashlib.sha256(canonical.dumps(batch.matrix)).hexdigest(),
        "duplicated_from": str(batch.duplicated_from_id) if batch.duplicated_from_id else None,
        "like": str(batch.like_id) if batch.like_id else None,
    }
    record.append(kind="batch.launched", actor=actor.pk, client=batch.project.client_id, subject=batch, body=body)
