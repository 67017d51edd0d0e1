"""Importing finished footage: the list of a project's imports, handing over, the preview with its mapping, the run and the report."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions import imports
from generations.models import ImportRow, ImportRun, Project
from generations.web.import_forms import HandOverForm, PlanForm
from generations.web.showing import allowed, page_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.ids import read_id
from sorahub.lib.sheets import csv_lines

ROWS_A_PAGE = 50
SENT_SHOWN = 100
State = ImportRow.State
ORDER = (
    State.NEW, State.IMPORTED, State.REPEAT, State.SAME, State.AGAIN, State.REFUSED, State.UNMATCHED, State.UNLISTED,
)  # fmt: skip
SAID = {
    State.NEW: "New", State.IMPORTED: "Imported", State.REPEAT: "Named twice", State.SAME: "Here already", State.AGAIN: "Imported before",
    State.REFUSED: "Refused", State.UNMATCHED: "Without a file", State.UNLISTED: "Left out",
}  # fmt: skip
BADGES = {
    State.NEW: "open", State.IMPORTED: "done", State.REPEAT: "stale", State.SAME: "closed", State.AGAIN: "closed",
    State.REFUSED: "rejected", State.UNMATCHED: "unknown", State.UNLISTED: "draft",
}  # fmt: skip
MOVING = (ImportRun.State.LOOKING, ImportRun.State.RUNNING)


@login_required
@require_GET
def imports_of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List a project's imports, newest first."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    rows = (
        ImportRun.objects.visible_to(user)
        .filter(project=project)
        .select_related("created_by__person")
        .defer("inputs", "manifest")
    )
    context = page_of(project, ("Imports", "")) | {"may": allowed(user)}
    context["page"] = keyset.page(rows, request.GET.get("after", ""))
    return render(request, "generations/imports.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hand footage over. ``?mends=`` names the import whose mended report comes back."""
    user = person(request)
    user.demand(Permission.UPLOAD)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    mends = _mended(request, user, project)
    posted = (request.POST,) if request.method == "POST" else ()
    form = HandOverForm(*posted, user=user, project=project, initial=mends.options if mends else {})
    if made := attempt(
        form, lambda: imports.create_import(actor=user, project=project, mends=mends, **form.arguments())
    ):
        return redirect("generations:import", made.pk)
    context = page_of(project, ("Imports", reverse("generations:imports", args=[project.pk])), ("New", ""))
    waiting = list(form.sent[: SENT_SHOWN + 1])
    more = form.sent.count() - SENT_SHOWN if len(waiting) > SENT_SHOWN else 0
    context |= {"form": form, "mends": mends, "waiting": waiting[:SENT_SHOWN], "more": more, "status": 200}
    context["named"] = {read_id(each) for each in request.POST.get("transfers", "").split(",")}
    context["sent"] = len(context["waiting"]) + more
    return render(request, "generations/import_new.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One import: what would happen or did, row by row; a POST corrects how its manifest is read. htmx asks for the changing part."""
    user = person(request)
    run = _run(user, pk)
    begins = run.state == ImportRun.State.READY and user.may(Permission.UPLOAD) and run.project.archived_at is None
    form = None
    if begins or request.method == "POST":
        user.demand(Permission.UPLOAD)
        form = PlanForm(*((request.POST,) if request.method == "POST" else ()), user=user, run=run)
        if attempt(form, lambda: imports.plan_import(actor=user, run=run, **form.arguments())) is not None:
            return redirect("generations:import", run.pk)
    context = _context(request, user, run) | {"form": form, "begins": begins}
    if request.headers.get("HX-Request") == "true":
        part = render(request, "generations/import_live.html", context)
        if run.state not in MOVING:  # what can be done now stands outside of the changing part
            part.headers["HX-Refresh"] = "true"
        return part
    return render(request, "generations/import.html", context)


@login_required
@require_POST
def import_start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin."""
    user = person(request)
    imports.start_import(actor=user, run=_run(user, pk), declaration=bool(request.POST.get("declaration")))
    return redirect("generations:import", pk)


@login_required
@require_POST
def import_stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop after the batch in hand."""
    user = person(request)
    imports.stop_import(actor=user, run=_run(user, pk))
    messages.success(request, "Stopped. What came in stays, and it can go on from there.")
    return redirect("generations:import", pk)


@login_required
@require_POST
def import_resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Go on."""
    user = person(request)
    imports.resume_import(actor=user, run=_run(user, pk))
    return redirect("generations:import", pk)


@login_required
@require_GET
def import_report(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The rows that did not go in, as CSV."""
    run = _run(person(request), pk)
    head, lines = imports.report_of(run)
    answer = StreamingHttpResponse(csv_lines(head, lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{run.project.code}-to-mend.csv"'
    return answer


def _run(user: User, pk: UUID) -> ImportRun:
    rows = ImportRun.objects.visible_to(user).select_related("project__client", "created_by__person", "mends")
    return get_object_or_404(rows, pk=pk)


def _mended(request: HttpRequest, user: User, project: Project) -> ImportRun | None:
    wanted = request.GET.get("mends", "")
    if not wanted:
        return None
    try:
        return ImportRun.objects.visible_to(user).filter(project=project, pk=UUID(wanted)).first()
    except ValueError:
        return None


def _context(request: HttpRequest, user: User, run: ImportRun) -> dict[str, Any]:
    chosen = request.GET.get("state", "")
    counts = imports.counts_of(run)
    rows = ImportRow.objects.visible_to(user).filter(run=run).select_related("clip", "file")
    if chosen in State.values:
        rows = rows.filter(state=chosen)
    page = keyset.page(rows, request.GET.get("after", ""), ROWS_A_PAGE, oldest_first=True)
    way = ("Imports", reverse("generations:imports", args=[run.project_id]))
    return page_of(run.project, way, (run.name, "")) | {
        "run": run,
        "may": allowed(user),
        "trouble": imports.trouble_of(run),
        "chosen": chosen,
        "tabs": [(each.value, SAID[each], counts[each]) for each in ORDER if counts.get(each)],
        "amiss": sum(counts.get(each, 0) for each in ImportRow.AMISS),
        "fresh": counts.get(State.NEW, 0),
        "shotless": (shotless := _shotless(user, run)),
        "shotless_title": f"{shotless} row{'s name shots' if shotless != 1 else ' names a shot'} that the project does not have",
        "all": sum(counts.values()),
        "page": page,
        "rows": [(row, BADGES[State(row.state)], SAID[State(row.state)]) for row in page.items],
        "pace": _pace(run),
    }


def _shotless(user: User, run: ImportRun) -> int:
    """How many rows would be refused because there is no such shot; 0 once that can no longer be mended here."""
    if run.state != ImportRun.State.READY:
        return 0
    return ImportRow.objects.visible_to(user).filter(run=run, code="no-such-shot").count()


def _pace(run: ImportRun) -> str:
    """How fast it goes and how long it will take yet, in words."""
    if run.state != ImportRun.State.RUNNING or run.work_seconds < 1 or not run.bytes_done:
        return ""
    left = max(0, run.bytes_total - run.bytes_done) * run.work_seconds / run.bytes_done
    speed = filesizeformat(run.bytes_done / run.work_seconds)
    words = f"about {round(left / 60)} min left" if left > 90 else f"about {max(1, round(left))} s left"
    return f"{filesizeformat(run.bytes_done)} of {filesizeformat(run.bytes_total)} · {speed} a second · {words}"
