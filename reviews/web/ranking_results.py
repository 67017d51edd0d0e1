"""What came of a closed ranking: takes by their strengths and by name, who agreed with whom, and the same as files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from generations.models import Clip
from reviews.actions import ranking_scores
from reviews.models import Ranking, RankingEntry, RankingResult, RankingVote
from reviews.web import room
from reviews.web.made import Line, made_from
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.sheets import Cell, csv_lines

SHOWN = ("Model", "Length", "Picture", "Seed", "Cost")
"""Of what a take was made from, what stands in the table; the rest is beneath it."""
EVEN = Decimal("0.5")
TAKES_HEAD = (
    "rank", "take", "clip", "sha256", "model", "strength", "standard error", "low 95 %", "high 95 %", "comparisons", "points",
    "chance against the first", "question", "method", "state", "votes", "votes sha256", "closed",
)  # fmt: skip
VOTES_HEAD = ("judge", "number", "first take", "second take", "left take", "said", "stands", "blind", "at")


@dataclass(frozen=True)
class Row:
    """A take and its score. ``bar`` and ``dot`` place its interval on the common scale, in percent of its width."""

    rank: int
    clip: Clip
    poster: str
    facts: list[tuple[str, str]]
    score: dict[str, Any]
    bar: tuple[float, float]
    dot: float
    selected: bool
    choosable: bool


def context(ranking: Ranking, user: User) -> dict[str, Any]:
    """What templates/reviews/ranking_results.html takes; expects a closed ranking whose scores are there."""
    result = ranking_scores.result_of(ranking)
    if result is None:
        return {}
    scores = result.scores
    clips = clips_of(ranking)
    made = made_from(clips, user)
    lines = [*made.differing, *made.equal] if made else []
    rows = _rows(scores, clips, lines)
    places = [scores_row["take"] for scores_row in scores["takes"]] or list(range(len(clips)))
    late = _named_late(ranking)
    return {
        "result": result,
        "scores": scores,
        "rows": rows,
        "leader": rows[0] if scores["takes"] else None,
        "matrix": _matrix(scores, places, clips),
        "takes_by_place": [(number, clips[place]) for number, place in enumerate(places, 1)],
        "opinions": _opinions(ranking, scores, places),
        "each_pair": _pairs(scores, places),
        "made": made,
        "made_takes": [{"letter": places.index(place) + 1, "clip": clip} for place, clip in enumerate(clips)],
        "agreement_percent": percent(scores["agreement"]["percent"]),
        "not_blind": late,
        "sides": _sides(scores["sides"]),
    }


def clips_of(ranking: Ranking) -> list[Clip]:
    """Return the takes by their places, with what the page shows of them joined."""
    rows = ranking.entries.order_by("position").values_list("clip_id", flat=True)
    found = {
        clip.pk: clip
        for clip in Clip.objects.filter(ranking_entries__ranking=ranking)
        .for_list()
        .select_related("declared_by__person")
    }
    return [found[pk] for pk in rows]


def _rows(scores: dict[str, Any], clips: Sequence[Clip], lines: Sequence[Line]) -> list[Row]:
    told = scores["takes"] or [{"take": place} for place in range(len(clips))]
    low = min((row["low"] for row in scores["takes"]), default=0.0)
    width = max((row["high"] for row in scores["takes"]), default=1.0) - low or 1.0
    return [_row(number, row, clips[row["take"]], lines, (low, width)) for number, row in enumerate(told, 1)]


def _row(number: int, score: dict[str, Any], clip: Clip, lines: Sequence[Line], scale: tuple[float, float]) -> Row:
    low, width = scale
    cells = [(line.label, line.cells[score["take"]]) for line in lines if line.label in SHOWN]
    place = {name: 100 * (score[name] - low) / width for name in ("low", "strength", "high") if name in score}
    return Row(
        rank=number,
        clip=clip,
        poster=room.poster_url(clip),
        facts=[(label, f"{cell.used or cell.text}") for label, cell in cells],
        score=score,
        bar=(round(place["low"], 2), round(place["high"] - place["low"], 2)) if place else (0, 0),
        dot=round(place["strength"], 2) if place else 0,
        selected=clip.shot is not None and clip.shot.selected_clip_id == clip.pk,
        choosable=clip.shot is not None and not (clip.quarantined_at or clip.withdrawn_at),
    )


def _matrix(scores: dict[str, Any], places: Sequence[int], clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """Rows and columns in the order of the ranks: wins and ties, and the chance that the row's take is the better."""
    return [
        {"rank": number, "clip": clips[one], "cells": [_cell(scores, one, other) for other in places]}
        for number, one in enumerate(places, 1)
    ]


def _cell(scores: dict[str, Any], one: int, other: int) -> dict[str, Any] | None:
    if one == other:
        return None
    sure = scores["sure"][one][other] if scores["sure"] else None
    return {
        "wins": scores["wins"][one][other],
        "ties": scores["ties"][one][other],
        "lost": scores["wins"][other][one],
        "sure": percent(sure),
        "likely": sure is not None and sure >= EVEN,
    }


def percent(share: float | None) -> str:
    """Return "96 %"; what is not quite certain is never written as 0 or 100."""
    if share is None:
        return ""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{round(100 * share)} %"


