"""Things that can bear tags and values: found by kind and id as far as a person may see them, with project and client."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from generations.actions import checks
from generations.models import Clip, Project, Prompt, Reference, Shot
from reviews.models import Findable
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.errors import Forbidden, InvalidInput, NotFound

Thing = tuple[str, UUID]
MOST_AT_ONCE = 500
ROWS: dict[str, QuerySet[Any]] = {
    Findable.CLIP: Clip.objects.select_related("project"),
    Findable.SHOT: Shot.objects.select_related("project"),
    Findable.REFERENCE: Reference.objects.select_related("project"),
    Findable.PROMPT: Prompt.objects.select_related("shot__project"),
    Findable.PROJECT: Project.objects.all(),
}


def require_colleague(actor: User) -> None:
    """Raise Forbidden for guests: tags and fields are the agency's own."""
    if actor.kind == Kind.GUEST:
        raise Forbidden("Tags and fields are for the people who work here.")


def require_keeper(actor: User) -> None:
    """Raise Forbidden unless this person keeps a client's tags and fields in order: administrators do."""
    actor.demand(Permission.MANAGE_PEOPLE)


def projects_of(actor: User, things: Iterable[Thing]) -> dict[Thing, Project]:
    """Return the open project of each thing. Raises InvalidInput, NotFound, and Conflict for an archived project."""
    asked = list(dict.fromkeys(things))
    if not asked or len(asked) > MOST_AT_ONCE:
        raise InvalidInput(f"Choose between 1 and {MOST_AT_ONCE} things.", fields={"things": "None, or too many."})
    found: dict[Thing, Project] = {}
    for kind in {kind for kind, _ in asked}:
        if kind not in ROWS:
            raise InvalidInput(
                "That kind of thing bears no tags.", fields={"kind": f"Choose one of: {', '.join(ROWS)}."}
            )
        rows = ROWS[kind].all().visible_to(actor).filter(pk__in=[pk for each, pk in asked if each == kind])  # type: ignore[attr-defined]
        found |= {(kind, row.pk): project_of(kind, row) for row in rows}
    if len(found) < len(asked):
        raise NotFound("There is no such thing.")
    for project in {project.pk: project for project in found.values()}.values():
        checks.require_open(project)
    return found


def project_of(kind: str, row: Any) -> Project:
    """Return a thing's project, the row's own if it is one."""
    project: Project = row if kind == Findable.PROJECT else row.shot.project if kind == Findable.PROMPT else row.project
    return project
