"""The prompt workbench of a shot: write the next version with a check beside it, and see all versions, what differs, what came of which."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions.composing import Draft, compose_prompt, draft_from, draft_of
from generations.models import Clip, Generation, KeptVersion, KeptWords, Prompt, Shot
from generations.rules import lineage, source
from generations.web import prompt_check
from generations.web.shots import carried, shot_crumb
from generations.web.showing import allowed, page_of
from generations.web.workbench_form import PromptForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import word_differences
from sorahub.lib.ids import read_id

VERSIONS_SHOWN = 300
TEMPLATES_SHOWN = 100


@login_required
@require_http_methods(["GET", "POST"])
def prompt_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the next version of a shot's words, beginning from ``?parent=`` or ``?template=`` when one is given.

    ``?words_of=`` names a clip that came from outside: it begins with the words declared for that.
    """
    user = person(request)
    user.demand(Permission.WRITE_PROMPT)
    found = _shot(user, pk)
    parent, template = _parent(request, found), _template(request, user, found)
    form = PromptForm(request.POST or None, begin=_begin(parent, template) or _declared(request, user, found))
    if made := attempt(form, lambda: _write(user, found, form, parent, template)):
        messages.success(request, f"Version {made.version} is written. Choose what makes it.")
        return redirect(f"{reverse('generations:generate', args=[made.pk])}{carried(request)}")
    context = page_of(found.project, shot_crumb(found), ("New prompt", "")) | {"parent": parent, "template": template}
    context |= {"form": form, "kept": prompt_check.kept_words(user, found), "templates": _templates(user, found)}
    chosen = (request.POST or request.GET).getlist("models")
    context |= prompt_check.shown(user, found, form.draft(), chosen, template)
    return render(request, "generations/prompt_new.html", context)


@login_required
@require_POST
def prompt_check_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what is to be said about the draft in the form; nothing is written."""
    user = person(request)
    user.demand(Permission.WRITE_PROMPT)
    found = _shot(user, pk)
    template = _template(request, user, found)
    form = PromptForm(request.POST, begin=Draft(""))
    context = prompt_check.shown(user, found, form.draft(), request.POST.getlist("models"), template)
    names = [each.name for each in context["variables"]]
    changed = context["checked"].made is not None and names != _names_shown(request.POST)
    context |= {"form": form, "fields_changed": changed}
    return render(request, "generations/prompt_checked.html", context)


@login_required
@require_GET
def prompts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show all versions of a shot's words as a graph, and what differs between two of them (``?from=`` and ``?to=``).

    ``?version=`` is shown however old it is: search leads to it.
    """
    user = person(request)
    found = _shot(user, pk)
    rows = Prompt.objects.visible_to(user).filter(shot=found).select_related("parent", "created_by__person")
    rows = rows.prefetch_related("uses__version__kept").order_by("-version")
    versions = list(rows[:VERSIONS_SHOWN])
    has_older = len(versions) == VERSIONS_SHOWN
    asked = _number(request.GET.get("version"))
    if has_older and 0 < asked < versions[-1].version:
        versions += rows.filter(version=asked)
    takes = _takes(user, found)
    graph = lineage.graph([(each.version, each.parent.version if each.parent else None) for each in versions])
    by_number = {each.version: each for each in versions}
    nodes = [(node, by_number[node.version], takes.get(by_number[node.version].pk, 0)) for node in graph.nodes]
    context = page_of(found.project, shot_crumb(found), ("Versions", ""))
    context |= {"shot": found, "may": allowed(user), "graph": graph, "nodes": nodes, "versions": versions}
    context |= {"has_older": has_older, "newest_shown": VERSIONS_SHOWN, "compared": _compared(request, by_number)}
    return render(request, "generations/prompts.html", context)


def _write(user: User, shot: Shot, form: PromptForm, parent: Prompt | None, template: KeptVersion | None) -> Prompt:
    return compose_prompt(actor=user, shot=shot, draft=form.draft(), parent=parent, template=template)


def _compared(request: HttpRequest, versions: dict[int, Prompt]) -> dict[str, Any] | None:
    """What differs between two versions: those asked for, else the newest and the one that it came from."""
    if len(versions) < 2:
        return None
    newest = versions[max(versions)]
    later = versions.get(_number(request.GET.get("to")), newest)
    before = later.parent.version if later.parent else max((n for n in versions if n < later.version), default=0)
    earlier = versions.get(_number(request.GET.get("from")), versions.get(before) or newest)
    pairs = (("Words", earlier.text, later.text), ("What should not appear", earlier.negative, later.negative))
    told = [(title, word_differences.between(old, new)) for title, old, new in pairs if old or new]
    parts = [(title, pieces, word_differences.same(pieces)) for title, pieces in told]
    return {"earlier": earlier, "later": later, "parts": parts}


def _takes(user: User, shot: Shot) -> dict[UUID, int]:
    rows = Generation.objects.visible_to(user).filter(prompt__shot=shot).order_by()
    return dict(rows.values_list("prompt_id").annotate(takes=Count("clip", distinct=True)))


def _begin(parent: Prompt | None, template: KeptVersion | None) -> Draft | None:
    if parent is not None:
        return draft_of(parent)
    return draft_from(template, template.defaults) if template is not None else None


def _declared(request: HttpRequest, user: User, found: Shot) -> Draft:
    """A draft of a clip's declared words, as words: what looks like a place for a value is none."""
    rows = Clip.objects.visible_to(user).filter(project=found.project)
    named = read_id(request.GET.get("words_of"))
    clip = rows.filter(pk=named).first() if named else None
    return Draft(source.escaped(clip.declared_prompt) if clip else "")


def _shot(user: User, pk: UUID) -> Shot:
    return get_object_or_404(Shot.objects.visible_to(user).select_related("project__client"), pk=pk)


def _parent(request: HttpRequest, found: Shot) -> Prompt | None:
    given = request.POST.get("parent") or request.GET.get("parent")
    rows = Prompt.objects.visible_to(person(request)).filter(shot=found)
    return get_object_or_404(rows, pk=read_id(given)) if given else None


def _template(request: HttpRequest, user: User, found: Shot) -> KeptVersion | None:
    """The template's version that is being used: of a kept its newest."""
    given = request.POST.get("template") or request.GET.get("template")
    if not given:
        return None
    rows = KeptWords.objects.visible_to(user).within(found.project).filter(sort=KeptWords.Sort.TEMPLATE)
    versions = KeptVersion.objects.filter(kept__in=rows).select_related("kept")
    return get_object_or_404(versions, pk=read_id(given))


def _templates(user: User, found: Shot) -> list[tuple[KeptWords, KeptVersion]]:
    rows = KeptWords.objects.visible_to(user).within(found.project).open().filter(sort=KeptWords.Sort.TEMPLATE)
    listed = rows.order_by("title")[:TEMPLATES_SHOWN].prefetch_related("versions")
    return [(each, max(each.versions.all(), key=lambda version: version.version)) for each in listed]


def _names_shown(data: QueryDict) -> list[str]:
    return [name for name in data.get("names", "").split(" ") if name]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0
