"""Terms: documents, and their captured versions with marked clauses."""

from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from reviews.actions import terms as actions
from reviews.actions.capture import Kept, capture
from reviews.actions.clauses import open_flags
from reviews.actions.fetch_terms import errands_of, request_fetch, request_reading
from reviews.models import Clause, TermsChange, TermsSource, TermsVersion
from reviews.rules.extraction import PDF
from reviews.web import change_words, terms_history, trails
from reviews.web.colleagues import colleague
from reviews.web.form_pages import form_page
from reviews.web.terms_filter import SourceFilter
from reviews.web.terms_forms import CaptureForm, ClauseForm, SourceForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.jobs.models import Job
from sorahub.lib.keyset import PAGE_SIZE

SUFFIXES = {"text/plain": "txt", "text/markdown": "md", "text/html": "html", PDF: "pdf"}


@login_required
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """The documents whose terms are captured, or wait to be."""
    user = colleague(request)
    everything = TermsSource.objects.visible_to(user)
    asked = SourceFilter(request.GET, parties=everything.exclude(party="").values_list("party", flat=True))
    counts = everything.aggregate(
        all=Count("pk", distinct=True), captured=Count("pk", filter=Q(versions__isnull=False), distinct=True)
    )
    rows = asked.narrowed(everything).annotate(captures=Count("versions"), newest=Max("versions__captured_at"))
    context = {
        "page": Paginator(rows.order_by(Lower("publisher"), "title", "product"), PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
        "filter": asked,
        "query": asked.query(),
        "counts": counts,
        "progress_words": f"{counts['captured']} of {counts['all']} captured",
        "percent": 100 * counts["captured"] // counts["all"] if counts["all"] else 0,
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "crumbs": [*trails.to_terms(last="")[:1], ("Terms", "")],
        "section": "rights",
    }
    return render(request, "reviews/terms.html", context)


@login_required
@require_GET
def terms_source(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One document: the steps of its capture, what jobs are bringing in, and its history with what of it awaits judgement."""
    user = colleague(request)
    source = get_object_or_404(TermsSource.objects.visible_to(user), pk=pk)
    rows = TermsVersion.objects.visible_to(user).filter(source=source).for_list()
    newest = rows.annotate(clause_count=Count("clauses")).order_by("-captured_at").first()
    context = {
        "source": source,
        "newest": newest,
        "accepted_by": (newest.origin or {}).get("accepted_by", "") if newest else "",
        "history": terms_history.of(source, user, request.GET),
        "errands": errands_of(actor=user, source=source),
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "crumbs": trails.to_terms(last=str(source)),
        "section": "rights",
    }
    return render(request, "reviews/terms_source.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def terms_source_new(request: HttpRequest) -> HttpResponse:
    """Name a document."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    form = SourceForm(request.POST or None)
    made = attempt(form, lambda: actions.add_source(actor=user, **form.arguments()))
    if made is not None:
        return redirect("reviews:terms-capture", pk=made.pk)
    lead = "Whose terms they are, and where they are published. Capture a version next."
    crumbs = trails.to_terms(last="Add")
    return form_page(
        request, form, title="Add a document", lead=lead, submit="Add and capture a version", crumbs=crumbs
    )


@login_required
@require_http_methods(["GET", "POST"])
def terms_capture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep one version of a document, step by step: by upload, by paste, or by letting the hub fetch it."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    source = get_object_or_404(TermsSource.objects.visible_to(user), pk=pk)
    initial = {"address": source.address, "way": "fetch" if source.address else "file"}
    form = CaptureForm(request.POST or None, request.FILES or None, initial=initial)
    made = attempt(form, lambda: _brought_in(user, source, form))
    if isinstance(made, Job):
        return redirect("reviews:terms-errand", pk=made.pk)
    if made is not None:
        _tell_kept(request, made)
        return redirect("reviews:terms-version", pk=made.version.pk)
    crumbs = [*trails.to_terms(last="")[:-1], *trails.to_source(source), ("Capture", "")]
    context = {"form": form, "source": source, "crumbs": crumbs, "section": "rights"}
    return render(request, "reviews/terms_capture.html", context, status=422 if form.is_bound else 200)


def _brought_in(user: User, source: TermsSource, form: CaptureForm) -> Kept | Job:
    """Capture at once what can be read at once; an address or a PDF is for a job."""
    if form.cleaned_data["way"] == "fetch":
        return request_fetch(actor=user, source=source, document=form.document())
    raw = form.raw()
    kind = form.media_type_of(raw)
    if kind == PDF:
        file = form.cleaned_data["file"]
        name = file.name if file else "pasted.pdf"
        return request_reading(actor=user, source=source, chunks=[raw], name=name, document=form.document())
    method = TermsVersion.Method.UPLOAD if form.cleaned_data["file"] else TermsVersion.Method.PASTE
    return capture(actor=user, source=source, raw=raw, media_type=kind, method=method, document=form.document())


def _tell_kept(request: HttpRequest, kept: Kept) -> None:
    if kept.new:
        messages.success(request, "Captured. Mark the clauses that matter next.")
        return
    since = timezone.localtime(kept.version.captured_at)
    messages.info(
        request,
        f"Unchanged since {since:%-d %B %Y}: these very bytes are here already. It is noted that they were seen again, with "
        "the dates that you gave.",
    )


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
    user = colleague(request)
    version = get_object_or_404(
        TermsVersion.objects.visible_to(user).select_related("source", "captured_by__person").defer("raw"), pk=pk
    )
    may_mark = user.may(Permission.WRITE_LICENSING_NOTE)
    form = ClauseForm(request.POST or None)
    marked = attempt(form, lambda: actions.mark_clause(actor=user, terms_version=version, **form.cleaned_data))
    if marked is not None:
        messages.success(request, "The clause is marked.")
        return redirect(f"{request.path}#clause-{marked.pk}")
    clauses = list(
        Clause.objects.visible_to(user)
        .filter(terms_version=version)
        .select_related("marked_by__person", "carried_from__terms_version")
    )
    context = {
        "version": version,
        "passages": passages(version.text, clauses),
        "clauses": clauses,
        "may_mark": may_mark,
        "flags": list(open_flags(version)),
        "texts": list(version.texts.select_related("made_by__person")),
        "changes": _changes(version, user),
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "form": form,
        "crumbs": _to_version(version),
        "section": "rights",
    }
    return render(request, "reviews/terms_version.html", context, status=422 if form.is_bound else 200)


def _changes(version: TermsVersion, user: User) -> list[tuple[TermsChange, change_words.Word]]:
    """The current changes to and from a version, each with the word on its badge."""
    rows = TermsChange.objects.visible_to(user).current().with_verdict().for_list()
    found = rows.filter(Q(before=version) | Q(after=version)).order_by("after__captured_at")
    return [(each, change_words.badge(each, each.verdict)) for each in found]  # type: ignore[attr-defined]  # annotated


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
    version = get_object_or_404(TermsVersion.objects.visible_to(colleague(request)).select_related("source"), pk=pk)
    name = f"terms-{version.raw_sha256[:12]}.{SUFFIXES.get(version.media_type, 'bin')}"
    answer = HttpResponse(bytes(version.raw), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = str(content_disposition_header(True, name))  # noqa: FBT003 (Django's signature)
    return answer
