"""A client's library of references: take a file into another project, change what is said about it, put it away."""

from typing import Any, Unpack

from django.db import transaction
from django.utils import timezone

from generations.actions import checks, reference_facts, references
from generations.actions.reference_facts import Facts
from generations.actions.references import Added
from generations.models import Project, Pulse, Reference, ReferenceChange
from generations.pipeline import reference_previews
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

IN_CLEAR = frozenset({"licence", "licensed_until", "ai_use", "depicts", "roles"})
"""Facts that name nobody, so that the ledger can hold them; of the others it holds salted hashes."""


def reuse_reference(*, actor: User, reference: Reference, project: Project) -> Added:
    """Take a file of one project into another of the same client: a row of its own, no second copy of the bytes.

    What is said about it goes along as it stands; who brought it, when and from where stays on the row. A project that has
    the bytes keeps its own row. Raises Forbidden, NotFound, InvalidInput (of another client), Conflict for an archived
    project or file.
    """
    references.require_keeper(actor, project)
    checks.require_seen(actor, Reference.objects.all(), reference)
    if reference.project.client_id != project.client_id:
        words = "This file belongs to another client; files are never shared between clients."
        raise InvalidInput(words, code="other-client", fields={"project": words})
    if present := Reference.objects.filter(project=project, sha256=reference.sha256).first():
        return Added(present, new=False)
    if reference.archived_at is not None:
        raise Conflict(f"{reference} is archived; bring it back before you use it.", code="reference-archived")
    return copy_into(actor, reference, project)


def describe_reference(
    *, actor: User, reference: Reference, everywhere: bool = False, **facts: Unpack[Facts]
) -> Reference:
    """Change what is said about a file; what was said before is kept, since takes were made with it.

    ``everywhere``: also on the rows of the same bytes in the client's other projects that this person sees; archived
    projects keep what they have. Nothing is written where nothing changes. Raises Forbidden, NotFound, InvalidInput with
    every problem, Conflict for an archived project.
    """
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Reference.objects.all(), reference)
    checks.require_open(reference.project)
    rows = Reference.objects.visible_to(actor).filter(
        sha256=reference.sha256, project__client=reference.project.client_id, project__archived_at=None
    )
    chosen = rows if everywhere else rows.filter(pk=reference.pk)
    with transaction.atomic():
        locked = chosen.select_related("project").select_for_update(of=("self",), no_key=True).order_by("pk")
        changes = [change for row in locked if (change := _described(actor, row, facts))]
        Pulse.objects.bump_all({change.reference.project_id for change in changes})
        for change in changes:
            _append("reference.described", actor, change.reference, _told(change))
    reference.refresh_from_db()
    return reference


def archive_reference(*, actor: User, reference: Reference) -> Reference:
    """Put a file away: it stays readable, and no new launch is given it. Raises Forbidden, NotFound, Conflict."""
    return _moved(actor, reference, archive=True)


def restore_reference(*, actor: User, reference: Reference) -> Reference:
    """Bring an archived file back. Raises Forbidden, NotFound, Conflict."""
    return _moved(actor, reference, archive=False)


def copy_into(actor: User, reference: Reference, project: Project) -> Added:
    """Give a project of the same client a row of its own for these bytes, with what is said about them; nothing is asked."""
    said = {name: value for name, value in reference_facts.told(reference).items() if name != "licensed_until"}
    row = Reference(project=project, brought_from=reference, created_by=actor)
    for name in (
        "kind", "sha256", "size", "media_type", "storage_key", "original_name", "width", "height", "duration_ms", "rate_num",
        "rate_den", "preview_key", "licensed_until", "from_clip_id", "from_frame",
    ):  # fmt: skip
        setattr(row, name, getattr(reference, name))
    for name in reference_facts.COLUMNS:
        setattr(row, name, getattr(reference, name))
    with transaction.atomic():
        try:
            checks.insert(row)
        except Conflict:
            return Added(Reference.objects.get(project=project, sha256=reference.sha256), new=False)
        reference_facts.write_labels(row, said)
        reference_previews.ask_for(row)
        Pulse.objects.bump(project)
        _append("reference.reused", actor, row, {"from": str(reference.pk), "sha256": row.sha256})
    return Added(row, new=True)


def _described(actor: User, row: Reference, facts: Facts) -> ReferenceChange | None:
    before = reference_facts.told(row)
    reference_facts.apply(row, facts)
    labels = {name: reference_facts.tidy(facts[name]) for name in reference_facts.LABELS if name in facts}  # type: ignore[literal-required]  # both are lists of words
    after = {**before, **reference_facts.columns(row), **labels}
    different = [name for name in after if after[name] != before[name]]
    if not different:
        return None
    checks.update(row, [*reference_facts.COLUMNS])
    reference_facts.write_labels(row, {name: words for name, words in labels.items() if name in different})
    change = ReferenceChange(
        reference=row,
        before={name: before[name] for name in different},
        after={name: after[name] for name in different},
        changed_by=actor,
    )
    change.save(force_insert=True)
    return change


def _told(change: ReferenceChange) -> dict[str, Json]:
    """What the ledger holds of a change: codes and dates in clear, people's words concealed."""

    def sealed(name: str, value: Any) -> Json:
        told: Json = value if name in IN_CLEAR else record.conceal(str(value))
        return told

    return {
        "change": str(change.pk),
        "sha256": change.reference.sha256,
        "before": {name: sealed(name, value) for name, value in change.before.items()},
        "after": {name: sealed(name, value) for name, value in change.after.items()},
    }


def _moved(actor: User, reference: Reference, *, archive: bool) -> Reference:
    references.require_keeper(actor, reference.project)
    checks.require_seen(actor, Reference.objects.all(), reference)
    standing = Reference.objects.filter(pk=reference.pk, archived_at__isnull=archive)
    with transaction.atomic():
        if not standing.update(archived_at=timezone.now() if archive else None):
            words = "This file was archived before." if archive else "This file is not archived."
            raise Conflict(words, code="reference-archived" if archive else "reference-not-archived")
        Pulse.objects.bump(reference.project)
        kind = "reference.archived" if archive else "reference.restored"
        _append(kind, actor, reference, {"sha256": reference.sha256})
    reference.refresh_from_db()
    return reference


def _append(kind: str, actor: User, reference: Reference, body: dict[str, Json]) -> None:
    body = {"project": str(reference.project_id), **body}
    record.append(kind=kind, actor=actor.pk, client=reference.project.client_id, subject=reference, body=body)
