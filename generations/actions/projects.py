"""Begin, staff and archive projects."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.announcements import project_created
from generations.models import Membership, Project, Pulse
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput, NotFound


def create_project(
    *, actor: User, client: Client, name: str, code: str, brief: str = "", rate_num: int = 24, rate_den: int = 1
) -> Project:
    """Begin a piece of work; its creator becomes a member, and listeners give it its stages.

    ``code`` is the short name used in file names; the rate is frames per second as a fraction. Raises Forbidden,
    NotFound for an unseen client, InvalidInput, Conflict for a code that this client already uses.
    """
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Client.objects.all(), client)
    project = Project(
        client=client,
        name=checks.words(name, "name", "Give the project a name."),
        code=checks.words(code, "code", "Give the project a short code, such as AURORA."),
        brief=brief.strip(),
        rate_num=rate_num,
        rate_den=rate_den,
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(project)
        Membership.objects.create(project=project, user=actor)
        Pulse.objects.bump(project)
        project_created.send(Project, project=project, actor=actor)
        _append("project.created", actor, project, {"name": record.conceal(project.name), "code": project.code})
    return project


def add_member(*, actor: User, project: Project, user: User) -> Membership:
    """Let an active account take part; somebody who already does stays, and nothing is written.

    The account need not share a project with ``actor`` yet: adding them is how they come to. Raises Forbidden,
    NotFound, InvalidInput for a deactivated account.
    """
    _require_manager(actor, project)
    if not user.is_active:
        raise InvalidInput("This account is deactivated.", fields={"user": "Deactivated."})
    with transaction.atomic():
        membership, added = Membership.objects.get_or_create(project=project, user=user)
        if added:
            Pulse.objects.bump(project)
            _append("project.member_added", actor, project, {"user": str(user.pk), "kind": user.kind})
    return membership


def remove_member(*, actor: User, project: Project, user: User) -> None:
    """End an account's part in the project. Raises Forbidden, NotFound (also when it has none)."""
    _require_manager(actor, project)
    with transaction.atomic():
        removed, _ = Membership.objects.filter(project=project, user=user).delete()
        if not removed:
            raise NotFound("This account does not take part in the project.")
        Pulse.objects.bump(project)
        _append("project.member_removed", actor, project, {"user": str(user.pk)})


def archive_project(*, actor: User, project: Project) -> Project:
    """Close a project: it stays readable, nothing new is made in it. Raises Forbidden, NotFound, Conflict if it is closed."""
    _require_manager(actor, project)
    with transaction.atomic():
        if not Project.objects.filter(pk=project.pk, archived_at=None).update(archived_at=timezone.now()):
            raise Conflict("This project is archived already.", code="project-archived")
        Pulse.objects.bump(project)
        _append("project.archived", actor, project, {})
    project.refresh_from_db()
    return project


def _require_manager(actor: User, project: Project) -> None:
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Project.objects.all(), project)


def _append(kind: str, actor: User, project: Project, body: dict[str, Json]) -> None:
    record.append(kind=kind, actor=actor.pk, client=project.client_id, subject=project, body=body)
