"""Requests for wider rights in words: on a clip's rights page, on the board and at counsel's home."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from generations.models import Clip, Project
from reviews.models import ExtensionRequest
from reviews.rules.clearance import local, purpose_label, use_label
from reviews.rules.countries import within
from reviews.web.question_forms import SettleForm
from reviews.web.rights_forms import beside
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind, Permission

MOST = 25


@dataclass(frozen=True)
class Asked:
    """A request as a page shows it; ``form`` is there for whoever may answer it."""

    row: ExtensionRequest
    words: str
    form: SettleForm | None = None


def asked_for(
    rows: Iterable[ExtensionRequest], user: User, refused: tuple[UUID, SettleForm] | None = None
) -> list[Asked]:
    """Return the requests with what is asked in words; ``refused``: a form that was sent and could not be taken."""
    return [Asked(row, scope_asked(row), _form(row, user, refused)) for row in rows]


def requests_on(clip: Clip, user: User, refused: tuple[UUID, SettleForm] | None = None) -> list[Asked]:
    """Return all requests about a clip, open ones first."""
    if user.kind == Kind.GUEST:
        return []
    rows = ExtensionRequest.objects.visible_to(user).filter(clip=clip)
    joined = rows.select_related("asked_by__person", "settled_by__person")
    found = sorted(joined, key=lambda row: row.settled_at is not None)
    return asked_for(found, user, refused)


def open_requests(user: User, project: Project | None = None, client: Client | None = None) -> list[Asked]:
    """Return the open requests that this person may see, the oldest first."""
    rows = ExtensionRequest.objects.visible_to(user).open()
    if project is not None:
        rows = rows.filter(clip__project=project)
    if client is not None:
        rows = rows.filter(clip__project__client=client)
    joined = rows.select_related("asked_by__person", "clip__project", "clip__shot").order_by("id")
    return [Asked(row, scope_asked(row)) for row in joined[:MOST]]


def scope_asked(row: ExtensionRequest) -> str:
    """Write out what is asked for, in the zone of whoever asked."""
    end = f" up to, but not including, {local(row.ends_at, row.time_zone)}" if row.ends_at else ""
    purpose = f" for {purpose_label(row.purpose).lower()}" if row.purpose else ""
    return f"{use_label(row.use)} {within(row.territory)}{purpose}, from {local(row.starts_at, row.time_zone)}{end}"


def _form(row: ExtensionRequest, user: User, refused: tuple[UUID, SettleForm] | None) -> SettleForm | None:
    offered = row.settled_at is None and user.may(Permission.SIGN)
    return beside(SettleForm, row.pk, "settle", refused, offered=offered)
