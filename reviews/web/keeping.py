"""Forms round finding: kept views, tags on things, what fields say, and how a client's tags and fields are kept in order."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.models import Clip, Project, Shot
from reviews.actions import custom_fields, saved_views, tagging
from reviews.models import CustomField, CustomValue, Findable, SavedView, Tag, Tagging
from reviews.web.colleagues import colleague
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from sorahub.lib.ids import read_id

Done = HttpResponse


@login_required
@require_POST
def view_save(request: HttpRequest) -> Done:
    """Keep the question of the page that one comes from."""
    user, said = person(request), request.POST
    where = _project(user, said.get("project", ""))
    place = said.get("place", SavedView.Place.SEARCH)

    def save() -> str:
        arguments: dict[str, Any] = {"place": place, "shared": said.get("shared", ""), "project": where}
        view = saved_views.save_view(actor=user, name=said.get("name", ""), query=said.get("query", ""), **arguments)
        return f"The view “{view.name}” is kept."

    return _answer(request, save, reverse("reviews:search"))


@login_required
@require_POST
def view_change(request: HttpRequest, pk: UUID) -> Done:
    """Rename, share, make the list open with it, or delete: as ``do`` says."""
    user, said = person(request), request.POST
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk)

    def change() -> str:
        do = said.get("do", "")
        if do == "delete":
            saved_views.delete_view(actor=user, view=view)
            return f"The view “{view.name}” is deleted."
        if do in {"default", "plain"}:
            saved_views.make_default(actor=user, view=view, on=do == "default")
            return f"Search opens with “{view.name}”." if do == "default" else "Search opens empty again."
        where = _project(user, said.get("project", ""))
        saved_views.change_view(
            actor=user, view=view, name=said.get("name", ""), shared=said.get("shared", ""), project=where
        )
        return "The view is changed."

    takes = view.place == SavedView.Place.TAKES and view.project_id
    return _answer(
        request, change, reverse("reviews:takes", args=[view.project_id]) if takes else reverse("reviews:search")
    )


@login_required
@require_POST
def tags_add(request: HttpRequest) -> Done:
    """Put a tag on one thing or on many: ``thing=clip:<id>``, or ``clip=<id>`` as the grid of takes says it."""
    user = colleague(request)

    def add() -> str:
        name = request.POST.get("name", "")
        many = tagging.tag_things(actor=user, name=name, targets=_things(request))
        return f"Tagged “{name.strip()}”: {many}." if many != 1 else f"Tagged “{name.strip()}”."

    return _answer(request, add, reverse("reviews:search"))


@login_required
@require_POST
def tag_remove(request: HttpRequest, pk: UUID) -> Done:
    """Take a tag off things."""
    user = colleague(request)
    tag = get_object_or_404(Tag.objects.visible_to(user), pk=pk)

    def take_off() -> str:
        tagging.untag_things(actor=user, tag=tag, targets=_things(request))
        return f"“{tag.name}” is taken off."

    return _answer(request, take_off, reverse("reviews:search"))


@login_required
@require_http_methods(["GET", "POST"])
def clip_labels(request: HttpRequest, pk: UUID) -> Done:
    """Part of a clip's page: its tags and what its client's fields say of it; posted, the fields are set."""
    clip = get_object_or_404(Clip.objects.visible_to(colleague(request)).select_related("project"), pk=pk)
    return _labels(request, Findable.CLIP, pk, clip.project, reverse("reviews:clip", args=[pk]))


@login_required
@require_http_methods(["GET", "POST"])
def shot_labels(request: HttpRequest, pk: UUID) -> Done:
    """The same for a shot."""
    shot = get_object_or_404(Shot.objects.visible_to(colleague(request)).select_related("project"), pk=pk)
    return _labels(request, Findable.SHOT, pk, shot.project, reverse("generations:shot", args=[pk]))


def _labels(request: HttpRequest, kind: str, pk: UUID, project: Project, page: str) -> Done:
    user = person(request)
    problems: dict[str, str] = {}
    if request.method == "POST":
        given = {UUID(name[6:]): str(value) for name, value in request.POST.items() if _is_field(name)}
        try:
            custom_fields.set_values(actor=user, kind=kind, pk=pk, values=given)
        except InvalidInput as error:
            problems = error.fields
        else:
            messages.success(request, "The fields are kept.")
            return redirect(page)
    context = labels(user, kind, pk, project) | {"page": page}
    context["fields"] = [
        (field, request.POST.get(f"field-{field.pk}", value), problems.get(str(field.pk), ""))
        for field, value in context["fields"]
    ]
    return render(
        request,
        "reviews/labels_page.html" if problems else "reviews/labels.html",
        context,
        status=422 if problems else 200,
    )


def labels(user: User, kind: str, pk: UUID, project: Project) -> dict[str, Any]:
    """Return a thing's tags, the tags that it could bear, and its client's fields with what they say of it."""
    seen = Tag.objects.visible_to(user).filter(client=project.client_id)
    borne = [each.tag for each in Tagging.objects.filter(kind=kind, object_id=pk, tag__in=seen).select_related("tag")]
    fields = CustomField.objects.visible_to(user).filter(client=project.client_id, on=kind, archived_at=None)
    said = dict(CustomValue.objects.filter(object_id=pk, field__in=fields).values_list("field", "text"))
    return {
        "kind": kind,
        "pk": pk,
        "project": project,
        "tags": borne,
        "offered": [tag for tag in seen.filter(archived_at=None)[:200] if tag not in borne],
        "fields": [(field, said.get(field.pk, "")) for field in fields],
        "open": project.archived_at is None,
        "keeps": user.may(Permission.MANAGE_PEOPLE),
    }


@login_required
@require_GET
def client_labels(request: HttpRequest, pk: UUID) -> Done:
    """A client's tags and fields, and for administrators the ways to keep them in order."""
    user = colleague(request)
    client = get_object_or_404(Client.objects.visible_to(user), pk=pk)
    return render(request, "reviews/client_labels.html", _client_labels(user, client))


