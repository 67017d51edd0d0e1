"""May this person see this clip? Almost everything that is done to one begins with it: asked so often that its SQL is made once.

Who may see what is said by ``visible_to`` here as everywhere: it is compiled once for each kind of account.
"""

from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import UUIDField

from generations.models.clip import Clip, ClipQuerySet
from generations.models.project import Membership
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.compiled import Compiled, Later

_FOUND_FOR = "_found_for"
"""Where a row remembers the very account object that it was found for: such an object lives as long as its request."""


class Somebody(Later):
    """Any active account of one kind, while a queryset is compiled for all of them: ``visible_to`` can ask no more of it.

    Give its id as ``user``. Not for guests: what they see ends by the clock.
    """

    is_authenticated = is_active = True

    def __init__(self, kind: str) -> None:
        super().__init__("user", UUIDField())
        self.kind = kind
        self.memberships = Membership.objects.filter(user=self)


def compiled_for(user: User) -> bool:
    """Whether ``Somebody`` can stand for this account."""
    return user.is_active and user.kind != Kind.GUEST


def seen_clip(user: User, pk: UUID) -> Clip | None:
    """Return the clip, with its project, if it exists for this person: the little that a note needs of it."""
    if compiled_for(user):
        clip = next(iter(_seen_clip(user.kind).ask(user=user.pk, pk=pk)), None)
    else:
        clip = _with_project().visible_to(user).filter(pk=pk).first()
    if clip is not None:
        clip.__dict__[_FOUND_FOR] = user
    return clip


def sees_clip(user: User, clip: Clip) -> bool:
    """Say whether the clip exists for this person; one that ``seen_clip`` has just found for them, within one request, does."""
    if clip.__dict__.get(_FOUND_FOR) is user:
        return True
    if not compiled_for(user):
        return Clip.objects.visible_to(user).filter(pk=clip.pk).exists()
    return bool(_seen_id(user.kind).ask(user=user.pk, pk=clip.pk))


def _with_project() -> ClipQuerySet:
    """What is asked of a clip before something is said about it; the rest is loaded when it is wanted."""
    return Clip.objects.select_related("project").only("sha256", "frame_count", "project__archived_at")


@cache
def _seen_clip(kind: str) -> Compiled[Clip]:
    return Compiled(_seen_by(kind, _with_project()))


@cache
def _seen_id(kind: str) -> Compiled[Any]:
    return Compiled(_seen_by(kind, Clip.objects.all()).values("pk"))


def _seen_by(kind: str, clips: ClipQuerySet) -> ClipQuerySet:
    somebody: Any = Somebody(kind)
    return clips.visible_to(somebody).filter(pk=Later("pk", UUIDField())).order_by()
