"""The takes of a project in a grid, and what is said of each: shortlisted, rejected, selected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from generations.actions.filing_clips import file_clips
from generations.models import Clip, Project, Pulse, Shot
from generations.models.clip import ClipQuerySet
from generations.web.showing import ClipCard, allowed, clip_card, page_of, playing
from reviews.actions import choosing
from reviews.models import Pick, SavedView
from reviews.web import choosing_filters
from reviews.web.choosing_filters import Narrowing
from reviews.web.reading import View, answers_json
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import Conflict, InvalidInput
from sorahub.lib.ids import read_id

A_PAGE = 48
SHOTS_OFFERED = 500
NO_SHOT, UNFILED = 2**31 - 1, "none"
SHORTLISTED, REJECTED = Q(pick__mark=Pick.Mark.SHORTLISTED), Q(pick__mark=Pick.Mark.REJECTED)
SELECTED = Q(shot__selected_clip=F("pk"))
SHOWS = {
    "all": ("All", Q()),
    "shortlisted": ("Shortlisted", SHORTLISTED),
    "rejected": ("Rejected", REJECTED),
    "undecided": ("Undecided", Q(pick=None)),
    "selected": ("Selected", SELECTED),
}
SORTS = {"newest": "Newest first", "oldest": "Oldest first", "shot": "By shot"}
WORDS = {Pick.Mark.SHORTLISTED: "Shortlisted.", Pick.Mark.REJECTED: "Rejected.", "": "The mark is taken off."}


@dataclass(frozen=True)
class Choice:
    """A card of the grid: the clip's card, what it plays, and what was said of it."""

    card: ClipCard
    src: str
    mark: str
    selected: bool
    choosable: bool

    @property
    def said(self) -> str:
        """The same in words."""
        clip = self.card.clip
        stopped = "Quarantined" if clip.quarantined_at else "Withdrawn" if clip.withdrawn_at else ""
        return " · ".join(filter(None, (stopped, "Selected" if self.selected else "", self.mark.capitalize())))


@dataclass(frozen=True)
class Asked:
    """What the grid was asked to show, read from the address; what makes no sense there is as good as not said."""

    show: str
    sort: str
    shot: UUID | None
    unfiled: bool
    words: str
    after: str
    narrowing: Narrowing

    @property
    def narrowed(self) -> bool:
        """Whether something is left out."""
        return self.show != "all" or self.shot is not None or self.unfiled or bool(self.words) or bool(self.narrowing)


