"""What a judge sees of a ranking: two pictures and a question. Nothing here says which take, model, prompt, file or price it is."""

from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from generations.actions.watching import original_of
from generations.models import Rendition
from reviews.actions import ranking_votes
from reviews.actions.ranking_votes import Seat, Shown
from reviews.models import Ranking, RankingEntry
from reviews.web.choosing import answers_script
from reviews.web.rankings import to_rankings
from reviews.web.reading import identity
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import InvalidInput
from sorahub.lib.ranges import ranged_response

KEPT_SECONDS = 600
"""So long a browser keeps a picture: the same take comes again, and the next pair is fetched beforehand."""
WORDS = {"left": "The left one.", "right": "The right one.", "tie": "Equally good.", "skip": "Skipped."}


@never_cache
@login_required
@require_GET
def judge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The pair that comes next for this judge; a script asks with ``Accept: application/json`` for where they stand."""
    user = person(request)
    ranking = _seen(user, pk)
    if ranking.closed_at is not None:
        return redirect("reviews:ranking", pk=pk)
    seat = ranking_votes.seat_of(actor=user, ranking=ranking)
    stands = standing(ranking, seat)
    if not request.accepts("text/html"):
        return JsonResponse(stands)
    context = {
        "ranking": ranking,
        "stands": stands,
        "sides": list(stands["pair"]["sides"].items()) if stands["pair"] else [],
        "open_project": ranking.project.archived_at is None,
        "crumbs": to_rankings(ranking.project, last="Judge"),
        "section": "reviews",
    }
    return render(request, "reviews/ranking_judge.html", context)


@login_required
@require_POST
@answers_script
def vote(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer a pair: ``pair``, ``choice`` (left, right, tie, skip) and the ``number`` that the page was told."""
    said = request.POST
    pair, number, choice = identity(said.get("pair"), "pair"), _number(request), said.get("choice", "")
    user = person(request)
    ranking = _seen(user, pk)
    ranking_votes.vote(actor=user, ranking=ranking, pair=pair, choice=choice, number=number)
    return _answer(request, user, ranking, WORDS[choice])


@login_required
@require_POST
@answers_script
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the last answer back: its pair comes again."""
    user = person(request)
    ranking = _seen(user, pk)
    ranking_votes.undo(actor=user, ranking=ranking, number=_number(request))
    return _answer(request, user, ranking, "Taken back: here is that pair again.")


@login_required
@require_POST
@answers_script
def skipped(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the skipped pairs come again."""
    user = person(request)
    ranking = _seen(user, pk)
    ranking_votes.take_up_skipped(actor=user, ranking=ranking)
    return _answer(request, user, ranking, "Here are the pairs that you skipped.")


@login_required
@require_safe
def media(request: HttpRequest, pk: UUID, entry_pk: UUID, kind: str) -> HttpResponseBase:
    """Stream what is played (``video``) or its poster, under an address and a tag that say nothing about the take."""
    user = person(request)
    ranking = _seen(user, pk)
    entry = get_object_or_404(RankingEntry.objects.select_related("clip__project"), pk=entry_pk, ranking=ranking)
    path, media_type, tag = _file(user, entry, kind)
    return ranged_response(
        request, path, content_type=media_type, etag=sha256(f"{entry.pk}:{tag}".encode()).hexdigest(),
        accel_prefix=settings.MEDIA_ACCEL_PREFIX, max_age=KEPT_SECONDS,
    )  # fmt: skip


def standing(ranking: Ranking, seat: Seat) -> dict[str, Any]:
    """Return where a judge stands, as the page and its script read it: the next pair, and the one after it to be fetched."""
    to_come = seat.to_come
    return {
        "answered": len(seat.order) - len(to_come),
        "total": len(seat.order),
        "skipped": seat.skipped,
        "number": seat.next_number,
        "undo": seat.last is not None,
        "pair": _pair(ranking, to_come[0]) if to_come else None,
        "next": _pair(ranking, to_come[1]) if len(to_come) > 1 else None,
    }


def _pair(ranking: Ranking, shown: Shown) -> dict[str, Any]:
    sides = {"left": _side(ranking, shown.left), "right": _side(ranking, shown.right)}
    return {"id": str(shown.pair.pk), "sides": sides}


def _side(ranking: Ranking, entry: RankingEntry) -> dict[str, Any]:
    """What a player needs: addresses by random ids, rate, length and form."""
    clip = entry.clip
    kinds = {row.kind for row in clip.renditions.all()}
    proxy = Rendition.Kind.PROXY in kinds
    first = (0, 1) if proxy else (clip.first_time_num, clip.first_time_den)
    poster = Rendition.Kind.POSTER in kinds
    return {
        "src": _address(ranking, entry, "video") if proxy or clip.scrub_safe else "",
        "poster": _address(ranking, entry, "poster") if poster else "",
        "num": clip.rate_num,
        "den": clip.rate_den,
        "count": clip.frame_count,
        "firstNum": first[0],
        "firstDen": first[1],
        "aspect": round(clip.width / clip.height, 4),
        "sound": bool(clip.audio_codec),
    }


def _file(user: User, entry: RankingEntry, kind: str) -> tuple[Path, str, str]:
    """The review proxy, else the original where that can be sought frame by frame, as the compare page plays it; or the poster.

    Raises Http404, and Conflict for a quarantined original.
    """
    wanted = {"video": Rendition.Kind.PROXY, "poster": Rendition.Kind.POSTER}.get(kind)
    row = Rendition.objects.filter(clip=entry.clip, kind=wanted).first() if wanted else None
    if row is not None:
        return Path(settings.MEDIA_ROOT) / row.storage_key, row.media_type, row.sha256
    if kind != "video" or not entry.clip.scrub_safe:
        raise Http404
    path, media_type = original_of(actor=user, clip=entry.clip)
    return path, media_type, entry.clip.sha256


def _address(ranking: Ranking, entry: RankingEntry, kind: str) -> str:
    return reverse("reviews:ranking-media", args=[ranking.pk, entry.pk, kind])


def _answer(request: HttpRequest, user: User, ranking: Ranking, words: str) -> HttpResponse:
    """Where the judge stands now, for a script; a browser goes to the next pair."""
    if request.accepts("text/html"):
        messages.success(request, words)
        return redirect("reviews:ranking-judge", pk=ranking.pk)
    seat = ranking_votes.seat_of(actor=user, ranking=ranking)
    return JsonResponse({**standing(ranking, seat), "words": words})


def _number(request: HttpRequest) -> int:
    text = request.POST.get("number", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise InvalidInput("Send the number that the page was told.", fields={"number": "A whole number."})
    return int(text)


def _seen(user: User, pk: UUID) -> Ranking:
    return get_object_or_404(Ranking.objects.visible_to(user).select_related("project__client"), pk=pk)
