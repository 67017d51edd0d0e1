"""Compare two to four takes, frame by frame, and what they were made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from generations.models import Clip
from generations.models.project import Shot
from reviews.actions.standing import standing_of
from reviews.web import room, standing, trails
from reviews.web.made import made_from
from reviews.web.room import Picture
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate

MOST = 4
LETTERS = "ABCD"
OFFERED = 60
STACKED = 60


@dataclass(frozen=True)
class Take:
    """A clip as the page shows it. ``letter`` is empty for a take of the stack that is not being compared."""

    clip: Clip
    letter: str
    picture: Picture
    poster: str
    mark: str
    selected: bool
    state: str
    state_label: str
    rate: str
    instead: str = ""
    beside: str = ""

    @property
    def choosable(self) -> bool:
        """Whether it can be marked and selected."""
        return not (self.clip.quarantined_at or self.clip.withdrawn_at or self.clip.project.archived_at)


@login_required
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two to four takes in sync: ``?clip=…&clip=…``. One clip alone is put beside another take of its shot."""
    user = person(request)
    clips = _asked(request, user)
    if len(clips) == 1 and (other := _companion(clips[0], user)):
        return redirect(address([clips[0].pk, other]))
    return render(request, "reviews/compare.html", _context(clips, user))


def address(ids: Sequence[UUID]) -> str:
    """Return the page's address for these clips."""
    return f"{reverse('reviews:compare')}?{urlencode([('clip', str(pk)) for pk in ids])}"


def _asked(request: HttpRequest, user: User) -> list[Clip]:
    """The clips in the order asked for, each once. Raises Http404 for one that does not exist for this person."""
    try:
        wanted = list(dict.fromkeys(UUID(text) for text in request.GET.getlist("clip") if text))
    except ValueError as error:
        raise Http404 from error
    if len(wanted) > MOST:
        raise InvalidInput("At most four takes are compared at once. Go back and leave some out.", code="too-many")
    rows = Clip.objects.visible_to(user).filter(pk__in=wanted).for_list().select_related("pick", "declared_by__person")
    found = {clip.pk: clip for clip in rows}
    if len(found) != len(wanted):
        raise Http404
    return [found[pk] for pk in wanted]


def _companion(clip: Clip, user: User) -> UUID | None:
    """The shot's selected take, else its newest other one."""
    if clip.shot is None:
        return None
    others = Clip.objects.visible_to(user).filter(shot=clip.shot, withdrawn_at=None).exclude(pk=clip.pk)
    ids = list(others.order_by("-take").values_list("pk", flat=True)[:STACKED])
    return clip.shot.selected_clip_id if clip.shot.selected_clip_id in ids else next(iter(ids), None)


def _context(clips: list[Clip], user: User) -> dict[str, Any]:
    guest = user.kind == Kind.GUEST
    shown = [clip.pk for clip in clips]
    stack = _stack(clips, user)
    states = {} if guest else standing_of([*clips, *(clip for clip in stack if clip.pk not in shown)])
    takes = [_take(clip, user, states, LETTERS[place]) for place, clip in enumerate(clips)]
    enough = len(clips) > 1
    return {
        "title": _title(clips),
        "takes": takes if enough else [],
        "only": takes[0] if len(clips) == 1 else None,
        "pair": len(clips) == 2,
        "guest": guest,
        "may_choose": user.may(Permission.CHOOSE),
        "made": made_from(clips, user) if enough else None,
        "stack_title": "Takes of " + " and ".join(dict.fromkeys(str(clip.shot) for clip in clips if clip.shot)),
        "stack": [_stacked(clip, user, states, clips) for clip in stack] if enough else [],
        "offers": _offers(clips, stack, user),
        "rates_differ": len({clip.rate_num * 10**9 // clip.rate_den for clip in clips}) > 1,
        "crumbs": trails.to_clip(clips[0], user, last="Compare") if clips else [("Compare", "")],
        "section": "projects" if not guest else "reviews",
        "events_path": f"clips/{clips[0].pk}/" if clips else "",
    }


def _title(clips: Sequence[Clip]) -> str:
    """ "SC010 · takes 1, 2 and 4" where all are of one shot, else each by its own name."""
    one_shot = len({clip.shot_id for clip in clips}) == 1 and clips[0].shot is not None
    names = [str(clip.take) if one_shot else str(clip) for clip in clips]
    joined = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    return f"{clips[0].shot.code} · takes {joined}" if one_shot and clips[0].shot else joined


def _stack(clips: Sequence[Clip], user: User) -> list[Clip]:
    """The takes of the shots that are compared, newest first in each."""
    shots = {clip.shot_id for clip in clips if clip.shot_id}
    rows = Clip.objects.visible_to(user).filter(shot__in=shots).for_list().select_related("pick")
    return list(rows.order_by("shot__position", "shot_id", "-take")[:STACKED]) if shots else []


def _take(clip: Clip, user: User, states: Any, letter: str = "") -> Take:
    agency = user.kind != Kind.GUEST
    state, label = standing.words(states[clip.pk]) if agency else ("", "")
    shot: Shot | None = clip.shot
    return Take(
        clip=clip,
        letter=letter,
        picture=room.picture(clip, user),
        poster=room.poster_url(clip),
        mark=clip.pick.mark if agency and hasattr(clip, "pick") else "",
        selected=agency and shot is not None and shot.selected_clip_id == clip.pk,
        state=state if states.get(clip.pk) else "",
        state_label=label,
        rate=Rate(clip.rate_num, clip.rate_den).label,
    )


def _stacked(clip: Clip, user: User, states: Any, clips: Sequence[Clip]) -> Take:
    """A take of the stack, with the addresses that put it beside the others or in the last one's place."""
    shown = [each.pk for each in clips]
    if clip.pk in shown:
        return _take(clip, user, states, LETTERS[shown.index(clip.pk)])
    take = _take(clip, user, states)
    beside = address([*shown, clip.pk]) if len(shown) < MOST else ""
    return Take(**{**vars(take), "instead": address([*shown[:-1], clip.pk]), "beside": beside})


def _offers(clips: Sequence[Clip], stack: Sequence[Clip], user: User) -> list[tuple[str, list[tuple[UUID, str]]]]:
    """What the pickers offer, in groups: the takes of the shots that are compared, then the newest of the projects' others."""
    known = {clip.pk: clip for clip in [*stack, *clips]}
    groups: dict[str, list[tuple[UUID, str]]] = {}
    for clip in known.values():
        groups.setdefault(f"Takes of {clip.shot}" if clip.shot else "Clips without a shot", []).append(_offer(clip))
    projects = {clip.project_id for clip in clips}
    others = Clip.objects.visible_to(user).select_related("shot").exclude(pk__in=known)
    if projects:
        others = others.filter(project__in=projects)
    rest = [_offer(clip) for clip in others.order_by("-id")[:OFFERED]]
    return [*groups.items(), *([("Other clips, newest first", rest)] if rest else [])]


def _offer(clip: Clip) -> tuple[UUID, str]:
    return clip.pk, str(clip)
