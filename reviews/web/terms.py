"""Terms: documents, and their captured versions with marked clauses."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from reviews.actions import terms as actions
from reviews.models import Clause, TermsSource, TermsVersion
from reviews.web import trails
from reviews.web.colleagues import colleague as _colleague
from reviews.web.terms_forms import CaptureForm, ClauseForm, SourceForm
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib.keyset import page

SUFFIXES = {"text/plain": "txt", "text/markdown": "md", "text/html": "html"}


@login_required
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """The documents whose terms are captured."""
    user = _colleague(request)
    rows = TermsSource.objects.visible_to(user).annotate(
        captures=Count("versions"), newest=Max("versions__captured_at")
    )
    context = {
        "page": page(rows, request.GET.get("after", "")),
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "crumbs": [*trails.to_terms(last="")[:1], ("Terms", "")],
        "section": "rights",
    }
    return render(request, "reviews/terms.html", context)


@login_required
@require_GET
def terms_source(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One document and its captured versions."""
    user = _colleague(request)
    source = get_object_or_404(TermsSource.objects.visible_to(user), pk=pk)
    rows = (
        TermsVersion.objects.visible_to(user).filter(source=source).for_list().annotate(clause_count=Count("clauses"))
    )
    context = {
        "source": source,
        "page": page(rows, request.GET.get("after", "")),
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "crumbs": trails.to_terms(last=str(source)),
        "section": "rights",
    }
    return render(request, "reviews/terms_source.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def terms_source_new(request: HttpRequest) -> HttpResponse:
    """Name a document."""
    user = _colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    form = SourceForm(request.POST or None)
    made = attempt(form, lambda: actions.add_source(actor=user, **form.cleaned_data))
    if made is not None:
        return redirect("reviews:terms-capture", pk=made.pk)
    lead = "Whose terms they are, and where they are published. Capture a version next."
    return _form_page(request, form, "Add a document", lead, "Add and capture a version", trails.to_terms(last="Add"))


@login_required
@require_http_methods(["GET", "POST"])
def terms_capture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep one version of a document, by upload or paste."""
    user = _colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    source = get_object_or_404(TermsSource.objects.visible_to(user), pk=pk)
    form = CaptureForm(request.POST or None, request.FILES or None, initial={"address": source.address})
    made = attempt(form, lambda: actions.capture_terms(actor=user, source=source, **form.arguments()))
    if made is not None:
        messages.success(request, "Captured. Mark the clauses that matter next.")
        return redirect("reviews:terms-version", pk=made.pk)
    lead = f"{source}: its bytes are kept as they are, with their hash and the dates that are known."
    return _form_page(request, form, "Capture a version", lead, "Capture", trails.to_terms(last="Capture"))


@dataclass(frozen=True)
class Passage:
    """A stretch of terms text; ``clauses`` are those that cover it."""

    text: str
    clauses: tuple[Clause, ...] = ()
    begins: tuple[Clause, ...] = ()


@login_required
@require_http_methods(["GET", "POST"])
def terms_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The text of one version with its marked clauses; mark another."""
    user = _colleague(request)
    version = get_object_or_404(
        TermsVersion.objects.visible_to(user).select_related("source", "captured_by__person").defer("raw"), pk=pk
    )
    may_mark = user.may(Permission.WRITE_LICENSING_NOTE)
    form = ClauseForm(request.POST or None)
    marked = attempt(form, lambda: actions.mark_clause(actor=user, terms_version=version, **form.cleaned_data))
    if marked is not None:
        messages.success(request, "The clause is marked.")
        return redirect(f"{request.path}#clause-{marked.pk}")
    clauses = list(Clause.objects.visible_to(user).filter(terms_version=version).select_related("marked_by__person"))
    context = {
        "version": version,
        "passages": passages(version.text, clauses),
        "clauses": clauses,
        "may_mark": may_mark,
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "form": form,
        "crumbs": _to_version(version),
        "section": "rights",
    }
    return render(request, "reviews/terms_version.html", context, status=422 if form.is_bound else 200)


def passages(text: str, clauses: list[Clause]) -> list[Passage]:
    """Cut the text where clauses begin and end; code points, as the clauses count."""
    cuts = sorted({0, len(text), *(clause.start for clause in clauses), *(clause.end for clause in clauses)})
    return [
        Passage(
            text[a:b],
            tuple(clause for clause in clauses if clause.start <= a and clause.end >= b),
            tuple(clause for clause in clauses if clause.start == a),
        )
        for a, b in pairwise(cuts)
    ]


def _to_version(version: TermsVersion) -> trails.Trail:
    return [*trails.to_terms(last="")[:-1], *trails.to_source(version.source), (version.label, "")]


@login_required
@require_GET
def terms_raw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The captured bytes as they came, as a download: never shown in the browser."""
    version = get_object_or_404(TermsVersion.objects.visible_to(_colleague(request)).select_related("source"), pk=pk)
    name = f"terms-{version.raw_sha256[:12]}.{SUFFIXES.get(version.media_type, 'bin')}"
    answer = HttpResponse(bytes(version.raw), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = str(content_disposition_header(True, name))  # noqa: FBT003 (Django's signature)
    return answer


def _form_page(
    request: HttpRequest, form: Any, title: str, lead: str, submit: str, crumbs: trails.Trail
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "submit": submit,
        "crumbs": crumbs,
        "legal": True,
        "section": "rights",
    }
    return render(request, "reviews/form_page.html", context, status=422 if form.is_bound else 200)
