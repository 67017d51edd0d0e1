"""Re-reviews: which records rest on terms that changed, what the change touches, and what counsel says of it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from reviews.actions import rereading
from reviews.actions.governed import judged
from reviews.actions.impact import Impact, impact_of
from reviews.actions.presence import prove
from reviews.models import ChangeJudgement, ReReview, SignOff, TermsChange
from reviews.rules.clearance import use_label
from reviews.rules.presence import purpose_of
from reviews.web import trails
from reviews.web.colleagues import colleague
from reviews.web.form_pages import form_page
from reviews.web.presence_forms import around, form_for
from reviews.web.rights_forms import RevokeForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib.keyset import page

PAGE = 25
CLIP = "record_version__record__clip"
LISTS = {"open": "Open", "settled": "Settled"}


class SettleForm(forms.Form):
    """What a change means for the chosen records."""

    outcome = forms.ChoiceField(
        choices=[(each.value, each.label) for each in rereading.MANY],
        widget=forms.RadioSelect,
        label="For the chosen records",
        error_messages={"required": "Say what it means for them."},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with each of them, and in the ledger.",
        error_messages={"required": "Say why."},
    )
    everything = forms.BooleanField(
        required=False, label="All open ones of this list, on every page", help_text="Whatever is ticked above."
    )


@login_required
@require_http_methods(["GET", "POST"])
def re_reviews(request: HttpRequest) -> HttpResponse:
    """List the tasks, and settle the chosen ones with one reason."""
    user = colleague(request)
    rows = _chosen(request, user)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        user.demand(Permission.SIGN)
    number = attempt(form, lambda: _settle(request, user, rows, form.cleaned_data))
    if number is not None:
        messages.success(request, f"Settled: {number} record{'' if number == 1 else 's'}.")
        return redirect(f"{reverse('reviews:re-reviews')}?{urlencode(_query(request))}")
    return render(
        request, "reviews/re_reviews.html", _list(request, user, rows, form), status=422 if form.is_bound else 200
    )


@login_required
@require_http_methods(["GET", "POST"])
def re_review_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Settle one task by revoking the approval, with the password entered anew."""
    user = colleague(request)
    user.demand(Permission.SIGN)
    task = get_object_or_404(_joined(ReReview.objects.visible_to(user)), pk=pk)
    form = form_for(RevokeForm, request, task.record_version, meaning=SignOff.Meaning.REVOKED)
    revoked = attempt(form, lambda: _revoke(user, task, form))
    if revoked is not None:
        messages.success(request, "Revoked: from now on nothing leaves under this sign-off.")
        return redirect("reviews:sign-off", pk=revoked.pk)
    clip = task.record_version.record.clip
    return form_page(
        request,
        form,
        title="Revoke for changed terms",
        lead=f"{clip.project.name}: {clip}. {task.change.after}. Downloads stop at once; the past stays provable.",
        submit="Revoke and settle",
        crumbs=[*_way(), ("Revoke", "")],
        template="reviews/presence_page.html",
        presence=around(request, task.record_version, meaning=SignOff.Meaning.REVOKED),
    )


