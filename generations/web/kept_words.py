"""Kept words: snippets, templates and sheets, their versions, where they were used; and prompts started from templates."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions.composing import BY_ITSELF, compose, draft_from, start_prompts
from generations.actions.kept_words import archive_words, keep_words, restore_words, revise_words
from generations.models import KeptVersion, KeptWords, Project, Prompt, PromptUse, SheetPart, Shot
from generations.web.showing import allowed, page_of
from generations.web.workbench_form import ROLES, KeptWordsForm, StartForm, values_in
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset, word_differences
from sorahub.lib.errors import DomainError, Forbidden
from sorahub.lib.ids import read_id

USES_SHOWN = 50
VERSIONS_SHOWN = 100
SHOTS_SHOWN = 300
LIST = ("Kept words", "/kept-words/")


@login_required
@require_GET
def kept_list(request: HttpRequest) -> HttpResponse:
    """List kept words, by sort and client, or that mention ``?q=``; archived ones apart."""
    user = _insider(request)
    q = _words(request.GET)
    sort, client, archived = (request.GET.get(name, "") for name in ("sort", "client", "archived"))
    rows = KeptWords.objects.visible_to(user).filter(archived_at__isnull=archived != "yes").mentioning(q)
    rows = rows.filter(sort=sort) if sort in KeptWords.Sort.values else rows
    if client:
        rows = rows.filter(client__in=[read_id(client)])  # a damaged id is nobody's, not the hub's
    newest = Prefetch("versions", KeptVersion.objects.order_by("-version"))
    listed = rows.select_related("client", "project").prefetch_related(newest)
    page = keyset.page(listed, request.GET.get("after", ""))
    clients = Client.objects.visible_to(user)[:200]
    context = _frame(user) | {"page": page, "sort": sort, "client": client, "archived": archived, "clients": clients}
    return render(request, "generations/kept_words.html", context | {"sorts": KeptWords.Sort.choices, "q": q})


@login_required
@require_http_methods(["GET", "POST"])
def kept_new(request: HttpRequest, sort: str) -> HttpResponse:
    """Keep words under a name; for whom it was asked (``?client=``) is chosen already."""
    user = person(request)
    user.demand(Permission.WRITE_PROMPT)
    if sort not in KeptWords.Sort.values:
        raise Http404("Kept words are snippets, templates or sheets.")
    wanted = request.GET.get("client")
    client = get_object_or_404(Client.objects.visible_to(user), pk=read_id(wanted)) if wanted else None
    form = KeptWordsForm(request.POST or None, user=user, sort=sort, client=client)
    if made := attempt(form, lambda: _add(user, sort, form)):
        messages.success(request, f"{made.title} is kept.")
        return redirect("generations:kept", made.pk)
    label = KeptWords.Sort(sort).label.lower()
    context = _frame(user, LIST, (f"New {label}", "")) | {"form": form, "sort": sort, "label": label}
    return render(request, "generations/kept_form.html", context)


@login_required
@require_GET
def kept(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show kept words: the newest version, what changed (``?from=``, ``?to=``), where they were used."""
    user = _insider(request)
    found = _found(user, pk)
    parts = Prefetch("parts", SheetPart.objects.select_related("reference", "character"))
    rows = found.versions.select_related("created_by__person").prefetch_related(parts).order_by("-version")
    versions = list(rows[:VERSIONS_SHOWN])
    uses = PromptUse.objects.visible_to(user).filter(version__kept=found)
    used = uses.select_related("prompt__shot__project", "version").order_by("-id")[:USES_SHOWN]
    context = _frame(user, LIST, (found.title, "")) | {"kept": found, "versions": versions, "newest": versions[0]}
    context |= {"used": used, "uses": uses.count(), "compared": _compared(request, versions)}
    return render(request, "generations/kept.html", context | {"targets": _targets(user, found)})


@login_required
@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the next version of kept words; with ``find`` nothing is written, and the sheet's files are looked for by ``q``."""
    user = person(request)
    user.demand(Permission.WRITE_PROMPT)
    found = _found(user, pk)
    newest = found.versions.order_by("-version").first()
    look = _words(request.POST or request.GET)
    form = KeptWordsForm(request.POST or None, user=user, sort=found.sort, kept=found, version=newest, look=look)
    if "find" in request.POST:
        return render(request, "generations/sheet_files.html", {"form": form, "roles": ROLES})
    if made := attempt(form, lambda: revise_words(actor=user, kept=found, words=form.words())):
        messages.success(request, f"Version {made.version} is kept. Prompts that used an earlier one keep that.")
        return redirect("generations:kept", found.pk)
    way = (found.title, reverse("generations:kept", args=[found.pk]))
    context = _frame(user, LIST, way, ("Change", "")) | {
        "form": form,
        "kept": found,
        "newest": newest,
        "roles": ROLES,
    }
    return render(request, "generations/kept_form.html", context | {"label": found.get_sort_display().lower()})


