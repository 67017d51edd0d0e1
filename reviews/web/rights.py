"""Rights: the board of everything to be cleared, and the page of one clip's rights."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from generations.models import Clip
from reviews.actions import restoring
from reviews.actions.prepared import newest_version, signature_on
from reviews.actions.telling import answers_of, plans_of
from reviews.models import (
    Bundle,
    Delivery,
    Hold,
    Incident,
    LicenceRecordVersion,
    LicensingNote,
    Override,
    ReReview,
    SignOff,
)
from reviews.rules.clearance import purpose_label, use_label
from reviews.rules.statement import scope
from reviews.web import board_filters, clip_terms, docket, mends, trails
from reviews.web.asking import question_context
from reviews.web.board_filters import narrowed
from reviews.web.counsel_asking import invitations_on, may_ask
from reviews.web.descending import lineage_context
from reviews.web.incident_forms import IncidentForm, OutcomeForm
from reviews.web.rights_forms import HoldForm, LiftForm, NoteForm, OverrideForm, beside
from reviews.web.wishes import open_requests, requests_on
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import person
from sorahub.lib.keyset import page

SOON = timedelta(days=90)
BOARD_SIZE = 25
TABS = {
    "unsigned": "Awaiting signature",
    "signed": "Signed",
    "suspended": "Suspended",
    "expiring": "Expiring within 90 days",
    "held": "On hold",
}


def newest(user: User) -> QuerySet[LicenceRecordVersion]:
    """The newest version of each licence record that this person may see."""
    later = LicenceRecordVersion.objects.filter(record=OuterRef("record"), version__gt=OuterRef("version"))
    return LicenceRecordVersion.objects.visible_to(user).filter(~Exists(later))


def conditions(now: datetime) -> dict[str, Q]:
    """Say of a newest version in which lists of the board it stands.

    Nobody has signed or rejected it; its approval stands; that is
    suspended, by counsel or because terms changed; that ends within 90 days, or has within the last 90; its clip is on hold.
    """
    sign_offs = SignOff.objects.filter(record_version=OuterRef("pk"))
    signed = Q(Exists(sign_offs.filter(meaning="approved", revocation=None)))
    stopped = Q(Exists(sign_offs.open_suspensions()))
    reread = Q(Exists(ReReview.objects.open().filter(record_version=OuterRef("pk"), suspends=True)))
    return {
        "unsigned": ~Q(Exists(sign_offs.verdicts())),
        "signed": signed,
        "suspended": signed & (stopped | reread),
        "expiring": signed & Q(ends_at__gt=now - SOON, ends_at__lte=now + SOON),
        "held": Q(Exists(Hold.objects.filter(clip=OuterRef("record__clip"), lifted_at=None))),
    }


def listed(user: User, tab: str) -> QuerySet[LicenceRecordVersion]:
    """The newest versions of one list of the board."""
    return newest(user).filter(conditions(timezone.now())[tab])


@login_required
@require_GET
def rights(request: HttpRequest) -> HttpResponse:
    """The board: what is cleared for what, what blocks, what expires next; of everything, a client or a project."""
    user = person(request)
    now = timezone.now()
    by = narrowed(request.GET, user)
    tab, everything, within = chosen_tab(request), board_filters.apply(newest(user), by), conditions(now)
    shown = everything.filter(within[tab])
    shown = board_filters.in_band(shown, by.within, now) if tab == "expiring" else shown
    counts = board_filters.counts(everything, within, now)
    rows = page(docket.joined(shown), request.GET.get("after", ""), BOARD_SIZE)
    context = {
        "tab": tab,
        "tabs": [(key, label, counts[key]) for key, label in TABS.items()],
        "bands": [(key, words, counts[f"band_{key}"]) for key, words in board_filters.WITHIN.items()],
        "by": by,
        "cases": [_card(case, user, now) for case in docket.cases(rows.items, user, now)],
        "wishes": open_requests(user, by.project, by.client),
        "next_cursor": rows.next_cursor,
        "reread": ReReview.objects.visible_to(user).open().count(),
        "crumbs": [("Rights", "")],
        "section": "rights",
        "guest": user.kind == Kind.GUEST,
    }
    return render(request, "reviews/rights.html", context)


def chosen_tab(request: HttpRequest) -> str:
    """Return the list that the address asks for."""
    tab = request.GET.get("show", "unsigned")
    return tab if tab in TABS else "unsigned"


def _card(case: docket.Case, user: User, now: datetime) -> tuple[docket.Case, list[mends.Block], str, str]:
    blocks = mends.blocks(case.against, case.clip, case.version, user)
    return case, blocks, scope(case.version), board_filters.end_words(case.version, now)


@login_required
@require_GET
def clip_rights(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The rights of one clip: may it be used, what was found, drafted, signed, held and delivered."""
    user = person(request)
    clip = seen(user, pk)
    return render(request, "reviews/clip_rights.html", rights_context(request, clip, user))


def seen(user: User, pk: UUID) -> Clip:
    """Return the clip for this person, or 404."""
    return get_object_or_404(Clip.objects.visible_to(user).for_list(), pk=pk)


