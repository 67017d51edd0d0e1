"""Reviews: the list, one review, and what its sender does with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.models import Clip
from reviews.actions import reducing, reminders, seats
from reviews.actions import reviews as actions
from reviews.actions.admission import SHOWN
from reviews.interchange.formats import FORMATS
from reviews.models import Review
from reviews.rules.stages import StageState
from reviews.web import boards, client, room, trails, watching
from reviews.web.review_forms import AddForm, TermsForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import Conflict, NotFound
from sorahub.lib.ids import read_id
from sorahub.lib.keyset import page


@login_required
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """The reviews this person may see, newest first."""
    user = person(request)
    rows = page(for_list(Review.objects.visible_to(user)), request.GET.get("after", ""))
    return render(request, "reviews/reviews.html", {"page": rows, "crumbs": [("Reviews", "")], "section": "reviews"})


def for_list(rows: QuerySet[Review]) -> QuerySet[Review]:
    """Join and count what a list of reviews shows."""
    joined = rows.select_related("project", "stage", "created_by__person")
    asked = Count("participants", filter=Q(participants__removed_at=None), distinct=True)
    return joined.annotate(clip_count=Count("items", distinct=True), people_count=asked)


@login_required
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for this person's decision, oldest due first, and a way that leads on from each to the next."""
    user = person(request)
    return render(request, "reviews/queue.html", {"cards": boards.awaiting_decision(user), "section": "home"})


@login_required
@require_GET
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One review: for a guest the way through it; for the agency its clips, and who has done what."""
    user = person(request)
    shown = _seen(user, pk)
    if user.kind == Kind.GUEST:
        return client.overview(request, shown, user)
    seats.mark_opened(actor=user, review=shown)
    may_send = user.may(Permission.SEND_REVIEW)
    context = {
        "review": shown,
        "cards": [_card(clip, state, user) for clip, state in boards.in_stage(shown, user)],
        **watching.people_context(shown, user),
        "may_end": may_send and shown.revoked_at is None,
        "may_change": may_send and shown.closed_at is None,
        "may_send": may_send and shown.project.archived_at is None,
        "shown": [name for name in SHOWN if getattr(shown, f"shows_{name}")],
        "events_path": f"projects/{shown.project_id}/",
        "crumbs": [*trails.to_reviews(), (shown.title, "")],
        "section": "reviews",
        "note_formats": FORMATS.values(),
    }
    return render(request, "reviews/review.html", context)


def _card(clip: Clip, state: StageState | None, user: User) -> dict[str, Any]:
    return {
        "clip": clip,
        "poster": room.poster_url(clip),
        "state": state.state if state else "unknown",
        "decided": state is not None and state.said_by(user.person_id) is not None,
        "seconds": f"{clip.frame_count * clip.rate_den / clip.rate_num:.1f} s",
    }


@login_required
@require_POST
def review_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a review; what was said stays."""
    return _done(request, pk, actions.close_review, "The review is closed.")


@login_required
@require_POST
def review_reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a closed review up again."""
    return _done(request, pk, actions.reopen_review, "The review is open again.")


@login_required
@require_POST
def review_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a review back from its guests."""
    words = "The review is revoked: its guests no longer see these clips through it."
    return _done(request, pk, actions.revoke_review, words)


def _done(request: HttpRequest, pk: UUID, act: Callable[..., Review], words: str) -> HttpResponse:
    user = person(request)
    act(actor=user, review=_seen(user, pk))
    messages.success(request, words)
    return redirect("reviews:review", pk=pk)


