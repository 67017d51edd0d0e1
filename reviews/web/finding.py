"""The search page: what was typed and chosen, what was found, by what it can be narrowed, and the views that somebody kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from reviews.actions import saved_views
from reviews.actions.searching.asking import BEST, MOST, NEWEST, Found, Question, ask
from reviews.actions.searching.export import HEAD, lines
from reviews.actions.searching.facets import Facet, facets
from reviews.actions.searching.hits import Hit, hits
from reviews.actions.searching.narrowing import SHAPES, STATES, Narrowing
from reviews.models import Findable, SavedView
from reviews.rules import search_query
from reviews.web.room import poster_url
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import InvalidInput
from sorahub.lib.ids import read_id
from sorahub.lib.sheets import csv_lines

CHOICES = ("kind", "project", "client", "person", "model", "state", "review", "shape", "size", "tag", "after", "before")
PLAIN = ("model", "state", "review", "shape", "size", "after", "before")
FIELD = "field-"
EXAMPLES = (
    '"golden hour"',
    "light*",
    "harbour -rain",
    "kind:note is:open",
    "shape:portrait model:sora",
    "by:me after:2026-11-01",
)
PAGES = {
    Findable.SHOT: "generations:shot",
    Findable.PROJECT: "generations:project",
    Findable.TERMS: "reviews:terms-version",
    Findable.CLIP: "reviews:clip",
    Findable.GENERATION: "generations:generation",
    Findable.REFERENCE: "generations:reference",
}


@dataclass(frozen=True)
class Card:
    """A hit with its address and picture."""

    hit: Hit
    url: str
    poster: str


@dataclass(frozen=True)
class Choice:
    """A value of a facet with the address that chooses it, or takes it off again."""

    label: str
    count: int | None
    query: str
    chosen: bool
    look: str = ""


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found. Without a question: the person's own view, if they keep one for that; else what one can ask."""
    user = person(request)
    if not request.GET:
        own = (
            SavedView.objects.visible_to(user).filter(owner=user, place=SavedView.Place.SEARCH, is_default=True).first()
        )
        if own is not None and own.query:
            return redirect(f"{reverse('reviews:search')}?{own.query}")
    context: dict[str, Any] = _frame(request, user)
    status = 200
    if context["asked"]:
        try:
            question = _question(request.GET)
            context |= _answered(request.GET, user, ask(user, question), question)
        except InvalidInput as error:
            context |= {"problem": error.message}
            status = 422
    return render(request, "reviews/search.html", context, status=status)