def rights_context(request: HttpRequest, clip: Clip, user: User, **forms: Any) -> dict[str, Any]:
    """Return what the page of a clip's rights shows; ``forms`` are refused ones, shown with their errors."""
    version = newest_version(clip) if user.kind != Kind.GUEST else None
    signature = signature_on(version) if version else None
    shown: dict[str, Any] = {
        "clip": clip,
        "guest": user.kind == Kind.GUEST,
        "version": version,
        "version_scope": scope(version) if version else "",
        "answers": answers_of(version) if version else [],
        "plans": plans_of(version) if version else [],
        "signature": signature,
        "versions": _versions(clip, user),
        "notes": notes_on(clip, user),
        "holds": _holds(clip, user, forms.pop("lift_form", None)),
        "incidents": _incidents(clip, user, forms.pop("outcome_form", None)),
        "incident_form": IncidentForm(actor=user, prefix="incident") if user.may(Permission.REPORT_INCIDENT) else None,
        "restoring": restoring.standing(clip),
        "overrides": _overrides(clip, user),
        "deliveries": _deliveries(clip, user),
        "terms": clip_terms.about(clip, version, timezone.localdate()) if user.kind != Kind.GUEST else None,
        "counsels": invitations_on(clip, user) if user.kind != Kind.GUEST else [],
        "may_ask_counsel": signature is None and may_ask(user, version),
        "bundles": list(Bundle.objects.visible_to(user).filter(clip=clip).order_by("-id")[:10]),
        "may": _powers(user),
        "hold_form": HoldForm(prefix="hold"),
        "note_form": NoteForm(actor=user, prefix="note") if user.may(Permission.WRITE_LICENSING_NOTE) else None,
        "override_form": OverrideForm(prefix="override") if user.may(Permission.OVERRIDE) else None,
        "crumbs": [*trails.to_rights(clip, user, last="")[:2], ("Rights of this clip", "")],
        "section": "rights",
        "events_path": f"clips/{clip.pk}/",
    }
    shown |= question_context(request, clip, version, user) | lineage_context(clip, user)
    shown["wishes"] = requests_on(clip, user, forms.pop("settle_form", None))
    return {**shown, **forms}


def _powers(user: User) -> dict[str, bool]:
    wanted = (
        Permission.DRAFT_LICENCE, Permission.SIGN, Permission.HOLD, Permission.OVERRIDE, Permission.DOWNLOAD_CLEARED,
        Permission.DOWNLOAD_UNCLEARED, Permission.EXPORT_EVIDENCE, Permission.WRITE_LICENSING_NOTE,
    )  # fmt: skip
    return {permission.value: user.may(permission) for permission in wanted}


def _versions(clip: Clip, user: User) -> list[LicenceRecordVersion]:
    rows = LicenceRecordVersion.objects.visible_to(user).filter(record__clip=clip).order_by("-version")
    signed = SignOff.objects.with_stamps().select_related("signer__person")
    joined = rows.select_related("drafted_by__person", "governing_set")
    return list(joined.prefetch_related(Prefetch("sign_offs", signed)))


def notes_on(clip: Clip, user: User) -> list[LicensingNote]:
    """Return the licensing notes that this person may read, with the clauses they cite."""
    if user.kind == Kind.GUEST:
        return []
    rows = LicensingNote.objects.visible_to(user).filter(clip=clip).select_related("author__person")
    return list(rows.prefetch_related("citations__clause__terms_version__source"))


def _holds(clip: Clip, user: User, refused: tuple[UUID, LiftForm] | None) -> list[tuple[Hold, LiftForm | None]]:
    rows = Hold.objects.visible_to(user).filter(clip=clip).select_related("placed_by__person", "lifted_by__person")
    may = user.may(Permission.HOLD)
    return [(row, beside(LiftForm, row.pk, "lift", refused, offered=may and row.lifted_at is None)) for row in rows]


def _incidents(
    clip: Clip, user: User, refused: tuple[UUID, OutcomeForm] | None
) -> list[tuple[Incident, OutcomeForm | None]]:
    rows = Incident.objects.visible_to(user).filter(clip=clip).select_related("opened_by__person", "closed_by__person")
    may = user.may(Permission.HOLD)
    return [
        (row, beside(OutcomeForm, row.pk, "outcome", refused, offered=may and row.closed_at is None)) for row in rows
    ]


def _overrides(clip: Clip, user: User) -> list[Override]:
    rows = Override.objects.visible_to(user).filter(Q(clip=clip))
    return list(rows.select_related("requested_by__person", "approved_by__person"))


def _deliveries(clip: Clip, user: User) -> list[tuple[Delivery, str, str]]:
    rows = Delivery.objects.visible_to(user).filter(clip=clip).prefetch_related("recalls")
    found = list(rows.select_related("delivered_to__person").order_by("-delivered_at")[:20])
    return [(row, use_label(row.use), purpose_label(row.purpose) if row.purpose else "") for row in found]