@login_required
@require_POST
def archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take kept words out of use, or bring them back (``restore``)."""
    user = person(request)
    found = _found(user, pk)
    back = "restore" in request.POST
    verb = restore_words if back else archive_words
    verb(actor=user, kept=found)
    messages.success(request, f"{found.title} can be used again." if back else f"{found.title} is archived.")
    return redirect("generations:kept", found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, pk: UUID, project_pk: UUID) -> HttpResponse:
    """Write prompts from a template for many shots of a project at once."""
    user = person(request)
    user.demand(Permission.WRITE_PROMPT)
    found = _found(user, pk)
    project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=project_pk)
    version = found.versions.select_related("kept").order_by("-version").first()
    if found.sort != KeptWords.Sort.TEMPLATE or version is None:
        raise Http404("This is no template.")
    shots = Shot.objects.visible_to(user).filter(project=project).select_related("project__client")
    form = StartForm(request.POST or None, shots=shots[:SHOTS_SHOWN] if request.method == "GET" else shots)
    values = values_in(request.POST) if request.method == "POST" else {}
    if made := attempt(form, lambda: _start(user, version, form, values)):
        messages.success(request, f"{len(made)} prompt{'s are' if len(made) > 1 else ' is'} written.")
        return redirect("generations:project", project.pk)
    draft = draft_from(version, {**version.defaults, **values})
    variables, trouble = _variables(user, project, draft)
    way = (found.title, reverse("generations:kept", args=[found.pk]))
    context = page_of(project, way, ("Start prompts", "")) | {"kept": found, "version": version, "form": form}
    return render(request, "generations/kept_start.html", context | {"variables": variables, "trouble": trouble})


def _words(given: QueryDict) -> str:
    return given.get("q", "").replace("\0", " ").strip()[:200]


def _add(user: User, sort: str, form: KeptWordsForm) -> KeptWords:
    given = form.cleaned_data
    about = {"name": given["name"], "title": given["title"], "kind": given["kind"]}
    return keep_words(actor=user, sort=sort, words=form.words(), **about, **form.whose())


def _start(user: User, template: KeptVersion, form: StartForm, values: dict[str, str]) -> list[Prompt]:
    return start_prompts(actor=user, template=template, shots=[*form.cleaned_data["shots"]], values=values)


def _variables(user: User, project: Project, draft: Any) -> tuple[list[Any], str]:
    """The variables for which one value is given for all shots; those that each shot has of itself are left out."""
    try:
        made = compose(actor=user, project=project, draft=draft)
    except DomainError as error:
        return [], error.message
    return [each for each in made.variables if each.name not in BY_ITSELF], ""


def _targets(user: User, found: KeptWords) -> list[Project]:
    """The projects in which a template can be used."""
    if found.sort != KeptWords.Sort.TEMPLATE or found.archived_at:
        return []
    rows = Project.objects.visible_to(user).open().select_related("client")
    if found.project_id:
        rows = rows.filter(pk=found.project_id)
    elif found.client_id:
        rows = rows.filter(client=found.client_id)
    return list(rows[:100])


def _compared(request: HttpRequest, versions: list[KeptVersion]) -> dict[str, Any] | None:
    if len(versions) < 2:
        return None
    numbers = {str(each.version): each for each in versions}
    later = numbers.get(request.GET.get("to", ""), versions[0])
    earlier = numbers.get(request.GET.get("from", ""), numbers.get(str(later.version - 1), versions[-1]))
    pairs = (("Words", earlier.text, later.text), ("What should not appear", earlier.negative, later.negative))
    told = [(title, word_differences.between(old, new)) for title, old, new in pairs if old or new]
    parts = [(title, pieces, word_differences.same(pieces)) for title, pieces in told]
    return {"earlier": earlier, "later": later, "parts": parts}


def _frame(user: User, *crumbs: tuple[str, str]) -> dict[str, Any]:
    return {"crumbs": [*crumbs], "section": "projects", "may": allowed(user)}


def _found(user: User, pk: UUID) -> KeptWords:
    return get_object_or_404(KeptWords.objects.visible_to(user).select_related("client", "project"), pk=pk)


def _insider(request: HttpRequest) -> User:
    user = person(request)
    if user.kind == Kind.GUEST:
        raise Forbidden("Kept words are the agency's own.")
    return user
