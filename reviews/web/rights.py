"""Rights: the board of everything to be cleared, and the page of one clip's rights."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from generations.models import Clip
from reviews.actions.clear import clearance
from reviews.actions.facts import newest_version, signature_on
from reviews.models import (
    Bundle,
    Delivery,
    Hold,
    LicenceRecordVersion,
    LicensingNote,
    Override,
    ReReview,
    SignOff,
)
from reviews.rules.clearance import use_label
from reviews.rules.statement import scope
from reviews.web import clip_terms, docket, mends, trails
from reviews.web.rights_forms import ClearanceForm, HoldForm, LiftForm, NoteForm, OverrideForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.keyset import page

SOON = timedelta(days=90)
BOARD_SIZE = 25
TABS = {
    "unsigned": "Awaiting signature",
    "signed": "Signed",
    "expiring": "Expiring within 90 days",
    "held": "On hold",
}


def newest(user: User) -> QuerySet[LicenceRecordVersion]:
    """The newest version of each licence record that this person may see."""
    later = LicenceRecordVersion.objects.filter(record=OuterRef("record"), version__gt=OuterRef("version"))
    return LicenceRecordVersion.objects.visible_to(user).filter(~Exists(later))


def unsigned(user: User) -> QuerySet[LicenceRecordVersion]:
    """Newest versions that nobody has signed or rejected."""
    return newest(user).filter(~Exists(SignOff.objects.filter(record_version=OuterRef("pk"))))


def approved(user: User) -> QuerySet[LicenceRecordVersion]:
    """Newest versions whose approval stands."""
    standing = SignOff.objects.filter(record_version=OuterRef("pk"), meaning="approved", revocation=None)
    return newest(user).filter(Exists(standing))


def expiring(user: User) -> QuerySet[LicenceRecordVersion]:
    """Approved versions whose term ends within 90 days, or has ended within the last 90."""
    now = timezone.now()
    return approved(user).filter(ends_at__gt=now - SOON, ends_at__lt=now + SOON)


def held(user: User) -> QuerySet[LicenceRecordVersion]:
    """Newest versions of clips that are on hold."""
    return newest(user).filter(Exists(Hold.objects.filter(clip=OuterRef("record__clip"), lifted_at=None)))


LISTS = {"unsigned": unsigned, "signed": approved, "expiring": expiring, "held": held}


@login_required
@require_GET
def rights(request: HttpRequest) -> HttpResponse:
    """The board: what awaits a signature and what blocks it, what is signed, what expires, what is on hold."""
    user = person(request)
    tab = request.GET.get("show", "unsigned")
    tab = tab if tab in LISTS else "unsigned"
    rows = page(docket.joined(LISTS[tab](user)), request.GET.get("after", ""), BOARD_SIZE)
    found = docket.cases(rows.items, user, timezone.now())
    context = {
        "tab": tab,
        "tabs": [(key, label, LISTS[key](user).count()) for key, label in TABS.items()],
        "cases": [(case, mends.blocks(case.against, case.clip, case.version), scope(case.version)) for case in found],
        "next_cursor": rows.next_cursor,
        "reread": ReReview.objects.visible_to(user).open().count(),
        "crumbs": [("Rights", "")],
        "section": "rights",
        "guest": user.kind == Kind.GUEST,
    }
    return render(request, "reviews/rights.html", context)


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
        "signature": signature,
        "versions": _versions(clip, user),
        "notes": notes_on(clip, user),
        "holds": _holds(clip, user),
        "overrides": _overrides(clip, user),
        "deliveries": _deliveries(clip, user),
        "terms": clip_terms.about(clip, version, timezone.localdate()) if user.kind != Kind.GUEST else None,
        "bundles": list(Bundle.objects.visible_to(user).filter(clip=clip).order_by("-id")[:10]),
        "may": _powers(user),
        "hold_form": HoldForm(prefix="hold"),
        "lift_form": LiftForm(prefix="lift"),
        "note_form": NoteForm(actor=user, prefix="note") if user.may(Permission.WRITE_LICENSING_NOTE) else None,
        "override_form": OverrideForm(prefix="override") if user.may(Permission.OVERRIDE) else None,
        "crumbs": [*trails.to_rights(clip, user, last="")[:2], ("Rights of this clip", "")],
        "section": "rights",
        "events_path": f"clips/{clip.pk}/",
    }
    return {**shown, **_asked(request, clip, version), **forms}


def _asked(request: HttpRequest, clip: Clip, version: LicenceRecordVersion | None) -> dict[str, Any]:
    """The clearance question in the address, answered."""
    if "use" not in request.GET:
        first = {"use": version.uses[0], "territory": version.territories[0]} if version else {}
        return {"clearance_form": ClearanceForm(initial=first), "answer": None}
    form = ClearanceForm(request.GET)
    answer = attempt(form, lambda: clearance(clip=clip, **form.cleaned_data))
    against = mends.blocks(answer.reasons, clip, version) if answer else []
    aside = mends.blocks(answer.set_aside, clip, version) if answer else []
    label = use_label(form.data.get("use", ""))
    return {"clearance_form": form, "answer": answer, "against": against, "set_aside": aside, "use_label": label}


def _powers(user: User) -> dict[str, bool]:
    wanted = (
        Permission.DRAFT_LICENCE, Permission.SIGN, Permission.HOLD, Permission.OVERRIDE, Permission.DOWNLOAD_CLEARED,
        Permission.DOWNLOAD_UNCLEARED, Permission.EXPORT_EVIDENCE, Permission.WRITE_LICENSING_NOTE,
    )  # fmt: skip
    return {permission.value: user.may(permission) for permission in wanted}


def _versions(clip: Clip, user: User) -> list[LicenceRecordVersion]:
    rows = LicenceRecordVersion.objects.visible_to(user).filter(record__clip=clip).order_by("-version")
    return list(
        rows.select_related("drafted_by__person", "governing_set").prefetch_related("sign_offs__signer__person")
    )


def notes_on(clip: Clip, user: User) -> list[LicensingNote]:
    """Return the licensing notes that this person may read, with the clauses they cite."""
    if user.kind == Kind.GUEST:
        return []
    rows = LicensingNote.objects.visible_to(user).filter(clip=clip).select_related("author__person")
    return list(rows.prefetch_related("citations__clause__terms_version__source"))


def _holds(clip: Clip, user: User) -> list[Hold]:
    rows = Hold.objects.visible_to(user).filter(clip=clip)
    return list(rows.select_related("placed_by__person", "lifted_by__person"))


def _overrides(clip: Clip, user: User) -> list[Override]:
    rows = Override.objects.visible_to(user).filter(Q(clip=clip))
    return list(rows.select_related("requested_by__person", "approved_by__person"))


def _deliveries(clip: Clip, user: User) -> list[tuple[Delivery, str]]:
    rows = Delivery.objects.visible_to(user).filter(clip=clip)
    found = list(rows.select_related("delivered_to__person").order_by("-delivered_at")[:20])
    return [(row, use_label(row.use)) for row in found]
