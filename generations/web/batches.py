"""A project's batches, and the page of one: its progress, its cells, what can be done with them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generations.actions.batch_cells import WAITING, cancel_waiting, retry_safe
from generations.actions.batch_standing import Standing
from generations.actions.batch_standing import standing as standing_of
from generations.models import Batch, Project
from generations.rules.matrix import Matrix, changes, read
from generations.web.batch_grid import figures, laid_out
from generations.web.batch_words import AXES, COMMON, Wording
from generations.web.showing import allowed, page_of
from sorahub.accounts.web.forms import person
from sorahub.lib import keyset
from sorahub.lib.amounts import money_words
from sorahub.lib.ids import read_id

BATCHES_A_PAGE = 24


@login_required
@require_GET
def batches(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List a project's batches, newest first."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    rows = Batch.objects.visible_to(user).filter(project=project).counted().select_related("created_by__person")
    page = keyset.page(rows, request.GET.get("after", ""), BATCHES_A_PAGE)
    context = page_of(project, ("Batches", "")) | {"may": allowed(user), "after": request.GET.get("after", "")}
    context |= {"next_cursor": page.next_cursor, "rows": [(row, _in_short(read(row.matrix))) for row in page.items]}
    return render(request, "generations/batches.html", context)


@login_required
@require_GET
def batch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a batch; ``?rows=`` and ``?columns=`` say how its cells are laid out."""
    return _page(request, pk, "generations/batch.html")


@login_required
@require_GET
def batch_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that changes by itself."""
    return _page(request, pk, "generations/batch_live.html")


@login_required
@require_POST
def batch_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back what still waits."""
    found = get_object_or_404(Batch.objects.visible_to(person(request)), pk=pk)
    told = cancel_waiting(actor=person(request), batch=found)
    words = [f"{told.withdrawn} taken back before they were sent; their money is free again."] if told.withdrawn else []
    words += [f"{told.asked} are asked to stop at their providers."] if told.asked else []
    words += [f"What goes on: {' '.join(told.going_on)}"] if told.going_on else []
    messages.success(request, " ".join(words) or "Nothing waits any more.")
    return redirect("generations:batch", found.pk)


@login_required
@require_POST
def batch_retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask once more for what is safe to ask for again; ``until`` is the newest try that the page showed."""
    found = get_object_or_404(Batch.objects.visible_to(person(request)), pk=pk)
    told = retry_safe(actor=person(request), batch=found, until=read_id(request.POST.get("until", "")))
    if told.refused:
        messages.error(request, " ".join(told.refused))
    number = len(told.generations)
    if number or not told.refused:
        words = f"{number} asked for once more." if number else "Nothing is left that could safely be asked for again."
        messages.success(request, words)
    return redirect("generations:batch", found.pk)


def _page(request: HttpRequest, pk: UUID, template: str) -> HttpResponse:
    user = person(request)
    rows = Batch.objects.visible_to(user).select_related(
        "project__client", "created_by__person", "duplicated_from", "like__prompt__shot", "like__batch"
    )
    found = get_object_or_404(rows, pk=pk)
    standing = standing_of(found, user)
    parent = read(found.duplicated_from.matrix) if found.duplicated_from else None
    matrices = [each for each in (standing.matrix, parent) if each]
    wording = Wording(user, *matrices) if matrices else None
    asked = request.GET.get("rows", ""), request.GET.get("columns", "")
    crumbs = (("Batches", reverse("generations:batches", args=[found.project_id])), (found.name, ""))
    context = page_of(found.project, *crumbs) | {"may": allowed(user), "batch": found, "query": request.GET.urlencode()}
    context |= {"standing": standing, "grid": laid_out(standing, user, wording, *asked), **_told(standing)}
    if wording and standing.matrix:
        context |= _defined(found, standing.matrix, parent, wording)
    return render(request, template, context)


def _told(standing: Standing) -> dict[str, Any]:
    """Progress, figures and money in words."""
    newest = max((cell.last.pk for cell in standing.safe_again), default=None)
    return {
        "figures": figures(standing),
        "sums": [
            (money_words(each.settled, each.currency), money_words(each.aside, each.currency) if each.aside else "")
            for each in standing.sums
        ],
        "waiting": sum(cell.last.state in WAITING and cell.last.cancel_requested_at is None for cell in standing.cells),
        "safe": len(standing.safe_again),
        "until": newest,
    }


def _defined(found: Batch, matrix: Matrix, parent: Matrix | None, wording: Wording) -> dict[str, Any]:
    """What it tried, what was left out, and what its parent had otherwise."""
    left_out: dict[str, list[str]] = {}
    for each in found.left_out:
        reasons = " ".join(dict.fromkeys(reason["message"] for reason in each["reasons"]))
        left_out.setdefault(reasons, []).append(", ".join(wording.cell(matrix, each["cell"])))
    return {
        "axes": [(AXES[axis], wording.axis(matrix, axis)) for axis in AXES if _says(matrix, axis)] + _sheets(matrix),
        "left_out": list(left_out.items()),
        "differences": [wording.change(each) for each in changes(parent, matrix)] if parent else [],
    }


def _sheets(matrix: Matrix) -> list[tuple[str, list[str]]]:
    return [("Sheets", [COMMON["sheets"]])] if matrix.common.get("sheets") else []


def _says(matrix: Matrix, axis: str) -> bool:
    return any(value not in (None, [], ()) for value in matrix.axes[axis]) or len(matrix.axes[axis]) > 1


def _in_short(matrix: Matrix | None) -> str:
    """ "2 prompts × 3 models × 4 seeds" """
    if matrix is None:
        return ""
    names = {
        "prompt": "prompts",
        "model": "models",
        "size": "pictures",
        "seconds": "lengths",
        "references": "sets",
        "seed": "seeds",
    }
    told = [f"{len(matrix.axes[axis])} {names[axis]}" for axis in matrix.varying]
    return " × ".join(told) or "one of each"
