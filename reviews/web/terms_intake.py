"""What surrounds the capture of terms: a source's own facts, captures that a job makes, archives that are imported."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviews.actions import fetch_terms, import_terms, terms
from reviews.models import TermsImport, TermsSource
from reviews.web import trails
from reviews.web.colleagues import colleague
from reviews.web.form_pages import form_page
from reviews.web.terms_forms import SourceForm
from reviews.web.terms_import_forms import ArchiveForm, ChoicesForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib.keyset import page

SHOWN_ERRORS = 200
BEGINS = [*import_terms.BEGINS]
UNDER_WAY = (TermsImport.State.LOOKING, TermsImport.State.RUNNING)


@login_required
@require_http_methods(["GET", "POST"])
def source_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what is said of a document."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    source = get_object_or_404(TermsSource.objects.visible_to(user), pk=pk)
    form = SourceForm(request.POST or None, initial=SourceForm.initial_of(source))
    if attempt(form, lambda: terms.edit_source(actor=user, source=source, **form.arguments())) is not None:
        messages.success(request, "Saved. The captured versions stay as they are.")
        return redirect("reviews:terms-source", pk=pk)
    return form_page(
        request,
        form,
        title="Edit the document",
        lead=f"{source}: what is said of it. What was captured does not change.",
        submit="Save",
        crumbs=[*trails.to_terms(last="")[:-1], *trails.to_source(source), ("Edit", "")],
    )


@login_required
@require_http_methods(["GET", "POST"])
def errand(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say how a capture by a job stands, and try it again; htmx asks for the changing part alone."""
    user = colleague(request)
    if request.method == "POST":
        return redirect("reviews:terms-errand", pk=fetch_terms.try_again(actor=user, pk=pk).pk)
    shown = fetch_terms.errand_of(actor=user, pk=pk)
    context = {
        "errand": shown,
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "crumbs": [*trails.to_terms(last="")[:-1], *trails.to_source(shown.source), ("Capture", "")],
        "section": "rights",
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "reviews/terms_errand_live.html" if part else "reviews/terms_errand.html", context)


@login_required
@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """The archives that were brought in, newest first."""
    user = colleague(request)
    rows = TermsImport.objects.visible_to(user).select_related("created_by__person").defer("documents", "errors")
    context = {
        "page": page(rows, request.GET.get("after", "")),
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "crumbs": trails.to_terms(last="Archives"),
        "section": "rights",
    }
    return render(request, "reviews/terms_imports.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload an archive, to see what is in it."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    form = ArchiveForm(request.POST or None, request.FILES or None)
    made = attempt(form, lambda: import_terms.upload_archive(actor=user, **form.arguments()))
    if made is not None:
        return redirect("reviews:terms-import", pk=made.pk)
    return form_page(
        request,
        form,
        title="Import an archive",
        lead="A history of terms that somebody recorded, such as a collection of Open Terms Archive. What it holds is shown "
        "first; nothing is kept before you choose. Nothing is fetched.",
        submit="Show what is in it",
        crumbs=_to_imports("Import"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One archive: what is in it and where it goes, how far the import is, and what could not be kept."""
    user = colleague(request)
    row = get_object_or_404(TermsImport.objects.visible_to(user).select_related("created_by__person"), pk=pk)
    may, begins = user.may(Permission.CAPTURE_TERMS), row.state in BEGINS
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        user.demand(Permission.CAPTURE_TERMS)
    form = ChoicesForm(posted, actor=user, row=row) if may and (begins or posted is not None) else None
    if form is not None and attempt(form, partial(_start, user, row, form)) is not None:
        return redirect("reviews:terms-import", pk=pk)
    context = {
        "row": row,
        "form": form,
        "trouble": import_terms.trouble_of(row),
        "errors": row.errors[:SHOWN_ERRORS],
        "went": _went(user, row),
        "may_capture": may,
        "crumbs": _to_imports(str(row)),
        "section": "rights",
    }
    if request.headers.get("HX-Request") == "true":
        part = render(request, "reviews/terms_import_live.html", context)
        if row.state not in UNDER_WAY:  # what one can do now stands outside the changing part
            part.headers["HX-Refresh"] = "true"
        return part
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "reviews/terms_import.html", context, status=status)


@login_required
@require_POST
def import_stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop an import after the record in hand."""
    user = colleague(request)
    row = get_object_or_404(TermsImport.objects.visible_to(user), pk=pk)
    import_terms.stop_import(actor=user, row=row)
    messages.success(request, "Stopped. What was imported stays, and it can go on from there.")
    return redirect("reviews:terms-import", pk=pk)


@login_required
@require_POST
def import_resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Go on with a stopped import."""
    user = colleague(request)
    row = get_object_or_404(TermsImport.objects.visible_to(user), pk=pk)
    import_terms.resume_import(actor=user, row=row)
    return redirect("reviews:terms-import", pk=pk)


def _start(user: User, row: TermsImport, form: ChoicesForm) -> TermsImport:
    return import_terms.start_import(actor=user, row=row, **form.arguments())


def _went(user: User, row: TermsImport) -> list[tuple[dict[str, str], TermsSource]]:
    """Each chosen document with the source that it goes to."""
    sources = TermsSource.objects.visible_to(user).in_bulk([each["source"] for each in row.chosen])
    found = {str(pk): source for pk, source in sources.items()}
    return [(each, found[each["source"]]) for each in row.chosen if each["source"] in found]


def _to_imports(last: str) -> trails.Trail:
    return [*trails.to_terms(last="")[:-1], *trails.to_imports(), (last, "")]