def _opinions(ranking: Ranking, scores: dict[str, Any], places: Sequence[int]) -> list[dict[str, Any]]:
    ranks = {place: number for number, place in enumerate(places, 1)}
    names = {judge.number: judge.user.get_full_name() for judge in ranking.judges.select_related("user__person")}
    return [
        {
            "name": names[one["judge"]],
            "order": [{"rank": ranks[row["take"]], "share": percent(row["share"]), "met": row["met"]} for row in one["order"]],
        }
        for one in scores["judges"]
    ]  # fmt: skip


def _pairs(scores: dict[str, Any], places: Sequence[int]) -> list[dict[str, Any]]:
    """Each pair with the higher ranked take first, those that judges agree least on before the others."""
    ranks = {place: number for number, place in enumerate(places, 1)}
    found = []
    for row in scores["pairs"]:
        one, other = (ranks[place] for place in row["pair"])
        told = {"first": row["first"], "second": row["second"]}
        if one > other:
            one, other, told = other, one, {"first": row["second"], "second": row["first"]}
        agreement = row["agreement"]
        found.append(
            {"one": one, "other": other, **told, "tie": row["tie"], "agreement": percent(agreement), "sort": agreement}
        )
    return sorted(found, key=lambda row: (row["sort"] is None, row["sort"] or 0.0, row["one"], row["other"]))


def _sides(sides: dict[str, Any]) -> dict[str, Any]:
    voted = sides["left"] + sides["right"]
    return {**sides, "share": percent(sides["left"] / voted) if voted else "", "uneven": (sides["p"] or 1.0) < 0.05}


def _named_late(ranking: Ranking) -> int:
    """How many of the votes that stand were cast after the takes had been named: before the last closing."""
    if ranking.named_at is None:
        return 0
    newer = RankingVote.objects.filter(judge=OuterRef("judge"), pair=OuterRef("pair"), number__gt=OuterRef("number"))
    late = RankingVote.objects.filter(~Exists(newer), judge__ranking=ranking, at__gt=ranking.named_at)
    return late.exclude(choice__in=[RankingVote.Choice.SKIP, RankingVote.Choice.WITHDRAWN]).count()


@login_required
@require_GET
def takes_csv(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The scores as a file for spreadsheets."""
    user, ranking, result = _asked(request, pk)
    return _file(csv_lines(TAKES_HEAD, _take_lines(ranking, result, user)), f"ranking-{ranking.pk}-takes.csv")


@login_required
@require_GET
def votes_csv(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Every row of every judge, with whether it stands and whether it was blind."""
    _, ranking, _ = _asked(request, pk)
    return _file(csv_lines(VOTES_HEAD, _vote_lines(ranking)), f"ranking-{ranking.pk}-votes.csv")


@login_required
@require_GET
def results_json(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Everything that was computed, with the takes named by clip."""
    _, ranking, result = _asked(request, pk)
    answer = JsonResponse(ranking_scores.told(ranking, result))
    answer.headers["Content-Disposition"] = f'attachment; filename="ranking-{ranking.pk}.json"'
    return answer


def _asked(request: HttpRequest, pk: UUID) -> tuple[User, Ranking, RankingResult]:
    user = person(request)
    ranking = get_object_or_404(Ranking.objects.visible_to(user), pk=pk)
    return user, ranking, ranking_scores.result_for(ranking)


def _file(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _take_lines(ranking: Ranking, result: RankingResult, user: User) -> Iterator[list[Cell]]:
    scores = result.scores
    clips = clips_of(ranking)
    made = made_from(clips, user)
    models = next((line for line in (*made.differing, *made.equal) if line.label == "Model"), None) if made else None
    first = scores["takes"][0]["take"] if scores["takes"] else None
    tail = [ranking.question, scores["method"], scores["state"], result.votes, result.votes_sha256]
    for number, row in enumerate(scores["takes"] or [{"take": place} for place in range(len(clips))], 1):
        clip = clips[row["take"]]
        numbers = [_number(row.get(name)) for name in ("strength", "error", "low", "high", "met", "points")]
        chance = _number(scores["chances"][row["take"]][first]) if first is not None else None
        yield [
            number if scores["takes"] else None, str(clip), str(clip.pk), clip.sha256,
            models.cells[row["take"]].text if models else "", *numbers, chance, *tail, f"{ranking.closed_at:%Y-%m-%dT%H:%M:%SZ}",
        ]  # fmt: skip


def _vote_lines(ranking: Ranking) -> Iterator[list[Cell]]:
    named: dict[UUID, str] = {
        entry.pk: str(entry.clip) for entry in RankingEntry.objects.filter(ranking=ranking).select_related("clip__shot")
    }
    rows = list(
        RankingVote.objects.filter(judge__ranking=ranking)
        .select_related("judge__user__person", "pair")
        .order_by("judge__number", "number")
    )
    last = {(row.judge_id, row.pair_id): row.pk for row in rows}
    for row in rows:
        stands = last[row.judge_id, row.pair_id] == row.pk and row.choice != RankingVote.Choice.WITHDRAWN
        blind = ranking.named_at is None or row.at <= ranking.named_at
        yield [
            row.judge.user.get_full_name(), row.number, named[row.pair.first_id], named[row.pair.second_id], named[row.left_id],
            row.choice, "yes" if stands else "no", "yes" if blind else "no", f"{row.at:%Y-%m-%dT%H:%M:%SZ}",
        ]  # fmt: skip


def _number(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(value), 6)
