"""Draft a licence record: the page with its sections, what is kept while a release is added, and what would still block a signature."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from generations.models import Clip
from reviews.actions import sign as signing
from reviews.actions.facts import route_of
from reviews.actions.licensing import draft_licence
from reviews.actions.prepared import newest_version, signature_on
from reviews.models import GoverningSet, LicenceRecordVersion
from reviews.web import clip_terms, delegates, draft_parts, mends, room, trails
from reviews.web.descending import draft_bounds
from reviews.web.draft_forms import DepictionRows, LicenceForm, draft_initial, rows_initial, rows_of, typed
from reviews.web.draft_parts import Parts
from reviews.web.rights import seen
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person

KEPT = "licence-drafts"
MOST_KEPT = 5
Forms = tuple[LicenceForm, DepictionRows]


@login_required
@require_http_methods(["GET", "POST"])
def licence_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the next version of the clip's licence record, beginning with what the newest one says.

    Three buttons judge nothing: one adds a row, one shows the questions and duties of the scope as it is now, one keeps what
    was entered and goes to add a release, from where the person comes back to it (``?kept=1``).
    """
    user = person(request)
    clip = seen(user, pk)
    user.demand(Permission.DRAFT_LICENCE)
    present = newest_version(clip)
    if "add_release" in request.POST:
        _keep(request.session, clip, request.POST)
        back = f"{reverse('reviews:licence-draft', args=[clip.pk])}?kept=1#recognised"
        return redirect(f"{reverse('reviews:release-new', args=[clip.project_id])}?{urlencode({'next': back})}")
    if "add_row" in request.POST or draft_parts.REFRESH in request.POST:
        extra = 2 if "add_row" in request.POST else 1
        return _unjudged(request, clip, present, _again(clip, user, request.POST, extra), request.POST)
    if request.method == "POST":
        return _save(request, clip, present)
    kept = _kept(request, clip)
    forms = _beginning(user, clip, present) if kept is None else _again(clip, user, kept)
    return _unjudged(request, clip, present, forms, kept)


def _save(request: HttpRequest, clip: Clip, present: LicenceRecordVersion | None) -> HttpResponse:
    user = person(request)
    form, rows = LicenceForm(request.POST, actor=user), rows_of(clip, user, request.POST)
    sound = all([form.is_valid(), rows.is_valid()])
    more = draft_parts.of(user, clip, present, form, rows, request.POST)
    made = None
    if more.is_valid() and sound:
        said = {**form.arguments(), **more.arguments(), "depictions": rows.inputs()}
        made = attempt(form, lambda: draft_licence(actor=user, clip=clip, **said))
    if made is None:
        return _page(request, clip, present, (form, rows), more, status=422)
    _forget(request.session, clip)
    messages.success(request, f"Version {made.version} is drafted. A legal approver who did not draft it signs it.")
    return redirect("reviews:licence-draft", pk=clip.pk)


def _unjudged(
    request: HttpRequest, clip: Clip, present: LicenceRecordVersion | None, forms: Forms, data: QueryDict | None
) -> HttpResponse:
    """The page with what was entered, or its beginning, and no word on what is wrong yet."""
    more = draft_parts.of(person(request), clip, present, *forms, data)
    more.calm()
    return _page(request, clip, present, forms, more)


def _beginning(user: User, clip: Clip, present: LicenceRecordVersion | None) -> Forms:
    """What the newest version says."""
    initial = draft_initial(present, user.time_zone)
    if present is None:
        initial |= {"governing_set": _fitting_set(user, clip), **draft_bounds(clip, user)[1]}
    return LicenceForm(actor=user, initial=initial), rows_of(clip, user, initial=rows_initial(present))


def _kept(request: HttpRequest, clip: Clip) -> QueryDict | None:
    """What was kept while a release was added, for the person who comes back from there."""
    kept = request.session.get(KEPT, {}).get(str(clip.pk)) if "kept" in request.GET else None
    return QueryDict(kept) if kept else None


def _again(clip: Clip, user: User, data: QueryDict, extra: int = 1) -> Forms:
    """The same forms with what was entered, not judged."""
    entered = typed(LicenceForm(data, actor=user))
    rows = rows_of(clip, user, data).typed_rows()
    return LicenceForm(actor=user, initial=entered), rows_of(clip, user, initial=rows, extra=extra)


def _page(
    request: HttpRequest,
    clip: Clip,
    present: LicenceRecordVersion | None,
    forms: Forms,
    more: Parts,
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    form, rows = forms
    context = {
        "form": form,
        "rows": rows,
        "parts": more,
        "kinds": json.dumps(rows.kinds),
        "clip": clip,
        "present": present,
        "hints": clip_terms.hints(clip, present),
        "bound": draft_bounds(clip, user)[0],
        "alone": delegates.alone(user, [clip.project], delegates.teams([clip.project_id])),
        "standing": _standing(user, clip, present),
        "poster": room.poster_url(clip),
        "crumbs": trails.to_rights(clip, user, last="Draft"),
        "section": "rights",
    }
    return render(request, "reviews/licence_draft.html", context, status=status)


def _standing(user: User, clip: Clip, present: LicenceRecordVersion | None) -> dict[str, Any] | None:
    """What would still block a signature of the newest version, whoever signs it; None where it is signed or there is none."""
    if present is None or signature_on(present) is not None:
        return None
    against = signing.blocks(actor=user, record_version=present)
    others = [one for one in against if not one.code.startswith(("maker-", "drafter-"))]
    return {"version": present, "blocks": mends.on_the_draft(mends.blocks(others, clip, present))}


def _fitting_set(user: User, clip: Clip) -> UUID | None:
    """The newest set that was made for the clip's route."""
    route = route_of(clip)
    rows = GoverningSet.objects.visible_to(user).filter(route__iexact=route) if route else GoverningSet.objects.none()
    return rows.values_list("pk", flat=True).first()


def _keep(session: SessionBase, clip: Clip, data: QueryDict) -> None:
    """Keep what was entered, of the last few clips."""
    kept = {key: value for key, value in session.get(KEPT, {}).items() if key != str(clip.pk)}
    newest = dict(list(kept.items())[-(MOST_KEPT - 1) :])
    session[KEPT] = {**newest, str(clip.pk): data.urlencode()}


def _forget(session: SessionBase, clip: Clip) -> None:
    session[KEPT] = {key: value for key, value in session.get(KEPT, {}).items() if key != str(clip.pk)}