@login_required
@require_GET
def change_impact(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What rests on the text before a change: counted, listed, and what it means by each record's rule."""
    user = colleague(request)
    changes = judged(TermsChange.objects.visible_to(user)).select_related("before__source", "after__source")
    change = get_object_or_404(changes.defer("before__raw", "before__text", "after__raw", "after__text"), pk=pk)
    impact = impact_of(change, user)
    shown = request.GET.get("show", "records")
    listed = {"records": _records, "deliveries": _deliveries}.get(shown, _records)
    judgements = ChangeJudgement.objects.visible_to(user).filter(change=change).select_related("judged_by__person")
    context = {
        "change": change,
        "counts": impact.counts(),
        "judgements": list(judgements.order_by("-judged_at", "-id")),
        "show": "deliveries" if listed is _deliveries else "records",
        **listed(impact, change, request.GET.get("after", "")),
        "may_settle": user.may(Permission.SIGN),
        "may_draft": user.may(Permission.DRAFT_LICENCE),
        "crumbs": [*trails.to_terms(last="")[:-1], *trails.to_source(change.after.source), ("Impact", "")],
        "section": "rights",
    }
    return render(request, "reviews/change_impact.html", context)


def _records(impact: Impact, change: TermsChange, after: str) -> dict[str, Any]:
    tasks = ReReview.objects.filter(change=change).select_related("settled_by__person")
    signed = SignOff.objects.verdicts().with_stamps().select_related("revocation", "signer__person").defer("payload")
    rows = impact.versions.select_related("record__clip__project__client", "record__clip__shot", "governing_set")
    rows = rows.prefetch_related(
        Prefetch("re_reviews", tasks, to_attr="tasks"), Prefetch("sign_offs", signed, to_attr="signatures")
    )
    return {"page": page(rows, after, PAGE)}


def _deliveries(impact: Impact, change: TermsChange, after: str) -> dict[str, Any]:
    rows = impact.deliveries.select_related("clip__project__client", "clip__shot", "delivered_to__person")
    found = page(rows, after, PAGE)
    return {"page": found, "deliveries": [(row, use_label(row.use)) for row in found.items]}


def _settle(request: HttpRequest, user: User, rows: "QuerySet[ReReview]", said: dict[str, Any]) -> int:
    outcome, reason = said["outcome"], said["reason"]
    if said["everything"]:
        chosen = rows.filter(settled_at=None)
        if outcome == ReReview.Outcome.NO_EFFECT:
            chosen = chosen.exclude(pk__in=rereading.own_work(chosen, user.person_id).values("pk"))
    else:
        chosen = rows.filter(pk__in=ids_of(request.POST.getlist("task")))
    tasks = list(chosen.only("pk")[: rereading.MOST + 1])
    return rereading.settle(actor=user, re_reviews=tasks, outcome=outcome, reason=reason)


def _revoke(user: User, task: ReReview, form: RevokeForm) -> SignOff:
    purpose = purpose_of(task.record_version.sha256, SignOff.Meaning.REVOKED)
    proof = prove(actor=user, purpose=purpose, given=form.given())
    words = form.cleaned_data["reason"]
    return rereading.settle_by_revoking(actor=user, re_review=task, reason=words, reauthentication=proof)


def _chosen(request: HttpRequest, user: User) -> "QuerySet[ReReview]":
    """The tasks that this person may see and asked for; of a change or project that is none, none."""
    rows = ReReview.objects.visible_to(user)
    for name, path in (("change", "change"), ("project", f"{CLIP}__project")):
        if value := request.GET.get(name, ""):
            rows = rows.filter(**{f"{path}__in": ids_of([value])})
    return rows.filter(settled_at__isnull=request.GET.get("show") != "settled")


def _list(request: HttpRequest, user: User, rows: "QuerySet[ReReview]", form: SettleForm) -> dict[str, Any]:
    found = page(_joined(rows), request.GET.get("after", ""), PAGE)
    keys = [row.pk for row in found.items]
    own = set(rereading.own_work(ReReview.objects.filter(pk__in=keys), user.person_id).values_list("pk", flat=True))
    ticked = set(ids_of(request.POST.getlist("task")))
    query = _query(request)
    show = "settled" if request.GET.get("show") == "settled" else "open"
    return {
        "rows": [(row, row.pk in own, row.pk in ticked) for row in found.items],
        "older": urlencode({**query, "after": found.next_cursor}) if found.next_cursor else "",
        "show": show,
        "lists": [(key, label, urlencode({**query, "show": key})) for key, label in LISTS.items()],
        "narrowed": bool(query.keys() - {"show"}),
        "form": form,
        "may_settle": user.may(Permission.SIGN),
        "redraft": urlencode({name: value for name, value in query.items() if name != "show"}),
        "may_draft": user.may(Permission.DRAFT_LICENCE),
        "crumbs": [*_way()[:-1], ("Terms changed", "")],
        "section": "rights",
    }


def _joined(rows: "QuerySet[ReReview]") -> "QuerySet[ReReview]":
    """Join what a list shows; ``approved``: an approval stands that could be revoked."""
    approvals = SignOff.objects.filter(record_version=OuterRef("record_version"), meaning=SignOff.Meaning.APPROVED)
    return rows.annotate(approved=Exists(approvals.filter(revocation=None))).select_related(
        "change__before", "change__after__source", f"{CLIP}__project__client", f"{CLIP}__shot",
        "record_version__governing_set", "settled_by__person",
    ).defer("change__before__raw", "change__before__text", "change__after__raw", "change__after__text")  # fmt: skip


def _query(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("show", "change", "project") if request.GET.get(name)}


def _way() -> trails.Trail:
    return [("Rights", reverse("reviews:rights")), ("Terms changed", reverse("reviews:re-reviews"))]


def ids_of(texts: list[str]) -> list[UUID]:
    """Read ids from a form or an address; damaged ones are left out."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