@login_required
@require_GET
def search_csv(request: HttpRequest) -> HttpResponseBase:
    """What was found as a file, as far as it is counted, with tags and the clients' own fields."""
    user = person(request)
    if user.kind == Kind.GUEST:
        raise Http404
    question = replace(_question(request.GET), size=MOST, cursor="")
    rows = lines(user, ask(user, question), lambda hit: request.build_absolute_uri(address(hit)))
    answer = StreamingHttpResponse(csv_lines(HEAD, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="found.csv"'
    return answer


def address(hit: Hit) -> str:
    """Return where a thing is looked at."""
    thing = hit.thing
    if hit.kind == Findable.NOTE:
        return f"{reverse('reviews:clip', args=[thing.clip_id])}#f{thing.frame_in}"
    if hit.kind == Findable.PROMPT:
        return f"{reverse('generations:prompts', args=[thing.shot_id])}?version={thing.version}#v{thing.version}"
    return reverse(PAGES[Findable(hit.kind)], args=[hit.id])


def _frame(request: HttpRequest, user: User) -> dict[str, Any]:
    given = request.GET
    views = (
        SavedView.objects.visible_to(user)
        .filter(place=SavedView.Place.SEARCH)
        .select_related("owner__person", "project")
    )
    query = _query(given)
    return {
        "q": given.get("q", ""),
        "asked": any(given.get(name) for name in ("q", *CHOICES)) or any(name.startswith(FIELD) for name in given),
        "query": query,
        "kept": [(name, value) for name, value in given.items() if name not in {"q", "after_row"} and value],
        "views": list(views),
        "open_view": next((view for view in views if view.query == query), None),
        "guest": user.kind == Kind.GUEST,
        "may_share": user.kind != Kind.GUEST,
        "may_tag": user.may(Permission.CHOOSE) or user.may(Permission.MANAGE_PROJECT),
        "shared": SavedView.Shared.choices,
        "examples": EXAMPLES[:4] if user.kind == Kind.GUEST else EXAMPLES,
        "filters": search_query.FIELDS.items(),
        "can_find": saved_views.FINDABLE_WORDS[user.kind == Kind.GUEST],
    }


def _answered(given: QueryDict, user: User, found: Found, question: Question) -> dict[str, Any]:
    counted = facets(user, found.rows)
    kinds = next((facet for facet in counted if facet.name == "kind"), None)
    return {
        "cards": [
            Card(hit, address(hit), poster_url(hit.thing) if hit.kind == Findable.CLIP else "")
            for hit in hits(user, found)
        ],
        "count": found.count,
        "more": found.more,
        "most": MOST,
        "tabs": _tabs(given, kinds),
        "facets": [(facet.label, _choices(given, facet)) for facet in counted if facet.name != "kind"],
        "narrowed": _narrowed(given, counted),
        "sorts": [
            (words, _query(given, sort=name), question.sort == name)
            for name, words in ((BEST, "Best match"), (NEWEST, "Newest"))
        ],
        "has_words": bool(found.groups),
        "next_query": _query(given, after_row=found.next_cursor) if found.next_cursor else "",
        "first_query": _query(given) if question.cursor else "",
        "end_of_counted": found.more and not found.next_cursor,
    }


def _tabs(given: QueryDict, kinds: Facet | None) -> list[Choice]:
    chosen = given.get("kind", "")
    values = kinds.values if kinds else []
    tabs = [
        Choice(value.label, value.count, _query(given, kind=value.value), value.value == chosen) for value in values
    ]
    return [Choice("Everything", None, _query(given, kind=""), not chosen), *tabs]


def _choices(given: QueryDict, facet: Facet) -> list[Choice]:
    chosen = given.get(facet.name, "")
    told = []
    for value in facet.values:
        on = value.value == chosen
        told.append(
            Choice(value.label, value.count, _query(given, **{facet.name: "" if on else value.value}), on, value.look)
        )
    return told


def _narrowed(given: QueryDict, counted: Sequence[Facet]) -> list[Choice]:
    """What narrows the list now, each with the way to take it off."""
    labels = {(facet.name, value.value): f"{facet.label}: {value.label}" for facet in counted for value in facet.values}
    told = []
    for name, value in given.items():
        if value and name != "kind" and (name in CHOICES or name.startswith(FIELD)):
            shown = (
                value if name in PLAIN or (name == "tag" and not read_id(str(value))) else "one that nothing here has"
            )
            plain = f"{name.partition('-')[0].capitalize()}: {shown}"
            told.append(Choice(labels.get((name, str(value)), plain), None, _query(given, **{name: ""}), chosen=True))
    return told


def _query(given: QueryDict, **changes: str) -> str:
    """The address's query less the page, with these changes."""
    said = {
        name: value
        for name, value in given.items()
        if value and (name in ("q", "sort", *CHOICES) or name.startswith(FIELD))
    }
    said |= changes
    return urlencode({name: value for name, value in said.items() if value})


def _question(given: QueryDict) -> Question:
    """Read the address. Raises InvalidInput for a day that is none; what else makes no sense narrows nothing."""
    if any("\0" in str(value) for value in given.values()):
        words = "There is a character in it that no text holds."
        raise InvalidInput(words, code="bad-query", fields={"q": words})
    kind, state, shape = given.get("kind", ""), given.get("state", ""), given.get("shape", "")
    chosen = Narrowing(
        kind=kind if kind in Findable.values else "",
        project=read_id(given.get("project")), client=read_id(given.get("client")),
        person=read_id(given.get("person")), tag=given.get("tag", ""),
        model=given.get("model", ""), state=state if state in STATES else "", shape=shape if shape in SHAPES else "", size=given.get("size", ""),
        review=given.get("review", ""), after=_day(given, "after"), before=_day(given, "before"), fields=tuple(_fields(given)),
    )  # fmt: skip
    sort = given.get("sort", BEST)
    return Question(given.get("q", ""), chosen, sort if sort in (BEST, NEWEST) else BEST, given.get("after_row", ""))


def _fields(given: QueryDict) -> Iterator[tuple[UUID, str]]:
    for name, value in given.items():
        pk = read_id(name.removeprefix(FIELD)) if name.startswith(FIELD) else None
        if pk and value:
            yield pk, str(value)


def _day(given: QueryDict, name: str) -> date | None:
    said = given.get(name)
    return search_query.day(str(said), name) if said else None
