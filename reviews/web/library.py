"""What may I use? One question over all clips that a person may see: what is cleared, and what lacks but one thing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from generations.models import Clip
from generations.models.clip import ClipQuerySet
from reviews.actions import library
from reviews.actions.library import Near, Shelf
from reviews.models import DisclosureRule, LicenceRecordVersion
from reviews.rules import clearance as rules
from reviews.rules import duties
from reviews.rules.clearance import Question
from reviews.rules.clearance_facts import Asked
from reviews.rules.reasons import WORDS
from reviews.web import mends
from reviews.web.colleagues import colleague
from reviews.web.library_form import LibraryForm
from reviews.web.mends import Block
from reviews.web.room import poster_url
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import attempt
from sorahub.lib.sheets import Cell, csv_lines

PAGE_SIZE = 24
HEAD = (
    "Client", "Project", "Clip", "SHA-256", "Use", "Territory", "Purpose", "From", "Until", "Record version", "Licensed until",
    "Time zone", "Restrictions", "Disclosure", "Address",
)  # fmt: skip


@dataclass(frozen=True)
class Card:
    """A clip with its newest record version, what the function answers, and how viewers must be told."""

    clip: Clip
    version: LicenceRecordVersion | None
    granted: bool
    against: list[Block]
    disclosures: list[str]

    @property
    def poster(self) -> str:
        """The address of its picture, or nothing."""
        return poster_url(self.clip)


@login_required
@require_GET
def what_may_i_use(request: HttpRequest) -> HttpResponse:
    """The question, and what the library answers."""
    user = colleague(request)
    asked = "use" in request.GET
    form = LibraryForm(request.GET if asked else None, user=user)
    question = attempt(form, form.question) if asked else None
    context: dict[str, Any] = {
        "form": form,
        "section": "rights",
        "crumbs": [("Rights", reverse("reviews:rights")), ("What may I use?", "")],
    }
    if question is not None:
        context |= _answered(request, user, form, question)
    return render(request, "reviews/library.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def library_csv(request: HttpRequest) -> HttpResponseBase:
    """Everything that is cleared for the question, as a file; each clip is asked of the function before its line is written."""
    user = colleague(request)
    form = LibraryForm(request.GET, user=user)
    question = attempt(form, form.question)
    if question is None:
        return redirect(f"{reverse('reviews:library')}?{request.GET.urlencode()}")
    lines = csv_lines(HEAD, _lines(request, user, form.clips(), question))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"cleared-{question.use}-{question.territory}-{question.at:%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@login_required
@require_GET
def library_near(request: HttpRequest) -> HttpResponse:
    """Part of the page, asked for once it is there: for how many clips one reason alone is in the way."""
    user = colleague(request)
    form = LibraryForm(request.GET, user=user)
    question = attempt(form, form.question)
    if question is None:
        return HttpResponse(status=422)
    found = library.nearly(form.clips(), question)
    context = {"groups": _groups(found), "near": request.GET.get("near", ""), "query": _asked_in(request)}
    return render(request, "reviews/library_near.html", context)


def _answered(request: HttpRequest, user: User, form: LibraryForm, question: Question) -> dict[str, Any]:
    near, after = request.GET.get("near", ""), request.GET.get("after", "")
    near = near if near in WORDS else ""
    shelf = library.ask(form.clips(), question, cursor=after, size=PAGE_SIZE)
    told: dict[str, Any] = {"total": shelf.total, "cleared": shelf.cleared}
    found: Shelf | Near = shelf
    if near:
        found = library.nearly(form.clips(), question, code=near, cursor=after, size=PAGE_SIZE)
        told["groups"] = _groups(found)
    return {
        **told,
        "next_cursor": found.next_cursor,
        "question": question,
        "asked_words": form.words(),
        "near": near,
        "near_words": _message(near) if near else "",
        "cards": cards(found.page, user, question, near),
        "query": _asked_in(request),
    }


def _asked_in(request: HttpRequest) -> str:
    """What was asked, as the query of an address, less the page."""
    return urlencode(
        {name: str(value) for name, value in request.GET.items() if name not in {"near", "after"} and value}
    )


def _groups(found: Near) -> list[tuple[str, str, int]]:
    return [(code, _message(code), many) for code, many in found.groups]


def _message(code: str) -> str:
    """A reason's words, without the particulars that differ from clip to clip."""
    return WORDS[code][0].replace("“{detail}”", "of its own").replace(": {detail}", "").replace("{detail}", "").strip()


def cards(ids: Sequence[UUID], user: User, question: Question, near: str = "") -> list[Card]:
    """Return these clips in their order, each asked of the function again, its signature verified."""
    told = duties.in_force(DisclosureRule.objects.all())
    return [
        Card(
            each.clip,
            each.version,
            each.clearance.granted,
            mends.blocks(each.clearance.reasons, each.clip, each.version),
            _disclosures(each.version, question, told) if each.version else [],
        )
        for each in library.answers(Clip.objects.visible_to(user).for_list(), ids, question, user, near)
    ]


def _disclosures(row: LicenceRecordVersion, question: Question, told: Sequence[DisclosureRule]) -> list[str]:
    """How viewers must be told, for this use and place: the record's own words, and its plans for the duties that bind."""
    asked = Asked(frozenset({question.use}), frozenset({question.territory}), *question.days(row.time_zone))
    titles = {rule.key: rule.title for rule in duties.called_for(told, asked)}
    plans = [
        f"{titles[entry['rule']]}: {entry['plan']}"
        for entry in row.disclosures
        if entry.get("rule") in titles and entry.get("plan") and not entry.get("exempt")
    ]
    return [row.disclosure, *plans] if row.disclosure.strip() else plans


def _lines(request: HttpRequest, user: User, clips: ClipQuerySet, question: Question) -> Iterator[Sequence[Cell]]:
    cursor = ""
    while True:
        found = library.ask(clips, question, cursor=cursor, size=PAGE_SIZE * 10)
        for card in cards(found.page, user, question):
            if card.granted and card.version:
                yield _line(request, card, card.version, question)
        cursor = found.next_cursor
        if not cursor:
            return


def _line(request: HttpRequest, card: Card, row: LicenceRecordVersion, question: Question) -> Sequence[Cell]:
    clip = card.clip
    return (
        clip.project.client.name, clip.project.name, str(clip), clip.sha256, rules.use_label(question.use), question.territory,
        rules.purpose_label(question.purpose), question.at.isoformat(), question.until.isoformat() if question.until else "",
        row.version, row.ends_at.isoformat() if row.ends_at else "without end", row.time_zone, row.restrictions,
        " / ".join(card.disclosures), request.build_absolute_uri(reverse("reviews:clip-rights", args=[clip.pk])),
    )  # fmt: skip