@login_required
@require_GET
def takes(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All clips of a project to choose among. ``?part=1`` answers the next cards alone."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    asked = _read(request)
    found = _found(Clip.objects.visible_to(user).filter(project=project), asked, user)
    context = _cards(found.filter(SHOWS[asked.show][1]), asked, user) | {"more_query": _query(request)}
    if "part" in request.GET:
        return render(request, "reviews/grid_cards.html", context | {"may": allowed(user)})
    context |= page_of(project, ("Takes", "")) | {"may": allowed(user), "asked": asked, "sorts": SORTS.items()}
    counts, unfiled = _counts(found)
    context |= {"counts": counts, "shots": shots_of(project, user), "query": _query(request, "show")}
    context["unfiled"] = unfiled if user.may(Permission.MANAGE_PROJECT) and project.archived_at is None else 0
    context |= {"chips": _chips(request, asked.narrowing.labels(user)), "kept": asked.narrowing.inputs}
    context |= _views(request, user, project)
    return render(request, "reviews/grid.html", context)


@login_required
@require_GET
def said(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is said of a project's takes now, for an open page: marks and selected takes by clip, and how many each list holds.

    ``?since=`` is the version that the page knows; while nothing in the project has changed since, the answer is that alone.
    """
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    # Read first: what changes meanwhile is asked for again.
    version = Pulse.objects.filter(project=project).values_list("version", flat=True).first() or 0
    if request.GET.get("since") == str(version):
        return JsonResponse({"version": version})
    clips = Clip.objects.visible_to(user).filter(project=project)
    marked = clips.exclude(pick=None).values_list("pk", "pick__mark")
    return JsonResponse(
        {
            "version": version,
            "marks": {str(clip): mark for clip, mark in marked},
            "selected": [str(clip) for clip in clips.filter(SELECTED).values_list("pk", flat=True)],
            "counts": {name: count for name, _, count in _counts(_found(clips, _read(request), user))[0]},
        }
    )


def answers_script(view: View) -> View:
    """Say a refusal in JSON to a script, and on a page to a browser that sent a form."""
    for_script = answers_json(view)

    @wraps(view)
    def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
        return view(request, pk) if request.accepts("text/html") else for_script(request, pk)

    return answer


@login_required
@require_POST
@answers_script
def pick(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Shortlist or reject a clip (``mark``), or take its mark off (an empty one)."""
    user = person(request)
    clip = get_object_or_404(Clip.objects.visible_to(user).select_related("project"), pk=pk)
    acts: dict[str, Callable[..., object]] = {
        Pick.Mark.SHORTLISTED: choosing.shortlist,
        Pick.Mark.REJECTED: choosing.reject,
        "": choosing.clear_pick,
    }
    mark = request.POST.get("mark", "")
    if mark not in acts:
        raise InvalidInput("A take is shortlisted, rejected, or neither.", fields={"mark": "Unknown."})
    acts[mark](actor=user, clip=clip)
    return _answer(request, clip, WORDS[mark], mark=mark)


@login_required
@require_POST
@answers_script
def select(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a clip its shot's selected take; with ``on=no`` the shot has none."""
    user = person(request)
    clip = get_object_or_404(Clip.objects.visible_to(user).select_related("project"), pk=pk)
    if clip.shot_id is None:
        raise InvalidInput("This clip belongs to no shot: file it under one first.", code="no-shot")
    shot = get_object_or_404(Shot.objects.visible_to(user).select_related("project"), pk=clip.shot_id)
    on = request.POST.get("on") != "no"
    before = shot.selected_clip_id
    choosing.select_take(actor=user, shot=shot, clip=clip if on else None)
    words = f"Take {clip.take} is selected." if on else "No take is selected."
    return _answer(request, clip, words, selected=on, before=str(before) if before else "")


@login_required
@require_POST
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """File clips without a shot (``clip``) under one (``shot``), the oldest as its next take; then back to where one came from."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    user.demand(Permission.MANAGE_PROJECT)
    said, named = request.POST, {*request.POST.getlist("clip")}
    ids = [pk for pk in map(read_id, named) if pk]
    clips = list(Clip.objects.visible_to(user).filter(pk__in=ids).order_by("pk"))
    if len(clips) < len(named):
        raise Http404
    try:
        shot = _slot(user, project, said.get("shot", ""))
        filed = file_clips(actor=user, clips=clips, shot=shot)
    except (InvalidInput, Conflict) as error:
        messages.error(request, f"{error.message} Nothing was filed.")
    else:
        first, last = filed[0].take, filed[-1].take
        takes = f"takes {first} to {last}" if last > first else f"take {first}"
        messages.success(request, f"Filed under {shot.code} as {takes}.")
    back = said.get("next", "")
    known = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if known else reverse("reviews:takes", args=[project.pk]))


def _slot(user: User, project: Project, said: str) -> Shot:
    if not said:
        raise InvalidInput("Choose the shot that they are to be takes of.", fields={"shot": "Choose one."})
    rows = Shot.objects.visible_to(user).filter(project=project).select_related("project")
    return get_object_or_404(rows, pk=read_id(said))


def _answer(request: HttpRequest, clip: Clip, words: str, **facts: Any) -> HttpResponse:
    """Facts for a script that asked for JSON; a browser goes back to where it came from."""
    if request.accepts("text/html"):
        messages.success(request, words)
        back = request.POST.get("next", "")
        known = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return redirect(back if known else reverse("reviews:clip", args=[clip.pk]))
    return JsonResponse({"words": words, **facts})


def _views(request: HttpRequest, user: User, project: Project) -> dict[str, Any]:
    """The kept views of this project's takes, and which one is open."""
    rows = (
        SavedView.objects.visible_to(user)
        .filter(place=SavedView.Place.TAKES, project=project)
        .select_related("owner__person")
    )
    views, query = list(rows), _query(request)
    return {
        "views": views,
        "kept_query": query,
        "open_view": next((view for view in views if query and view.query == query), None),
    }


def _read(request: HttpRequest) -> Asked:
    said = request.GET
    show, sort = said.get("show", "all"), said.get("sort", "newest")
    return Asked(
        show=show if show in SHOWS else "all",
        sort=sort if sort in SORTS else "newest",
        shot=read_id(said.get("shot", "")),
        unfiled=said.get("shot") == UNFILED,
        words=said.get("q", "").strip()[:100],
        after=said.get("after", ""),
        narrowing=choosing_filters.read(said),
    )


def _chips(request: HttpRequest, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """What narrows the list beyond the form's fields: in words, with the query that takes it off."""
    return [(words, _query(request, name)) for name, words in labels.items()]


def _found(rows: ClipQuerySet, asked: Asked, user: User) -> ClipQuerySet:
    rows = asked.narrowing.of(rows, user)
    if asked.shot is not None:
        rows = rows.filter(shot=asked.shot)
    elif asked.unfiled:
        rows = rows.filter(shot=None)
    for word in asked.words.split():
        named = Q(shot__code__icontains=word) | Q(shot__title__icontains=word) | Q(original_name__icontains=word)
        rows = rows.filter(named)
    return rows


def _cards(rows: ClipQuerySet, asked: Asked, user: User) -> dict[str, Any]:
    """One page of cards, and the cursor after which the next begins."""
    ordered = _ordered(rows.for_list().select_related("pick"), asked)
    found: list[Any] = list(ordered[: A_PAGE + 1])
    shown = found[:A_PAGE]
    next_after = _cursor(shown[-1], asked.sort) if len(found) > A_PAGE else ""
    return {"choices": [_choice(clip, user) for clip in shown], "next_after": next_after}


def _ordered(rows: QuerySet[Clip], asked: Asked) -> QuerySet[Clip]:
    """By id, which is by time; or by the shots' order, then take, then id. A damaged cursor is ignored."""
    if asked.sort != "shot":
        pk = read_id(asked.after)
        if pk is not None:
            rows = rows.filter(id__lt=pk) if asked.sort == "newest" else rows.filter(id__gt=pk)
        return rows.order_by("-id" if asked.sort == "newest" else "id")
    placed = rows.annotate(
        place=Case(When(shot=None, then=Value(NO_SHOT)), default=F("shot__position"), output_field=IntegerField())
    )
    place, take, pk = _placed_cursor(asked.after)
    if pk is not None:
        here = Q(place=place, take=take, id__lt=pk) | Q(place=place, take__lt=take)
        placed = placed.filter(here | Q(place__gt=place))
    return placed.order_by("place", "-take", "-id")


def _cursor(clip: Any, sort: str) -> str:
    return f"{clip.place}_{clip.take}_{clip.pk}" if sort == "shot" else str(clip.pk)


def _placed_cursor(text: str) -> tuple[int, int, UUID | None]:
    place, _, rest = text.partition("_")
    take, _, pk = rest.partition("_")
    if not (place.isdecimal() and take.isdecimal() and max(len(place), len(take)) < 11):
        return 0, 0, None
    return int(place), int(take), read_id(pk)


def _choice(clip: Clip, user: User) -> Choice:
    played = playing(clip, user)
    return Choice(
        card=clip_card(clip),
        src=played["src"] if played else "",
        mark=clip.pick.mark if hasattr(clip, "pick") else "",
        selected=clip.shot is not None and clip.shot.selected_clip_id == clip.pk,
        choosable=not (clip.quarantined_at or clip.withdrawn_at or clip.project.archived_at)
        and user.may(Permission.CHOOSE),
    )


def _counts(rows: QuerySet[Clip]) -> tuple[list[tuple[str, str, int]], int]:
    """How many each of the lists holds, and how many have no shot; one query."""
    lists = {name: Count("pk", filter=rule) for name, (_, rule) in SHOWS.items()}
    counted = rows.aggregate(**lists, _unfiled=Count("pk", filter=Q(shot=None)))
    return [(name, label, counted[name]) for name, (label, _) in SHOWS.items()], counted["_unfiled"]


def shots_of(project: Project, user: User) -> list[Shot]:
    """The shots that a list offers, in their order."""
    return list(Shot.objects.visible_to(user).filter(project=project).order_by("position", "code")[:SHOTS_OFFERED])


def _query(request: HttpRequest, *without: str) -> str:
    """The address's query without its cursor, to be continued."""
    query = request.GET.copy()
    for name in ("after", "part", *without):
        query.pop(name, None)
    return query.urlencode()