@login_required
@require_POST
def review_remind(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write again to ``person``, or to everybody who is not done."""
    user = person(request)
    shown = _seen(user, pk)
    asked = User.objects.filter(review_seats__in=shown.participants.standing())
    wanted = request.POST.get("person")
    chosen = [get_object_or_404(asked, pk=read_id(wanted))] if wanted else None
    try:
        number = reminders.remind(actor=user, review=shown, people=chosen)
        messages.success(request, "One mail is on its way." if number == 1 else f"{number} mails are on their way.")
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect("reviews:review", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def review_terms(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another due date, expiry, password, and what guests are shown."""
    user = person(request)
    shown = _seen(user, pk)
    user.demand(Permission.SEND_REVIEW)
    said = [name for name in SHOWN if getattr(shown, f"shows_{name}")]
    initial = {"due_at": shown.due_at, "expires_at": shown.expires_at, "shows": said}
    form = TermsForm(request.POST or None, initial=initial)
    if attempt(form, lambda: actions.change_review(actor=user, review=shown, **form.arguments())):
        messages.success(request, "Changed. It holds from now on.")
        return redirect("reviews:review", pk=pk)
    lead = "What you change holds at once, also for guests who are watching now."
    return _form(request, shown, form, "Change the terms", lead, "Change")


@login_required
@require_http_methods(["GET", "POST"])
def review_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """More clips, or more people."""
    user = person(request)
    shown = _seen(user, pk)
    user.demand(Permission.SEND_REVIEW)
    form = AddForm(request.POST or None, review=shown, actor=user)
    if attempt(form, lambda: actions.add_to_review(actor=user, review=shown, **form.cleaned_data)):
        messages.success(request, "Added. New people get a mail.")
        return redirect("reviews:review", pk=pk)
    return _form(request, shown, form, "Add clips or people", "Whoever and whatever is there already stays.", "Add")


@login_required
@require_POST
def review_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take ``person`` or ``clip`` out; both can be added again."""
    user = person(request)
    shown = _seen(user, pk)
    user.demand(Permission.SEND_REVIEW)
    if request.POST.get("clip"):
        clip = get_object_or_404(Clip.objects.filter(review_items__review=shown), pk=read_id(request.POST["clip"]))
        reducing.remove_from_review(actor=user, review=shown, clips=[clip])
        messages.success(request, f"{clip} is out of the review. What was said about it stays; it can be added again.")
    else:
        asked = User.objects.filter(review_seats__in=shown.participants.standing())
        taken = get_object_or_404(asked, pk=read_id(request.POST.get("person", "")))
        reducing.remove_from_review(actor=user, review=shown, people=[taken])
        words = (
            "is out of the review, and no longer sees these clips through it."
            if _guest(taken)
            else "is out of the review."
        )
        messages.success(request, f"{taken.get_full_name()} {words}")
    return redirect("reviews:review", pk=pk)


def _guest(user: User) -> bool:
    return user.kind == Kind.GUEST


@login_required
@require_POST
def review_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move ``clip`` one place: ``to`` is ``earlier`` or ``later``. At either end nothing changes."""
    user = person(request)
    shown = _seen(user, pk)
    user.demand(Permission.SEND_REVIEW)
    order = [item.clip for item in shown.items.select_related("clip")]
    moved = next((clip for clip in order if clip.pk == read_id(request.POST.get("clip", ""))), None)
    if moved is None:
        raise NotFound("This clip is not in the review.")
    place = order.index(moved) + (-1 if request.POST.get("to") == "earlier" else 1)
    order.remove(moved)
    order.insert(max(0, place), moved)
    reducing.order_clips(actor=user, review=shown, clips=order)
    return redirect(f"{reverse('reviews:review', args=[pk])}#clip-{moved.pk}")


def _form(
    request: HttpRequest, shown: Review, form: TermsForm | AddForm, title: str, lead: str, submit: str
) -> HttpResponse:
    crumbs = trails.to_review(shown, last=title)
    context = {"form": form, "title": title, "lead": lead, "submit": submit, "crumbs": crumbs, "section": "reviews"}
    return render(request, "reviews/form_page.html", context, status=422 if form.is_bound else 200)


def _seen(user: User, pk: UUID) -> Review:
    rows = Review.objects.visible_to(user).select_related("project__client", "stage", "created_by__person")
    return get_object_or_404(rows, pk=pk)