def _client_labels(user: User, client: Client) -> dict[str, Any]:
    counts = dict(_counted(client))
    tags = [(tag, counts.get(tag.pk, 0)) for tag in Tag.objects.visible_to(user).filter(client=client)]
    return {
        "client": client,
        "tags": tags,
        "fields": CustomField.objects.visible_to(user).filter(client=client),
        "keeps": user.may(Permission.MANAGE_PEOPLE),
        "looks": Tag.Look.choices,
        "sorts": CustomField.Sort.choices,
        "on": CustomField.On.choices,
        "section": "projects",
        "crumbs": [("Clients", reverse("generations:clients")), (client.name, ""), ("Tags and fields", "")],
    }


@login_required
@require_POST
def field_new(request: HttpRequest, pk: UUID) -> Done:
    """Give a client's clips or shots a field; what cannot be is told beside what was typed."""
    user = colleague(request)
    client = get_object_or_404(Client.objects.visible_to(user), pk=pk)
    said = {name: request.POST.get(name, "") for name in ("on", "name", "sort", "choices")}
    try:
        made = custom_fields.define_field(
            actor=user, client=client, on=said["on"], name=said["name"], sort=said["sort"],
            choices=said["choices"].splitlines(),
        )  # fmt: skip
    except (Conflict, InvalidInput) as error:
        problems = error.fields or {"name": error.message}
        context = _client_labels(user, client) | {"said": said, "problems": problems}
        return render(request, "reviews/client_labels.html", context, status=422)
    messages.success(request, f"The field “{made.name}” is there.")
    return redirect("reviews:client-labels", pk)


@login_required
@require_POST
def field_change(request: HttpRequest, pk: UUID) -> Done:
    """Change a field, archive or restore it: as ``do`` says."""
    user, said = colleague(request), request.POST
    field = get_object_or_404(CustomField.objects.visible_to(user), pk=pk)

    def change() -> str:
        do = said.get("do", "")
        if do == "archive":
            custom_fields.archive_field(actor=user, field=field)
        elif do == "restore":
            custom_fields.restore_field(actor=user, field=field)
        else:
            custom_fields.change_field(
                actor=user, field=field, name=said.get("name", ""), choices=said.get("choices", "").splitlines()
            )
        return f"The field “{field.name}” is changed."

    return _answer(request, change, reverse("reviews:client-labels", args=[field.client_id]))


@login_required
@require_POST
def tag_change(request: HttpRequest, pk: UUID) -> Done:
    """Rename a tag, merge it into another, archive or restore it: as ``do`` says."""
    user, said = colleague(request), request.POST
    tag = get_object_or_404(Tag.objects.visible_to(user), pk=pk)

    def change() -> str:
        do = said.get("do", "")
        if do == "merge":
            chosen = read_id(said.get("into", ""))
            into = Tag.objects.visible_to(user).filter(pk=chosen).first() if chosen else None
            if into is None:
                raise InvalidInput("Merge it into which tag?", fields={"into": "Choose a tag."})
            tagging.merge_tags(actor=user, tag=tag, into=into)
            return f"“{tag.name}” is merged into “{into.name}”."
        if do in {"archive", "restore"}:
            (tagging.archive_tag if do == "archive" else tagging.restore_tag)(actor=user, tag=tag)
            return f"“{tag.name}” is {do}d."
        tagging.rename_tag(actor=user, tag=tag, name=said.get("name", ""), look=said.get("look", ""))
        return f"The tag is called “{tag.name}” now."

    return _answer(request, change, reverse("reviews:client-labels", args=[tag.client_id]))


def _answer(request: HttpRequest, act: Callable[[], str], otherwise: str) -> Done:
    """Do it, and go back to where one came from with what was done or why not; what is not theirs stays 403 or 404."""
    try:
        messages.success(request, act())
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        messages.error(request, error.message if not error.fields else next(iter(error.fields.values())))
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else otherwise)


def _things(request: HttpRequest) -> list[tuple[str, UUID]]:
    said = [one.partition(":")[::2] for one in request.POST.getlist("thing")]
    said += [(Findable.CLIP.value, one) for one in request.POST.getlist("clip")]
    pairs = [(kind, read_id(pk)) for kind, pk in said]
    if any(pk is None for _, pk in pairs):
        raise NotFound("There is no such thing.")
    return [(kind, pk) for kind, pk in pairs if pk is not None]


def _counted(client: Client) -> Any:
    return (
        Tagging.objects.filter(tag__client=client)
        .order_by()
        .values("tag")
        .annotate(n=Count("pk"))
        .values_list("tag", "n")
    )


def _project(user: User, said: str) -> Project | None:
    pk = read_id(said)
    return get_object_or_404(Project.objects.visible_to(user), pk=pk) if pk else None


def _is_field(name: str) -> bool:
    return name.startswith("field-") and read_id(name[6:]) is not None
